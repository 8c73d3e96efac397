"""Parts of the schema of the catalogue's API that several operations share."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

LOCATION: Final = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201],
    required=True,
    description="The address of the new product.",
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of the product as you saw it. Without this header, the product is"
    " written even if somebody has changed it since.",
)
IF_NONE_MATCH: Final = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` that you already have: if it is still the current one, the answer is"
    " 304 without a body.",
)

SKU_TAKEN: Final = {
    409: OpenApiResponse(
        description="`sku_taken`: another product has this SKU. `id` is the id of that product."
    )
}
CHANGED_MEANWHILE: Final = {
    412: OpenApiResponse(
        description="`precondition_failed`: the product no longer has the `ETag` in `If-Match`."
        " Nothing was written."
    )
}

_TEXT_OR_NUMBER: Final = {"oneOf": [{"type": "string"}, {"type": "number"}]}
BULK_DELETE: Final[dict[str, Any]] = {
    "application/json": {
        "type": "object",
        "description": "The same filters as for the list, or `all`. `confirm` is the exact number"
        " of products that will be deleted; it is required with `all`.",
        "properties": {
            "all": {"type": "boolean", "default": False},
            "confirm": {"type": "integer", "minimum": 0},
            "sku": {"type": "string"},
            "name": {"type": "string"},
            "description": {"type": "string"},
            "search": {"type": "string"},
            "active": {"type": "boolean"},
            "price_min": _TEXT_OR_NUMBER,
            "price_max": _TEXT_OR_NUMBER,
        },
        "additionalProperties": False,
    }
}


def etag(*statuses: int) -> OpenApiParameter:
    """The header with the version of a product, in the answers with these statuses."""
    return OpenApiParameter(
        "ETag",
        str,
        OpenApiParameter.HEADER,
        response=list(statuses),
        required=True,
        description="The version of the product, to send as `If-Match` or `If-None-Match`.",
    )
