"""The parts of the OpenAPI 3 schema that all operations of the API share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular import renderers, views
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

Schema = dict[str, Any]

# A download.
CSV_FILE = {
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, description="UTF-8, as an attachment.")
}

ERROR: Schema = {
    "type": "object",
    "description": "Every error has these members; errors with some codes have another one too.",
    "properties": {
        "code": {
            "type": "string",
            "description": "The kind of error, for programs. Codes do not change.",
        },
        "detail": {
            "type": "string",
            "description": "A message for people. Its wording may change.",
        },
        "errors": {
            "type": "object",
            "description": "The messages about each field that is not valid.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["code", "detail", "errors"],
}
CONTENT: Schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}

FOR_ALL = {
    "401": "The request has neither a valid token nor the session of somebody who is logged in.",
    "403": "The account has no permission to do this, or the CSRF token is missing.",
    "406": "The answer is not available in any format that the `Accept` header allows.",
}
FOR_PATH_PARAMETERS = {"404": "There is nothing with this id."}
FOR_INPUT = {"400": "The request is not valid. `errors` has the messages about each field."}
FOR_BODIES = {
    "411": "The request has no `Content-Length` header.",
    "413": "The request is too large.",
    "415": "The `Content-Type` of the body is not supported.",
}


def add_errors(result: Schema, **_: Any) -> Schema:
    """Add the errors that any operation may answer with, and give every error its shape.

    A postprocessing hook of drf-spectacular, so that views describe only errors of their own.
    """
    result["components"]["schemas"]["Error"] = ERROR
    for operation in _operations(result):
        responses = operation["responses"]
        for status, description in _common_errors(operation).items():
            responses.setdefault(status, {"description": description})
        for status, response in responses.items():
            if status >= "400":
                response["content"] = CONTENT
        operation["responses"] = dict(sorted(responses.items()))
    return result


def _operations(schema: Schema) -> Iterator[Schema]:
    for path in schema["paths"].values():
        yield from path.values()


def _common_errors(operation: Schema) -> dict[str, str]:
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    body = operation.get("requestBody")
    return (
        FOR_ALL
        | (FOR_PATH_PARAMETERS if "path" in places else {})
        | (FOR_INPUT if body or "query" in places else {})
        | (FOR_BODIES if body else {})
    )


class SchemaView(views.SpectacularAPIView):
    """The OpenAPI schema of this API, as JSON, or as YAML if the `Accept` header asks for it."""

    renderer_classes = [
        renderers.OpenApiJsonRenderer2,
        renderers.OpenApiJsonRenderer,
        renderers.OpenApiYamlRenderer,
        renderers.OpenApiYamlRenderer2,
    ]
