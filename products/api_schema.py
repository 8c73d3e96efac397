"""What the description of the catalogue's API says more than once."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

LOCATION: Final = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201],
    required=True,
    description="The new product.",
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of the product as you saw it; without it, whatever it is by now.",
)
IF_NONE_MATCH: Final = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The `ETag` you have already."
)

SKU_TAKEN: Final = {
    409: OpenApiResponse(description="`sku_taken`; `id` is the product that has this SKU.")
}
CHANGED_MEANWHILE: Final = {
    412: OpenApiResponse(description="`precondition_failed`: it is not as `If-Match` says.")
}

_TEXT_OR_NUMBER: Final = {"oneOf": [{"type": "string"}, {"type": "number"}]}
BULK_DELETE: Final[dict[str, Any]] = {
    "application/json": {
        "type": "object",
        "description": "Filters as in the list, or `all`. `confirm` is the exact number of products"
        " this will delete; `all` needs it.",
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
    """The header that tells the version of a product, with these answers."""
    return OpenApiParameter(
        "ETag",
        str,
        OpenApiParameter.HEADER,
        response=list(statuses),
        required=True,
        description="Stands for the version.",
    )
