"""Headers that a view class adds to every answer at its address."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase


class ViewHeadersMiddleware:
    """Adds the dictionary `answer_headers` of a view class to every answer at its address.

    The answer of a middleware that refuses the request, and an error page, get the headers too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if match := request.resolver_match:
            headers = getattr(view_class_of(match.func), "answer_headers", {})
            for name, value in headers.items():
                response[name] = value
        return response


def view_class_of(view: Callable[..., Any]) -> type | None:
    """The class that a view was made from; None for a function."""
    view_class: type | None = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return view_class
