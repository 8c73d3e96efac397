"""What holds for every operation of the API, said once in its description (OpenAPI 3)."""

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
    "description": "Every error has this shape; some codes add a member of their own.",
    "properties": {
        "code": {"type": "string", "description": "For programs; does not change."},
        "detail": {"type": "string", "description": "For people."},
        "errors": {
            "type": "object",
            "description": "What is wrong with each field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["code", "detail", "errors"],
}
CONTENT: Schema = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}

FOR_ALL = {
    "401": "Nobody is logged in, or the token is not known.",
    "403": "This account, or a form without its CSRF token, may not do this.",
    "406": "The `Accept` header asks for a format that is not made.",
}
FOR_PATH_PARAMETERS = {"404": "There is nothing with this id."}
FOR_INPUT = {"400": "Something that was sent can't be used; `errors` says which field, and why."}
FOR_BODIES = {
    "411": "The request does not say how large it is.",
    "413": "The request is too large.",
    "415": "The body is in a format that is not read here.",
}


def add_errors(result: Schema, **_: Any) -> Schema:
    """Give every operation the answers that any may give, and every error its shape.

    A postprocessing hook of drf-spectacular: views name only the errors that are their own.
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
    """The description itself: JSON, or YAML where that is asked for."""

    renderer_classes = [
        renderers.OpenApiJsonRenderer2,
        renderers.OpenApiJsonRenderer,
        renderers.OpenApiYamlRenderer,
        renderers.OpenApiYamlRenderer2,
    ]
