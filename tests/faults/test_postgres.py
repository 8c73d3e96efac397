"""PostgreSQL restarted and crashed: what is committed stands, the rest is done again."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from conftest import SharedWorker
from jobs import requests
from stack.paths import PASSABLE
from tests.faults.conftest import SMALL_RANGES
from tests.faults.own_postgres import OwnPostgres
from tests.faults.undisturbed import assert_undisturbed, begin, status
from tests.faults.victims import (
    Moment,
    Victims,
    between_ranges,
    inside_a_range,
    reading,
)
from tests.processes import wait_until

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[OwnPostgres]:
    with TemporaryDirectory(prefix="product-importer-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(PASSABLE)
        server = OwnPostgres(Path(folder))
        with django_db_blocker.unblock(), server.serving_the_test():
            call_command("migrate", verbosity=0)
        yield server
        server.close()


@pytest.fixture
def own_postgres(
    transactional_db: None, empty_broker: None, server: OwnPostgres
) -> Iterator[OwnPostgres]:
    with server.serving_the_test():
        call_command("flush", interactive=False, verbosity=0)
        yield server


@pytest.fixture
def own_victims(
    own_postgres: OwnPostgres, stack_env: dict[str, str], shared_worker: SharedWorker
) -> Iterator[Victims]:
    """Workers on that server."""
    shared_worker.send_away()
    victims = Victims(stack_env | SMALL_RANGES | {"DATABASE_URL": own_postgres.url})
    yield victims
    victims.kill_all()


@pytest.fixture
def ana(own_postgres: OwnPostgres) -> User:
    return User.objects.create_user("ana")


# --- What happens to it -------------------------------------------------------------------

Fault = Callable[[OwnPostgres], None]


def fast_restart(server: OwnPostgres) -> None:
    server.stop(signal.SIGINT)
    server.start()


def immediate_restart(server: OwnPostgres) -> None:
    server.stop(signal.SIGQUIT)
    server.start()


def crash(server: OwnPostgres) -> None:
    server.stop(signal.SIGKILL)
    server.start()


def crash_of_a_session(server: OwnPostgres) -> None:
    server.kill_a_session()


FAULTS = [fast_restart, immediate_restart, crash, crash_of_a_session]


@pytest.mark.parametrize("fault", FAULTS)
def test_while_reading(
    own_victims: Victims, own_postgres: OwnPostgres, sample: Path, ana: User, fault: Fault
) -> None:
    own_victims()
    import_ = begin(sample, ana)
    with reading(import_):
        fault(own_postgres)
    own_postgres.wait_until_there()
    assert_undisturbed(import_, sample)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("moment", [between_ranges, inside_a_range])
def test_while_applying(
    own_victims: Victims,
    own_postgres: OwnPostgres,
    small_sample: Path,
    ana: User,
    moment: Moment,
    fault: Fault,
) -> None:
    own_victims()
    import_ = begin(small_sample, ana)
    with moment(import_):
        done = import_.ledger.count()
        fault(own_postgres)
    own_postgres.wait_until_there()
    assert import_.ledger.count() >= done > 1
    assert_undisturbed(import_, small_sample)


@pytest.mark.parametrize("fault", [fast_restart, crash])
def test_during_a_review(
    own_victims: Victims, own_postgres: OwnPostgres, small_sample: Path, ana: User, fault: Fault
) -> None:
    own_victims()
    import_ = begin(small_sample, ana, review=True)
    wait_until(lambda: status(import_) == "review", what="the review")
    fault(own_postgres)
    own_postgres.wait_until_there()
    assert status(import_) == "review"
    assert requests.apply(import_)
    assert_undisturbed(import_, small_sample)
