"""How a job goes wrong."""


class JobError(Exception):
    """The job can't be done as asked: an expected end, told to the user by code and in words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class LeaseLost(Exception):
    """Somebody else has taken the job over, or it was cancelled; stop and write nothing."""


class NotPrepared(Exception):
    """What preparing left behind is gone, such as an unlogged table after a database crash."""


class Conflict(Exception):
    """Somebody else wrote the same rows at the same time; to be tried again at once."""


DISK_FULL = (
    "The disk of the database is full, so this could not be written."
    " What was written before is kept. Make room there, then continue."
)


def in_words(error: Exception) -> str:
    """What went wrong, for whoever waits for the job."""
    # Django's errors are caused by those of the driver; COPY raises the latter as they are.
    if "53100" in (getattr(cause, "sqlstate", None) for cause in (error, error.__cause__)):
        return DISK_FULL
    return str(error).strip()[:1000]
