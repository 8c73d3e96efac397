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
