"""How the API of uploads is described: its headers, and what each answer of tus means."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from imports.api.serializers import UploadSerializer

TUS: Final = "1.0.0"
EXTENSIONS: Final = "creation,termination,expiration,checksum"
PART_TYPE: Final = "application/offset+octet-stream"

NUMBER: Final = {"type": "integer", "minimum": 0}


def asked(name: str, schema: Any, about: str, *, required: bool = False) -> OpenApiParameter:
    """A header that a client sends."""
    return OpenApiParameter(
        name, schema, OpenApiParameter.HEADER, required=required, description=about
    )


def told(name: str, schema: Any, about: str, *statuses: int) -> OpenApiParameter:
    """A header that these answers always have."""
    return OpenApiParameter(
        name,
        schema,
        OpenApiParameter.HEADER,
        required=True,
        response=list(statuses),
        description=about,
    )


VERSION = OpenApiParameter(
    "Tus-Resumable",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    enum=[TUS],
    description="The version of the protocol.",
)
SPOKEN = told("Tus-Resumable", OpenApiTypes.STR, "`1.0.0`.", 200, 201, 204, 412)
SUPPORTED = told("Tus-Version", OpenApiTypes.STR, "`1.0.0`.", 412)
LOCATION = told("Location", OpenApiTypes.STR, "Where the parts go.", 201)
CHECKSUM = asked(
    "Upload-Checksum",
    OpenApiTypes.STR,
    "The algorithm, `sha1` or `sha256`, a space, and the digest of this part in base64.",
)
METADATA = asked(
    "Upload-Metadata",
    OpenApiTypes.STR,
    "Pairs of a key and a value in base64, such as `filename c3ByaW5nLmNzdg==`.",
)
LENGTH = asked("Upload-Length", NUMBER, "The size of the whole file.", required=True)
OFFSET = asked("Upload-Offset", NUMBER, "Where this part begins.", required=True)
NEW_OFFSET = told("Upload-Offset", NUMBER, "How many bytes have arrived.", 204)

BAD_HEADER = OpenApiResponse(description="A header can't be read; `errors` names it.")
OTHER_VERSION = OpenApiResponse(
    description="`tus_version`: `Tus-Resumable` is missing, or names a version other than 1.0.0."
)
OF_ANOTHER = OpenApiResponse(
    description="`upload_of_another`: it is somebody else's; or this account may not do this."
)
UNKNOWN = OpenApiResponse(description="`upload_unknown`: there is none, or it has expired.")
USED = OpenApiResponse(description="`upload_used`: it has become an import; `import` is its id.")
FOR_ONE: Final[dict[Any, Any]] = {403: OF_ANOTHER, 404: UNKNOWN}

CREATE: Final[dict[str, Any]] = {
    "request": None,
    "parameters": [
        VERSION,
        SPOKEN,
        SUPPORTED,
        LENGTH,
        METADATA,
        LOCATION,
        told(
            "Upload-Expires", OpenApiTypes.STR, "When it expires, unless another part arrives.", 201
        ),
        told("Tus-Max-Size", NUMBER, "The size of the largest file.", 413),
    ],
    "responses": {
        201: UploadSerializer,
        400: BAD_HEADER,
        409: OpenApiResponse(
            description="`too_many_uploads`: you have as many unfinished uploads as are allowed."
        ),
        412: OTHER_VERSION,
        413: OpenApiResponse(description="`too_large`: the file is larger than can be taken here."),
    },
}
RETRIEVE: Final[dict[str, Any]] = {
    "parameters": [
        SPOKEN,
        SUPPORTED,
        told("Upload-Offset", NUMBER, "How many bytes have arrived: where to continue.", 200),
        told("Upload-Length", NUMBER, "The size of the whole file.", 200),
        told(
            "Upload-Expires", OpenApiTypes.STR, "When it expires, unless another part arrives.", 200
        ),
        told("Cache-Control", OpenApiTypes.STR, "`no-store`.", 200),
    ],
    "responses": FOR_ONE
    | {
        200: UploadSerializer,
        409: USED,
        412: OpenApiResponse(description="For HEAD: `tus_version`."),
    },
}
PATCH: Final[dict[str, Any]] = {
    "request": {PART_TYPE: OpenApiTypes.BINARY},
    "parameters": [
        VERSION,
        SPOKEN,
        SUPPORTED,
        OFFSET,
        CHECKSUM,
        NEW_OFFSET,
        told(
            "Upload-Expires", OpenApiTypes.STR, "When it expires, unless another part arrives.", 204
        ),
    ],
    "responses": FOR_ONE
    | {
        204: OpenApiResponse(description="Stored."),
        400: BAD_HEADER,
        409: OpenApiResponse(
            description="`wrong_offset`: the upload is at another offset, perhaps because another"
            " request was faster; or `upload_used`: it has become an import."
        ),
        412: OTHER_VERSION,
        413: OpenApiResponse(description="`too_large`: more bytes than the file still lacks."),
        422: OpenApiResponse(description="`too_many_parts`: the parts were too small."),
        460: OpenApiResponse(
            description="`checksum_mismatch`: the part does not match it. None of it was kept."
        ),
        507: OpenApiResponse(
            description="`storage_full`: there is no room. What was stored before is kept."
        ),
    },
}
DELETE: Final[dict[str, Any]] = {
    "parameters": [VERSION, SPOKEN, SUPPORTED],
    "responses": FOR_ONE
    | {204: OpenApiResponse(description="Its parts are deleted."), 409: USED, 412: OTHER_VERSION},
}
