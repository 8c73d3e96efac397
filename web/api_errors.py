"""Every error of the API in one shape: `{"code", "detail", "errors": {field: [messages]}}`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

FIELDS_ARE_WRONG = "Some of what was sent can't be used; see errors."


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error that a view raised; None for one that is our own fault.

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
    """All messages with the field they are about; one inside another field is `outer.inner`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            general = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _messages(field if general else f"{field}.{name}".strip("."), inner)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _messages(field, inner)
    else:
        yield field, str(detail)
