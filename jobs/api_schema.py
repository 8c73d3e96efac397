"""What the descriptions of the API share about following a job."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

JOB_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[202],
    required=True,
    description="The address at which its progress can be followed.",
)

LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID",
    str,
    OpenApiParameter.HEADER,
    description="The id of the last event that you have received; it is not sent again.",
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[503],
    required=True,
    description="Seconds to wait before the next attempt. Polling the job itself works meanwhile.",
)
WHEN_FULL = OpenApiParameter(
    "when_full",
    OpenApiTypes.INT,
    enum=[204, 503],
    default=503,
    description="The status to answer with if too many streams are open. A browser reports 503 as"
    " an error, and takes 204 silently.",
)
EVENT_STREAM = {
    (200, "text/event-stream"): OpenApiResponse(
        OpenApiTypes.STR,
        description="Server-sent events, each with the job as JSON: `progress` as soon as something"
        " changes and at least every two seconds while it runs, `done` at the end.",
    ),
    204: OpenApiResponse(
        description="The job has ended, and `Last-Event-ID` shows that you know; or too many"
        " streams are open and `when_full` asked for this status."
    ),
    503: OpenApiResponse(description="`too_many_streams`: too many streams are open."),
}
