"""The API of jobs of every kind."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from jobs.api_schema import EVENT_STREAM, LAST_EVENT_ID, RETRY_AFTER, WHEN_FULL
from jobs.event_stream import EVENT_STREAM_TYPE, Snapshot, TooManyStreams, stream
from jobs.models import Job
from jobs.serializers import JobSerializer
from web.negotiation import WhateverIsAccepted


class EventsMixin(GenericViewSet[Any]):
    """Adds `events/` to the API of a kind of job."""

    @extend_schema(parameters=[LAST_EVENT_ID, RETRY_AFTER, WHEN_FULL], responses=EVENT_STREAM)
    @action(
        detail=True,
        renderer_classes=[JSONRenderer],
        content_negotiation_class=WhateverIsAccepted,
    )
    def events(self, request: Request, pk: str) -> HttpResponseBase:
        """Its progress as server-sent events: `progress` until it has ended, then `done`."""
        if request.method == "HEAD":
            return HttpResponse(content_type=EVENT_STREAM_TYPE)
        try:
            return stream(self._snapshot, last_event_id=request.headers.get("Last-Event-ID"))
        except TooManyStreams:
            if request.query_params.get("when_full") == "204":
                return HttpResponse(status=204)
            raise

    def _snapshot(self) -> Snapshot:
        job: Job = self.get_object()
        data = dict(self.get_serializer(job).data)
        return Snapshot(data, is_ended=job.is_ended, is_moving=job.is_moving)


class JobViewSet(EventsMixin, ReadOnlyModelViewSet[Job]):
    """Long operations of every kind, newest first."""

    queryset = Job.objects.select_related("created_by").order_by("-id")
    serializer_class = JobSerializer
    filterset_fields = ("kind", "status")
