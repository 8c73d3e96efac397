"""The log of a whole stack on one screen: each line behind the name of the service."""

import os
import signal
from typing import BinaryIO

WIDTH = len("postgres")
COLOURS = {
    "up": 32,
    "prepare": 33,
    "postgres": 34,
    "valkey": 35,
    "web": 36,
    "worker": 33,
    "beat": 90,
}


class Console:
    """Writes to a stream, in colour if that is a terminal."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._coloured = stream.isatty() and not os.environ.get("NO_COLOR")
        self._broken = False

    def __call__(self, name: str, line: str) -> None:
        """Write a line of the service `name`. The stack is stopped if nobody is left to read it."""
        if self._broken:
            return
        try:
            self._stream.write(f"{self._prefix(name)} {line}\n".encode())
            self._stream.flush()
        except OSError:
            self._broken = True
            signal.raise_signal(signal.SIGTERM)

    def _prefix(self, name: str) -> str:
        text = f"{name:<{WIDTH}} |"
        return f"\x1b[{COLOURS.get(name, 37)}m{text}\x1b[0m" if self._coloured else text
