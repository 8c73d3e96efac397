"""How a job goes wrong."""

from __future__ import annotations

from typing import Final


class JobError(Exception):
    """The job can't be done as asked: an expected end, which people see as a code and in words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class LeaseLost(Exception):
    """Another process has taken the job over, or it was cancelled: stop and write nothing."""


class NotPrepared(Exception):
    """What preparing left behind is gone, such as an unlogged table after a database crash."""


class Conflict(Exception):
    """Somebody else wrote the same rows at the same time; to be tried again at once."""


DISK_FULL: Final = (
    "The database server has run out of disk space, so this could not be saved."
    " Everything applied before is kept. Free some space there, then continue."
)

_NO_SPACE_LEFT: Final = "53100"


def in_words(error: Exception) -> str:
    """What went wrong, for whoever waits for the job; at most 1,000 characters."""
    if sqlstate_of(error) == _NO_SPACE_LEFT:
        return DISK_FULL
    return str(error).strip()[:1000]


def sqlstate_of(error: BaseException) -> str | None:
    """The five characters by which PostgreSQL names an error; None for any other error."""
    # Django's errors are caused by those of the driver; COPY raises the latter as they are.
    for candidate in (error, error.__cause__):
        if sqlstate := getattr(candidate, "sqlstate", None):
            return str(sqlstate)
    return None
