"""What the suite of all kinds of jobs shares: a case, its workers, and its run undisturbed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from pytest_django.fixtures import Settings

from jobs.kinds import kind_of
from jobs.models import Job
from tests.kinds.cases import CASES, RANGE_ROWS, Case, fill_catalogue
from tests.kinds.interruptions import (
    VERBS,
    Interruption,
    Moment,
    StatementCount,
    Verb,
    replace_verb,
)
from tests.kinds.state import State, state_of
from tests.kinds.workers import Workers
from webhooks.models import Endpoint


@dataclass(frozen=True)
class Undisturbed:
    """How a job ends if nothing happens to it, and how many statements each verb takes."""

    state: State
    statements: dict[str, int]


Interrupt = Callable[[str, Moment, Callable[[], None]], Interruption]

_undisturbed: dict[str, Undisturbed] = {}


SLOWER = pytest.mark.faults
PARAMETERS = [
    pytest.param(case, id=case.name, marks=[SLOWER] if case.is_variation else []) for case in CASES
]


@pytest.fixture(params=PARAMETERS)
def case(request: pytest.FixtureRequest) -> Case:
    case: Case = request.param
    return case


@pytest.fixture(autouse=True)
def _no_tables_of_earlier_tests(transactional_db: None) -> None:
    """Reviews that other tests leave waiting keep their staging tables, whose jobs are gone."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("imports_staging_"):
                cursor.execute(f"DROP TABLE {table}")


@pytest.fixture
def workers(transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Workers:
    settings.IMPORT_RANGE_ROWS = RANGE_ROWS
    settings.JOB_STALL_SECONDS = 0
    monkeypatch.setattr("webhooks.wakeups._send", lambda *_, **__: None)
    return Workers(monkeypatch)


@pytest.fixture
def undisturbed(case: Case, workers: Workers) -> Undisturbed:
    """The oracle; made once for each case."""
    if case.name not in _undisturbed:
        _undisturbed[case.name] = _run_undisturbed(case, workers)
        call_command("flush", interactive=False, verbosity=0)
    return _undisturbed[case.name]


def _run_undisturbed(case: Case, workers: Workers) -> Undisturbed:
    count, kind = StatementCount(), kind_of(case.kind)
    originals = {verb: replace_verb(kind, verb, partial(count.counted, verb)) for verb in VERBS}
    job = _start(case)
    try:
        workers.run(job)
    finally:
        _put_back(case, originals)
    return Undisturbed(state_of(job), dict(count.of_verb))


@pytest.fixture
def job(case: Case, undisturbed: Undisturbed) -> Job:
    """A job that nobody was woken for, in the same catalogue as the undisturbed one."""
    return _start(case)


def _start(case: Case) -> Job:
    fill_catalogue()
    user = User.objects.create_user("ana")
    Endpoint.objects.create(url="https://example.com/")
    return Job.objects.get(pk=case.start(user).pk)


@pytest.fixture
def interrupt(case: Case, undisturbed: Undisturbed) -> Iterator[Interrupt]:
    """Has something happen in a verb, for the length of the test."""
    originals: dict[str, Verb] = {}

    def interrupt(verb: str, moment: Moment, act: Callable[[], None]) -> Interruption:
        interruption = Interruption(moment, undisturbed.statements[verb], act)
        originals[verb] = replace_verb(kind_of(case.kind), verb, interruption.interrupted)
        return interruption

    yield interrupt
    _put_back(case, originals)


def _put_back(case: Case, originals: dict[str, Verb]) -> None:
    for verb, original in originals.items():
        setattr(kind_of(case.kind), verb, original)
