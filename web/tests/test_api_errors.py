from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions

from web.api_errors import FIELDS_ARE_WRONG, answer_error


def body(error: Exception) -> dict[str, Any]:
    response = answer_error(error, {})
    assert response is not None
    data: dict[str, Any] = response.data
    return data


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.NotFound(), 404, "not_found"),
        (Http404("No Product matches the given query."), 404, "not_found"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "authentication_failed"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.Throttled(wait=3), 429, "throttled"),
        (exceptions.APIException("Out of paper.", code="no_paper"), 500, "no_paper"),
    ],
)
def test_every_error_has_the_same_shape(error: Exception, status: int, code: str) -> None:
    response = answer_error(error, {})
    assert response is not None
    assert response.status_code == status
    assert response.data.keys() == {"code", "detail", "errors"}
    assert (response.data["code"], response.data["errors"]) == (code, {})
    assert response.data["detail"]


def test_headers_stay() -> None:
    response = answer_error(exceptions.Throttled(wait=3), {})
    assert response is not None
    assert response["Retry-After"] == "3"


def test_an_error_may_tell_more() -> None:
    class Taken(exceptions.APIException):
        default_code = "taken"
        extra = {"id": 7, "errors": {"sku": ["Taken."]}}

    assert body(Taken("By another.")) == {
        "code": "taken",
        "detail": "By another.",
        "errors": {"sku": ["Taken."]},
        "id": 7,
    }


@pytest.mark.parametrize(
    ("detail", "general", "errors"),
    [
        ({"sku": ["Too long.", "Odd."]}, FIELDS_ARE_WRONG, {"sku": ["Too long.", "Odd."]}),
        ({"sku": "Too long."}, FIELDS_ARE_WRONG, {"sku": ["Too long."]}),
        (["Give an object."], "Give an object.", {}),
        ("Give an object.", "Give an object.", {}),
        ({"non_field_errors": ["One.", "Two."]}, "One. Two.", {}),
        ({"non_field_errors": ["One."], "sku": ["Odd."]}, "One.", {"sku": ["Odd."]}),
        (
            {"attributes": {"colour": ["Empty."]}},
            FIELDS_ARE_WRONG,
            {"attributes.colour": ["Empty."]},
        ),
        ({"rows": [{}, {"sku": ["Odd."]}]}, FIELDS_ARE_WRONG, {"rows.sku": ["Odd."]}),
    ],
)
def test_what_is_invalid_is_told_by_field(
    detail: Any, general: str, errors: dict[str, list[str]]
) -> None:
    assert body(exceptions.ValidationError(detail)) == {
        "code": "invalid",
        "detail": general,
        "errors": errors,
    }


def test_a_failure_of_ours_is_not_dressed_up() -> None:
    assert answer_error(RuntimeError(), {}) is None
