from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from jobs import event_stream
from jobs.event_stream import Events, Snapshot, TooManyStreams, stream


def look(percent: int, *, ended: bool = False, **more: Any) -> Snapshot:
    return Snapshot({"percent": percent, **more}, is_ended=ended, is_moving=not ended)


@pytest.fixture
def opened(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Events]]:
    """Streams to close after the test; looks follow each other without a pause."""
    monkeypatch.setattr(event_stream, "POLL_SECONDS", 0)
    streams: list[Events] = []
    yield streams
    for each in streams:
        each.close()


def events(opened: list[Events], *looks: Snapshot, last_event_id: str | None = None) -> list[bytes]:
    return [
        part for part in written(opened, *looks, last_event_id=last_event_id) if part[:1] != b":"
    ]


def written(
    opened: list[Events], *looks: Snapshot, last_event_id: str | None = None
) -> list[bytes]:
    opened.append(Events(iter(looks).__next__, last_event_id))
    return list(opened[-1])[1:]


def test_what_changes_is_told_at_once_and_the_end_is_done(opened: list[Events]) -> None:
    parts = events(opened, look(0), look(0), look(50), look(100, ended=True))
    assert [part.split(b"\n")[1:3] for part in parts] == [
        [b"event: progress", b'data: {"percent":0}'],
        [b"event: progress", b'data: {"percent":50}'],
        [b"event: done", b'data: {"percent":100}'],
    ]
    assert all(part.startswith(b"id: ") and part.endswith(b"\n\n") for part in parts)


def test_the_pace_alone_is_no_news(opened: list[Events]) -> None:
    parts = events(
        opened, look(1, eta_seconds=9), look(1, eta_seconds=8), look(1, ended=True, eta_seconds=0)
    )
    assert len(parts) == 2


def test_what_the_client_has_is_not_told_again(opened: list[Events]) -> None:
    seen = look(50)
    parts = events(opened, seen, seen, look(100, ended=True), last_event_id=seen.id)
    assert [part.split(b"\n")[1] for part in parts] == [b"event: done"]


def test_whoever_has_heard_of_the_end_is_told_to_stay_away() -> None:
    end = look(100, ended=True)
    assert stream(lambda: end, last_event_id=end.id).status_code == 204


def test_something_is_written_at_each_look(opened: list[Events]) -> None:
    parts = written(opened, look(35), look(35), look(35), look(100, ended=True))
    assert [part.split(b":")[0] for part in parts] == [b"id", b"", b"", b"id"]


def test_a_job_that_moves_is_told_every_now_and_then(
    opened: list[Events], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0)
    waiting = Snapshot({"percent": 35}, is_ended=False, is_moving=False)
    parts = written(opened, waiting, waiting, look(35), look(100, ended=True))
    assert [part.split(b":")[0] for part in parts] == [b"id", b"", b"id", b"id"]


def test_it_ends_after_a_while(opened: list[Events], settings: Settings) -> None:
    settings.EVENT_STREAM_SECONDS = 0
    assert events(opened, look(0)) == []


def test_no_connection_is_held_between_looks(opened: list[Events]) -> None:
    def ask() -> Snapshot:
        connection.ensure_connection()
        return look(0)

    opened.append(Events(ask, None))
    next(opened[0])
    next(opened[0])
    assert connection.connection is None


def test_places_are_few_and_given_back_once(opened: list[Events], settings: Settings) -> None:
    opened += [Events(lambda: look(0), None) for _ in range(settings.EVENT_STREAMS)]
    with pytest.raises(TooManyStreams):
        Events(lambda: look(0), None)
    opened[0].close()
    opened[0].close()
    opened.append(Events(lambda: look(0), None))
    with pytest.raises(TooManyStreams):
        Events(lambda: look(0), None)
