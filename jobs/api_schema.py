"""What descriptions of the API share about jobs: how one is followed."""

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

LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID",
    str,
    OpenApiParameter.HEADER,
    description="The last event you have: it is not told again.",
)
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[503],
    required=True,
    description="Seconds to wait; polling the job itself works all the same.",
)
WHEN_FULL = OpenApiParameter(
    "when_full",
    OpenApiTypes.INT,
    enum=[204, 503],
    default=503,
    description="What to answer when every place is taken. Browsers complain about 503; 204 they"
    " take without a word.",
)
EVENT_STREAM = {
    (200, "text/event-stream"): OpenApiResponse(
        OpenApiTypes.STR,
        description="Server-sent events, each with the job as JSON: `progress` at once when"
        " something changes and at least every two seconds while it runs, `done` at the end.",
    ),
    204: OpenApiResponse(
        description="It has ended, and `Last-Event-ID` has told you so; or every place is taken"
        " and `when_full` asked for this."
    ),
    503: OpenApiResponse(description="`too_many_streams`: every place for a stream is taken."),
}
