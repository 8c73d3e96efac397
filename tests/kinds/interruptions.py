"""Something that happens to a process once, at a moment of one of the verbs of a kind of job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import Enum
from functools import wraps
from typing import Any, Final

from django.db import connection

from jobs.kinds import Kind

# As jobs.kinds.Kind names them; `labels` works on no job.
VERBS: Final = ("prepare", "publish", "apply_range", "finish", "clean_up")

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]
Verb = Callable[..., Any]


class Moment(Enum):
    """When in a verb; one that asks the database nothing is interrupted before it instead."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


def replace_verb(kind: Kind, verb: str, replacement: Callable[[Verb], Verb]) -> Verb:
    """Have this verb go through `replacement` from now on; returns what it was."""
    original: Verb = getattr(kind, verb)
    setattr(kind, verb, wraps(original)(replacement(original)))
    return original


class StatementCount:
    """Counts the statements of each verb, in the longest of its calls."""

    def __init__(self) -> None:
        self.of_verb: Counter[str] = Counter()

    def counted(self, verb: str, original: Verb) -> Verb:
        def call(*args: Any, **kwargs: Any) -> Any:
            count = 0

            def execute(run: Execute, *statement: Any) -> Any:
                nonlocal count
                count += 1
                return run(*statement)

            with connection.execute_wrapper(execute):
                result = original(*args, **kwargs)
            self.of_verb[verb] = max(self.of_verb[verb], count)
            return result

        return call


class Interruption:
    """Calls `act` once: in the first call of a verb, before it, amid its statements, or after."""

    def __init__(self, moment: Moment, statements: int, act: Callable[[], None]) -> None:
        self.has_happened = False
        self._moment = moment if statements else Moment.BEFORE
        # In the middle; with two statements, before the second.
        self._countdown = statements // 2
        self._act = act

    def interrupted(self, original: Verb) -> Verb:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._happen_at(Moment.BEFORE)
            with connection.execute_wrapper(self._execute):
                result = original(*args, **kwargs)
            self._happen_at(Moment.AFTER)
            return result

        return call

    def _execute(self, run: Execute, *statement: Any) -> Any:
        if self._countdown == 0:
            self._happen_at(Moment.INSIDE)
        self._countdown -= 1
        return run(*statement)

    def _happen_at(self, moment: Moment) -> None:
        if moment is self._moment and not self.has_happened:
            self.has_happened = True
            self._act()
