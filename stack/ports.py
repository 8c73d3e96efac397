"""Choosing ports on 127.0.0.1.

They are always below 32768: the system gives the ports above to outgoing connections, any of
which could hold ours when we want it back.
"""

import random
import socket
from pathlib import Path

from stack.errors import StackError

HOST = "127.0.0.1"
FIRST, LAST = 20_000, 32_000


def listen(port: int) -> socket.socket:
    """A socket that listens on a port. Raises OSError if the port is taken."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(2048)
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def is_free(port: int) -> bool:
    """Whether a server could listen on a port now."""
    try:
        listen(port).close()
    except OSError:
        return False
    return True


def choose(memory: Path) -> int:
    """The port that is noted in the file `memory` or, if it is taken, a free one, noted there.

    Raises StackError if none is found.
    """
    if (port := _remembered(memory)) and is_free(port):
        return port
    for candidate in random.sample(range(FIRST, LAST), 100):
        if is_free(candidate):
            memory.write_text(f"{candidate}\n")
            return candidate
    raise StackError(f"No free port on {HOST} between {FIRST} and {LAST}.")


def _remembered(memory: Path) -> int | None:
    try:
        return int(memory.read_text())
    except (FileNotFoundError, ValueError):
        return None
