"""How far a job is, told as it goes, as server-sent events.

A stream holds a thread, so only so many may be open in one process; it holds no database
connection between looks, writes at each look, so that a client that has gone is noticed, and ends
after a while: the client then comes back with `Last-Event-ID`.
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
LOOK_SECONDS: Final = 0.5
# Between two events of a job that moves, however little happens.
QUIET_SECONDS: Final = 2.0
# Change all the time, which is no news.
PACE: Final = ("eta_seconds", "rows_per_second")

_places = threading.BoundedSemaphore(settings.EVENT_STREAMS)


class TooManyStreams(APIException):
    """Every place is taken; asking for the job itself works all the same."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "too_many_streams"
    default_detail = "Too many event streams are open. Come back later, or poll."
    # Seconds, for the header Retry-After.
    wait = 5


@dataclass(frozen=True)
class Look:
    """One look at a job: what to tell, and whether there will be more."""

    data: dict[str, Any]
    is_ended: bool
    is_moving: bool

    @property
    def id(self) -> str:
        """Stands for the state; two looks that tell the same news have the same."""
        news = {name: value for name, value in self.data.items() if name not in PACE}
        return hashlib.sha256(JSONRenderer().render(news)).hexdigest()[:16]

    @property
    def event(self) -> bytes:
        name = b"done" if self.is_ended else b"progress"
        data = JSONRenderer().render(self.data)
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (self.id.encode(), name, data)


def stream(look: Callable[[], Look], *, last_event_id: str | None) -> HttpResponseBase:
    """The answer that tells what `look` sees, at once when it changes, until the job has ended.

    204, which tells a browser to stay away, where the client has heard of the end already.
    Raises TooManyStreams.
    """
    first = look()
    if first.is_ended and first.id == last_event_id:
        return HttpResponse(status=204)
    response = StreamingHttpResponse(Events(look, last_event_id), content_type=EVENT_STREAM_TYPE)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


class Events:
    """The events of one stream. Takes a place, and gives it back when it is closed."""

    def __init__(self, look: Callable[[], Look], last_event_id: str | None) -> None:
        if not _places.acquire(blocking=False):
            raise TooManyStreams
        self._place_taken = True
        self._look = look
        self._told = last_event_id
        self._parts = self._run()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Called by the server at the end, also where nothing was ever read."""
        if self._place_taken:
            self._place_taken = False
            _places.release()

    def _run(self) -> Iterator[bytes]:
        yield b"retry: 2000\n\n"
        until = time.monotonic() + settings.EVENT_STREAM_SECONDS
        told = time.monotonic()
        while (now := time.monotonic()) < until:
            look = self._look_briefly()
            is_quiet = look.is_moving and now - told >= QUIET_SECONDS
            if look.is_ended or look.id != self._told or is_quiet:
                self._told = look.id
                told = now
                yield look.event
            else:
                yield b": nothing new\n\n"
            if look.is_ended:
                return
            time.sleep(LOOK_SECONDS)

    def _look_briefly(self) -> Look:
        try:
            return self._look()
        finally:
            connection.close()
