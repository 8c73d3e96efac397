"""The one shape of every error of the API: `{"code", "detail", "errors": {field: [messages]}}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

FIELDS_ARE_WRONG = "Some fields are not valid, so nothing was done. See `errors`."


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error that a view raised; None for an error of the server itself.

    Members of a dictionary `extra` on the error join the body.
    """
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = body_of(error)
    return response


def body_of(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    body = {"code": error.get_codes(), "detail": str(error.detail), "errors": {}}
    return body | getattr(error, "extra", {})


def _invalid(error: exceptions.ValidationError) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    for field, message in _messages("", error.detail):
        errors.setdefault(field, []).append(message)
    general = errors.pop("", [])
    return {
        "code": "invalid",
        "detail": " ".join(general) or FIELDS_ARE_WRONG,
        "errors": errors,
    }


def _messages(field: str, detail: Any) -> Iterator[tuple[str, str]]:
    """Yield each message with its field; a field inside another one is called `outer.inner`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            is_general = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _messages(field if is_general else f"{field}.{name}".strip("."), inner)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _messages(field, inner)
    else:
        yield field, str(detail)
