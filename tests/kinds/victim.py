"""A process that takes a job as far as it can and is killed amid a verb, by `kill -9`.

`python -m tests.kinds.victim JOB_ID VERB STATEMENTS`, with the number of statements of the verb.
"""

from __future__ import annotations

import os
import signal
import sys

import django

django.setup()

from jobs import runner  # noqa: E402 - needs Django to be set up
from jobs.kinds import kind_of  # noqa: E402
from jobs.models import Job  # noqa: E402
from tests.kinds.interruptions import Interruption, Moment, replace_verb  # noqa: E402


def main(job_id: int, verb: str, statements: int) -> None:
    death = Interruption(Moment.INSIDE, statements, die)
    replace_verb(kind_of(Job.objects.get(pk=job_id).kind), verb, death.interrupted)
    runner.advance_alone(job_id)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
