"""Which database errors are conflicts: somebody else wrote the same rows at the same time.

A conflict is no failure. The same write is repeated at once, and then sees what the other wrote.
"""

from __future__ import annotations

from typing import Final

from jobs.errors import Conflict, sqlstate_of

# The names that PostgreSQL gives these codes.
SERIALIZATION_FAILURE: Final = "40001"
DEADLOCK_DETECTED: Final = "40P01"
UNIQUE_VIOLATION: Final = "23505"

# PostgreSQL gave up one of two writes in favour of the other.
CONFLICTS: Final = frozenset({SERIALIZATION_FAILURE, DEADLOCK_DETECTED})
# A range inserts what it found missing when it looked. If somebody else has inserted the same SKU
# since, another look finds it there. For the one product that a person writes, the same error is
# the answer: the SKU is taken, and a repetition would only find it taken again.
CONFLICTS_OF_A_RANGE: Final = CONFLICTS | {UNIQUE_VIOLATION}


def is_conflict(error: BaseException, sqlstates: frozenset[str] = CONFLICTS) -> bool:
    """Whether the write that raised this error is to be repeated.

    `sqlstates` are the codes of the database errors that count as conflicts for this write.
    """
    return isinstance(error, Conflict) or sqlstate_of(error) in sqlstates
