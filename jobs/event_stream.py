"""The progress of a job as server-sent events.

A stream occupies a thread, so a process limits how many are open. It keeps no database connection
while it sleeps, and writes something each time it wakes, so that it notices a client that has gone.
It ends after a while; the client then comes back with `Last-Event-ID`.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer

EVENT_STREAM_TYPE: Final = "text/event-stream; charset=utf-8"
POLL_SECONDS: Final = 0.5
# At most so long between two events of a job that moves, however little happens.
HEARTBEAT_SECONDS: Final = 2.0
# What changes all the time, and is no reason for an event.
ALWAYS_CHANGING: Final = ("eta_seconds", "rows_per_second")

_slots = threading.BoundedSemaphore(settings.EVENT_STREAMS)


class TooManyStreams(APIException):
    """As many streams are open as the process allows; polling the job works meanwhile."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_many_streams"
    default_detail = "Too many event streams are open. Try again later, or poll the job instead."
    # Seconds, for the header Retry-After.
    wait = 5


@dataclass(frozen=True)
class Snapshot:
    """A job at one moment: what to send, and whether there will be more."""

    data: dict[str, Any]
    is_ended: bool
    is_moving: bool

    @property
    def id(self) -> str:
        """Identifies the state: the same for two snapshots without a difference that matters."""
        news = {name: value for name, value in self.data.items() if name not in ALWAYS_CHANGING}
        return hashlib.sha256(JSONRenderer().render(news)).hexdigest()[:16]

    @property
    def event(self) -> bytes:
        name = b"done" if self.is_ended else b"progress"
        data = JSONRenderer().render(self.data)
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (self.id.encode(), name, data)


def stream(take: Callable[[], Snapshot], *, last_event_id: str | None) -> HttpResponseBase:
    """A response that sends what `take` returns, as soon as it changes, until the job has ended.

    Its status is 204, after which a browser does not connect again, if `last_event_id` is that of
    the end. Raises TooManyStreams.
    """
    first = take()
    if first.is_ended and first.id == last_event_id:
        return HttpResponse(status=204)
    response = StreamingHttpResponse(Events(take, last_event_id), content_type=EVENT_STREAM_TYPE)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


class Events:
    """The events of one stream. It takes a slot, and gives it back when it is closed."""

    def __init__(self, take: Callable[[], Snapshot], last_event_id: str | None) -> None:
        if not _slots.acquire(blocking=False):
            raise TooManyStreams
        self._has_slot = True
        self._take = take
        self._last_sent_id = last_event_id
        self._parts = self._run()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Called by the server at the end, even if nothing was ever read."""
        if self._has_slot:
            self._has_slot = False
            _slots.release()

    def _run(self) -> Iterator[bytes]:
        yield b"retry: 2000\n\n"
        until = time.monotonic() + settings.EVENT_STREAM_SECONDS
        sent_at = time.monotonic()
        while (now := time.monotonic()) < until:
            snapshot = self._take_snapshot()
            is_overdue = snapshot.is_moving and now - sent_at >= HEARTBEAT_SECONDS
            if snapshot.is_ended or snapshot.id != self._last_sent_id or is_overdue:
                self._last_sent_id = snapshot.id
                sent_at = now
                yield snapshot.event
            else:
                yield b": nothing new\n\n"
            if snapshot.is_ended:
                return
            time.sleep(POLL_SECONDS)

    def _take_snapshot(self) -> Snapshot:
        try:
            return self._take()
        finally:
            connection.close()
