"""The description of the API of uploads: its headers, and the meaning of each answer of tus."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from imports.api.serializers import UploadSerializer

TUS: Final = "1.0.0"
EXTENSIONS: Final = "creation,termination,expiration,checksum"
PART_TYPE: Final = "application/offset+octet-stream"

NUMBER: Final = {"type": "integer", "minimum": 0}


def request_header(
    name: str, schema: Any, about: str, *, required: bool = False
) -> OpenApiParameter:
    """A header that a client sends."""
    return OpenApiParameter(
        name, schema, OpenApiParameter.HEADER, required=required, description=about
    )


def answer_header(name: str, schema: Any, about: str, *statuses: int) -> OpenApiParameter:
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
ANSWERED_VERSION = answer_header("Tus-Resumable", OpenApiTypes.STR, "`1.0.0`.", 200, 201, 204, 412)
SUPPORTED_VERSION = answer_header("Tus-Version", OpenApiTypes.STR, "`1.0.0`.", 412)
LOCATION = answer_header("Location", OpenApiTypes.STR, "Where the parts go.", 201)
CHECKSUM = request_header(
    "Upload-Checksum",
    OpenApiTypes.STR,
    "The algorithm, `sha1` or `sha256`, a space, and the digest of this part in base64.",
)
METADATA = request_header(
    "Upload-Metadata",
    OpenApiTypes.STR,
    "Pairs of a key and a value in base64, such as `filename c3ByaW5nLmNzdg==`.",
)
LENGTH = request_header("Upload-Length", NUMBER, "The size of the whole file.", required=True)
OFFSET = request_header("Upload-Offset", NUMBER, "Where this part begins.", required=True)
NEW_OFFSET = answer_header("Upload-Offset", NUMBER, "How many bytes have arrived.", 204)

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
        ANSWERED_VERSION,
        SUPPORTED_VERSION,
        LENGTH,
        METADATA,
        LOCATION,
        answer_header(
            "Upload-Expires", OpenApiTypes.STR, "When it expires, unless another part arrives.", 201
        ),
        answer_header("Tus-Max-Size", NUMBER, "The size of the largest file.", 413),
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
        ANSWERED_VERSION,
        SUPPORTED_VERSION,
        answer_header(
            "Upload-Offset", NUMBER, "How many bytes have arrived: where to continue.", 200
        ),
        answer_header("Upload-Length", NUMBER, "The size of the whole file.", 200),
        answer_header(
            "Upload-Expires", OpenApiTypes.STR, "When it expires, unless another part arrives.", 200
        ),
        answer_header("Cache-Control", OpenApiTypes.STR, "`no-store`.", 200),
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
        ANSWERED_VERSION,
        SUPPORTED_VERSION,
        OFFSET,
        CHECKSUM,
        NEW_OFFSET,
        answer_header(
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
    "parameters": [VERSION, ANSWERED_VERSION, SUPPORTED_VERSION],
    "responses": FOR_ONE
    | {204: OpenApiResponse(description="Its parts are deleted."), 409: USED, 412: OTHER_VERSION},
}
