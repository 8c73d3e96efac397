"""What descriptions of the API share: how a job is followed, and how a download looks."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

JOB_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[202],
    required=True,
    description="Where to look how far it is.",
)

CSV_FILE = {
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.BINARY, description="UTF-8, as an attachment.")
}
