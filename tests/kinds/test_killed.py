"""kill -9 of a real process in each verb of each kind of job; others end what it has begun."""

from __future__ import annotations

import signal

import pytest

from conftest import SharedWorker
from jobs import requests
from jobs.models import Job
from tests.kinds.cases import RANGE_ROWS
from tests.kinds.conftest import Undisturbed
from tests.kinds.interruptions import VERBS
from tests.kinds.state import state_of
from tests.kinds.workers import Workers
from tests.processes import Process

pytestmark = pytest.mark.faults


def _run(*command: str, env: dict[str, str]) -> int:
    process = Process(*command, env=env)
    try:
        return process.popen.wait(60)
    finally:
        process.stop()


@pytest.mark.parametrize("verb", VERBS)
def test_killed_by_the_system(
    job: Job,
    workers: Workers,
    undisturbed: Undisturbed,
    stack_env: dict[str, str],
    shared_worker: SharedWorker,
    verb: str,
) -> None:
    shared_worker.send_away()
    env = {**stack_env, "IMPORT_RANGE_ROWS": str(RANGE_ROWS)}
    env["DJANGO_SETTINGS_MODULE"] = "product_importer.settings"
    command = ("tests.kinds.victim", str(job.pk), verb, str(undisturbed.statements[verb]))
    # A job with a review has verbs on either side of it.
    while (ended_as := _run(*command, env=env)) == 0:
        assert requests.apply(job)
    assert ended_as == -signal.SIGKILL
    assert state_of(job) != undisturbed.state
    workers.run(job)
    assert state_of(job) == undisturbed.state
