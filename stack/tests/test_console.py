"""The log of a whole stack on one screen."""

import io
import os
import signal

import pytest

from stack.console import Console


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def test_each_line_follows_the_name_of_its_writer() -> None:
    screen = io.BytesIO()
    Console(screen)("web", "é")
    Console(screen)("postgres", "LOG")
    assert screen.getvalue().decode() == "web      | é\npostgres | LOG\n"


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Terminal()
    Console(screen)("web", "line")
    assert screen.getvalue() == b"\x1b[36mweb      |\x1b[0m line\n"


def test_who_wants_none_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Terminal()
    Console(screen)("web", "line")
    assert screen.getvalue() == b"web      | line\n"


def test_with_nobody_left_to_read_it_stops_once() -> None:
    received: list[int] = []
    usual = signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with open(writer, "wb", buffering=0) as screen:  # noqa: PTH123 - it is no path
            console = Console(screen)
            console("web", "first")
            console("web", "second")
    finally:
        signal.signal(signal.SIGTERM, usual)
    assert received == [signal.SIGTERM]
