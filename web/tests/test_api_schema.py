from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from rest_framework.test import APIClient


@pytest.fixture
def described(api: APIClient) -> dict[str, Any]:
    answer = api.get("/api/schema/")
    assert answer["Content-Type"].startswith("application/json")
    body: dict[str, Any] = json.loads(answer.content)
    return body


def test_it_is_openapi_3_as_json_or_yaml(api: APIClient, described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.")
    answer = api.get("/api/schema/", headers={"accept": "application/yaml"})
    assert yaml.safe_load(answer.content) == described


def test_every_error_has_the_one_shape(described: dict[str, Any]) -> None:
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    errors = [
        response
        for operation in operations
        for status, response in operation["responses"].items()
        if status >= "400"
    ]
    assert len(errors) > 3 * len(operations)
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    assert all(error["content"] == shape and error["description"] for error in errors)


@pytest.mark.parametrize(
    ("method", "path", "status", "headers"),
    [
        ("post", "/api/imports/", "202", {"Location"}),
        ("post", "/api/products/", "201", {"Location", "ETag"}),
        ("patch", "/api/products/{id}/", "200", {"ETag"}),
        ("post", "/api/products/bulk-delete/", "202", {"Location"}),
    ],
)
def test_headers_that_matter_are_named(
    described: dict[str, Any], method: str, path: str, status: str, headers: set[str]
) -> None:
    assert described["paths"][path][method]["responses"][status]["headers"].keys() == headers


@pytest.mark.parametrize("path", ["/api/imports/{id}/rejects.csv", "/api/products/export.csv"])
def test_downloads_are_no_json(described: dict[str, Any], path: str) -> None:
    assert list(described["paths"][path]["get"]["responses"]["200"]["content"]) == ["text/csv"]


def test_a_token_or_a_session_is_needed(described: dict[str, Any]) -> None:
    assert described["paths"]["/api/imports/"]["get"]["security"] == [
        {"tokenAuth": []},
        {"cookieAuth": []},
    ]
