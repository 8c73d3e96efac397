"""Headers that a view promises with every answer, whoever gives it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase


class ViewHeadersMiddleware:
    """Adds what a view class has as `answer_headers`, a dictionary, to each answer at its address.

    So also where a middleware has refused the request, or an error page stands for the view.
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
    """The class that a view was made of; None for a function."""
    view_class: type | None = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return view_class
