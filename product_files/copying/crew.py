"""Reading one file with several processes, each a piece at a time, in the order of the file.

Python reads with one core in a process, while the database takes rows in faster. So the pieces of
a large file go to processes that stage them. A piece in which anything is odd, such as a quote
that is not closed in it, says nothing about where the next record begins: it and what follows
are then taken back, and read here in order. So the rows are those that one process would read.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import deque
from collections.abc import Generator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Self

from product_files.copying.stager import Recipe, Staged, Stager
from product_files.reading import Reader
from product_files.reading.records import Piece

CHECKOUT: Final = Path(__file__).parents[2]
# Pieces that were no use to give away; with more, a file is read here to its end.
MAX_ODD: Final = 8


def stage_all(reader: Reader, recipe: Recipe, *, processes: int) -> Generator[Staged, None, None]:
    """All rows of a file in their order, staged by so many processes beside this one.

    Raises FileFault, as reading does.
    """
    stager = Stager(recipe)
    with Crew(recipe, processes) as crew:
        while True:
            crew.give_out(reader)
            if crew.is_working and (staged := crew.collect(reader)):
                # Before the caller takes its time.
                crew.give_out(reader)
                yield staged
            elif piece := reader.take():
                yield stager.stage(reader.read(piece, stager.shortcut))
            else:
                return


class Crew:
    """Processes with a piece each, in the order of the file."""

    def __init__(self, recipe: Recipe, size: int) -> None:
        self._members = [Member(recipe) for _ in range(size)]
        self._idle = deque(self._members)
        self._under_way: deque[tuple[Piece, Member]] = deque()
        self._odd = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for member in self._members:
            member.close()

    @property
    def is_working(self) -> bool:
        return bool(self._under_way)

    def give_out(self, reader: Reader) -> None:
        """The next pieces to those who have none."""
        while self._idle and (piece := reader.take()):
            member = self._idle.popleft()
            self._under_way.append((piece, member))
            member.give(piece)

    def collect(self, reader: Reader) -> Staged | None:
        """The first piece that is under way, staged; or None, and all are back at the reader."""
        piece, member = self._under_way.popleft()
        if staged := self._take(member):
            return staged
        self._odd += 1
        reader.put_back([piece, *self._recall()])
        if self._odd == MAX_ODD:
            self._idle.clear()
        return None

    def _recall(self) -> list[Piece]:
        pieces = [piece for piece, _ in self._under_way]
        for _, member in self._under_way:
            self._take(member)
        self._under_way.clear()
        return pieces

    def _take(self, member: Member) -> Staged | None:
        """What a member has made of its piece. One that has ended gets no other."""
        with suppress(Gone):
            staged = member.take()
            self._idle.append(member)
            return staged
        return None


class Member:
    """A process that stages pieces; at most one is with it at a time."""

    def __init__(self, recipe: Recipe) -> None:
        self._pipe, theirs = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "product_files.copying.crew", str(theirs.fileno())],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            # Ctrl-C is for whoever leads the crew.
            start_new_session=True,
        )
        theirs.close()
        self._send(recipe)

    def give(self, piece: Piece) -> None:
        self._send(piece)

    def take(self) -> Staged | None:
        """What the piece was staged to; None where it is odd. Raises Gone."""
        try:
            staged: Staged | None = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise Gone from error
        return staged

    def close(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def _send(self, message: Recipe | Piece) -> None:
        # That it is gone is noticed when something is asked of it.
        with suppress(OSError):
            self._pipe.send(message)


class Gone(Exception):
    """A member has ended."""


def work(pipe: Connection) -> None:
    """Stage pieces until nobody is there who wants them."""
    with suppress(EOFError, OSError):
        stager = Stager(pipe.recv())
        while True:
            pipe.send(stager.stage_sound(pipe.recv()))


if __name__ == "__main__":
    # Rows come and go by the thousand and refer to nothing that refers to them.
    gc.disable()
    work(Connection(int(sys.argv[1])))
