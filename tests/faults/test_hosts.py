"""Workers on two hosts, one of which is cut off: no FIN, no RST, its packets just don't arrive."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from conftest import SharedWorker
from imports.models import Import
from jobs.models import Job
from stack import ports
from tests import oracle
from tests.faults.databases import a_database
from tests.faults.hosts import NETWORK, SWITCH_ADDRESS, Host, two_hosts
from tests.faults.servers import a_broker
from tests.faults.stacks import MANY_RANGES, in_the_middle_of_applying
from tests.faults.undisturbed import assert_undisturbed, stored
from tests.processes import Process, start_beat, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Cluster:
    """Two hosts with a worker each; PostgreSQL, broker and beat are on a third machine, ours."""

    first: Host
    second: Host
    workers: dict[str, Process]

    @contextmanager
    def only_first(self) -> Iterator[None]:
        """The other worker does nothing for the length of the block."""
        self.workers[self.second.address].freeze()
        yield
        self.workers[self.second.address].thaw()


@pytest.fixture(scope="module")
def cluster(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    stack_env: dict[str, str],
    shared_worker: SharedWorker,
) -> Iterator[Cluster]:
    shared_worker.send_away()
    with (
        two_hosts() as hosts,
        django_db_blocker.unblock(),
        a_database(listen=SWITCH_ADDRESS, network=f"{NETWORK}.0/24") as database,
        a_broker("valkey", SWITCH_ADDRESS) as broker,
    ):
        broker_url = broker.url.replace(ports.HOST, SWITCH_ADDRESS)
        urls = {"DATABASE_URL": database.url, "CELERY_BROKER_URL": broker_url}
        env = stack_env | MANY_RANGES | urls
        workers = {host.address: host.start_worker(env) for host in hosts}
        beat = start_beat(env)
        yield Cluster(*hosts, workers)
        for process in (beat, *workers.values()):
            process.kill()
            process.stop()


@pytest.fixture
def whole(transactional_db: None, cluster: Cluster) -> Iterator[Cluster]:
    """The cluster with both hosts plugged in, also for the test that comes after."""
    yield cluster
    cluster.first.plug_in()


def waiting_hosts() -> set[str]:
    """The hosts with a session that waits for a lock."""
    with connection.cursor() as cursor:
        # Within a transaction the first look would be the last.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT host(client_addr) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return {host for (host,) in cursor.fetchall()}


def assert_both_apply(cluster: Cluster, sample: Path, user: User) -> None:
    both = {cluster.first.address, cluster.second.address}
    import_ = stored(sample, user)
    with in_the_middle_of_applying(import_):
        wait_until(lambda: both <= waiting_hosts(), seconds=60, what="both hosts")
    assert_undisturbed(import_, sample)


def assert_harmless_when_back(cluster: Cluster, import_: Import) -> None:
    """What the host had under way when it was cut off changes nothing, and it works on."""
    before = oracle.table_hash(), list(import_.ledger.order_by("pk").values())
    cluster.first.plug_in()
    time.sleep(5)
    assert (oracle.table_hash(), list(import_.ledger.order_by("pk").values())) == before
    assert cluster.workers[cluster.first.address].is_alive


def test_both_apply_ranges_of_one_import(whole: Cluster, small_sample: Path, user: User) -> None:
    assert_both_apply(whole, small_sample, user)


def test_cut_off_while_applying(whole: Cluster, small_sample: Path, user: User) -> None:
    import_ = stored(small_sample, user)
    with in_the_middle_of_applying(import_):
        wait_until(lambda: whole.first.address in waiting_hosts(), seconds=60, what="the host")
        whole.first.unplug()
    assert_undisturbed(import_, small_sample)
    assert_harmless_when_back(whole, import_)


def test_cut_off_while_reading(whole: Cluster, small_sample: Path, user: User) -> None:
    with whole.only_first():
        import_ = stored(small_sample, user)
        with transaction.atomic():
            # What was read is described there, when all is read and nothing is published.
            Import.objects.select_for_update(of=("self",)).get(pk=import_.pk)
            wait_until(lambda: whole.first.address in waiting_hosts(), seconds=60, what="the host")
            whole.first.unplug()
    assert_undisturbed(import_, small_sample)
    assert_harmless_when_back(whole, import_)


def test_cut_off_while_it_holds_the_job(whole: Cluster, small_sample: Path, user: User) -> None:
    with whole.only_first():
        import_ = stored(small_sample, user)
        wait_until(lambda: import_.ledger.count() >= 3, seconds=60, what="some ranges")
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=import_.pk)
            wait_until(lambda: whole.first.address in waiting_hosts(), seconds=60, what="the host")
            whole.first.unplug()
    assert_undisturbed(import_, small_sample)
    assert_harmless_when_back(whole, import_)


def test_a_host_that_was_cut_off_works_again(
    whole: Cluster, small_sample: Path, user: User
) -> None:
    assert_both_apply(whole, small_sample, user)
