from __future__ import annotations

from types import SimpleNamespace

import pytest

from web import watchers
from web.watchers import MAX_POLLS_PER_SECOND, pause_ms


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pass when the test says so; nobody watches at first."""
    now = [1000.0]
    monkeypatch.setattr("web.watchers.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(watchers, "_next_polls", [])
    return now


def test_a_few_look_as_often_as_they_want() -> None:
    assert {pause_ms(300) for _ in range(5)} == {300}


def test_a_crowd_looks_less_often_and_no_more_than_a_process_answers(clock: list[float]) -> None:
    pages = dict.fromkeys(range(200), clock[0])
    looks = 0
    for _ in range(6_000):
        clock[0] += 0.01
        for page, due in pages.items():
            if due <= clock[0]:
                pages[page] = clock[0] + pause_ms(300) / 1000
                looks += clock[0] > 1030
    assert MAX_POLLS_PER_SECOND / 3 <= looks / 30 <= MAX_POLLS_PER_SECOND


def test_those_who_have_left_are_forgotten(clock: list[float]) -> None:
    pauses = [pause_ms(300) for _ in range(500)]
    clock[0] += max(pauses) / 1000
    assert pause_ms(300) == 300
