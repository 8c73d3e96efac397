"""Whatever happens to a job, of any kind, it ends as if nothing had happened.

A run that nothing disturbs is the oracle: catalogue, history, rejects, counts, events, and nothing
left behind. So a kind that joins (tests.kinds.cases) has nothing to say here.
"""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from jobs import requests
from jobs.models import Job
from tests.kinds.cases import CASES, Case
from tests.kinds.conftest import Interrupt, Undisturbed
from tests.kinds.interruptions import VERBS, Moment
from tests.kinds.state import state_of
from tests.kinds.workers import Killed, Workers, end_own_session

every_verb = pytest.mark.parametrize("verb", VERBS)
every_moment = pytest.mark.parametrize("moment", Moment, ids=lambda moment: moment.value)
# The middle of a verb; its edges are left to the slower run.
moments = pytest.mark.parametrize(
    "moment",
    [
        pytest.param(Moment.INSIDE, id="inside"),
        pytest.param(Moment.BEFORE, id="before", marks=pytest.mark.faults),
        pytest.param(Moment.AFTER, id="after", marks=pytest.mark.faults),
    ],
)


def test_every_kind_of_job_has_a_case() -> None:
    assert {case.kind for case in CASES} == set(settings.JOB_KINDS)


def test_undisturbed(case: Case, undisturbed: Undisturbed) -> None:
    state = undisturbed.state
    assert (state.job["status"], state.job["cleaned_up"]) == ("completed", True)
    assert {name: count for name, count in state.counts.items() if count} == case.counts
    assert len(state.ledger) > 2, "the case has a middle to be disturbed in"
    assert len(state.events) == 1
    assert state.locks == 0


@pytest.mark.parametrize("at_once", [False, True], ids=["in_a_row", "at_once"])
def test_every_message_comes_twice(
    job: Job, workers: Workers, undisturbed: Undisturbed, at_once: bool
) -> None:
    workers.run(job, copies=2, at_once=at_once)
    assert state_of(job) == undisturbed.state


@every_verb
@every_moment
def test_killed(
    job: Job,
    workers: Workers,
    undisturbed: Undisturbed,
    interrupt: Interrupt,
    verb: str,
    moment: Moment,
) -> None:
    def die() -> None:
        raise Killed

    death = interrupt(verb, moment, die)
    workers.run(job)
    assert death.has_happened
    assert state_of(job) == undisturbed.state


@every_verb
def test_its_session_ends(
    job: Job, workers: Workers, undisturbed: Undisturbed, interrupt: Interrupt, verb: str
) -> None:
    """As when the server restarts: the process lives on, and handles the error."""
    end = interrupt(verb, Moment.INSIDE, end_own_session)
    workers.run(job)
    assert end.has_happened
    assert state_of(job) == undisturbed.state


@every_verb
@moments
def test_taken_over(
    job: Job,
    workers: Workers,
    undisturbed: Undisturbed,
    interrupt: Interrupt,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    moment: Moment,
) -> None:
    """The process stalls, another one takes the job, and then the first goes on."""
    # One that stalls renews no lease either.
    monkeypatch.setattr("jobs.leases.BEAT_SECONDS", 60)
    stall = interrupt(verb, moment, lambda: workers.meanwhile(lambda: workers.take_over(job)))
    workers.run(job)
    assert stall.has_happened
    assert state_of(job) == undisturbed.state


def test_cancelled_before_it_starts(job: Job, workers: Workers, undisturbed: Undisturbed) -> None:
    before = state_of(job)
    assert requests.cancel(job)
    assert workers.run(job) == "cancelled"
    after = state_of(job)
    assert (after.catalogue, after.changes, after.tables) == (
        before.catalogue,
        before.changes,
        before.tables,
    )
    assert requests.retry(job)
    workers.run(job)
    assert state_of(job).after_its_last_end() == undisturbed.state


@every_verb
@moments
def test_cancelled_and_resumed(
    job: Job,
    workers: Workers,
    undisturbed: Undisturbed,
    interrupt: Interrupt,
    verb: str,
    moment: Moment,
) -> None:
    cancellation = interrupt(verb, moment, lambda: workers.meanwhile(lambda: requests.cancel(job)))
    status = workers.run(job)
    assert cancellation.has_happened
    # Who cancels while it is brought to its end comes too late.
    assert status == ("completed" if verb in ("finish", "clean_up") else "cancelled")
    if status == "cancelled":
        assert state_of(job).tables == undisturbed.state.tables
        assert requests.retry(job)
        workers.run(job)
    assert state_of(job).after_its_last_end() == undisturbed.state


@pytest.mark.parametrize("verb", ["prepare", "publish", "apply_range"])
def test_failed_and_resumed(
    job: Job,
    workers: Workers,
    undisturbed: Undisturbed,
    interrupt: Interrupt,
    settings: Settings,
    verb: str,
) -> None:
    """A verb that fails as often as it is tried ends the job; `retry` goes on from there."""

    def refuse() -> None:
        failure.has_happened = False
        raise DatabaseError("no")

    settings.JOB_MAX_TRIES = 2
    failure = interrupt(verb, Moment.BEFORE, refuse)
    assert workers.run(job) == "failed"
    assert (job.error_code, job.error_detail) == ("database_error", "no")
    assert state_of(job).tables == undisturbed.state.tables
    failure.has_happened = True
    assert requests.retry(job)
    workers.run(job)
    assert state_of(job).after_its_last_end() == undisturbed.state
