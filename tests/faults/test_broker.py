"""The broker forgets, restarts, is gone or hangs: no upload is refused, and no import is lost.

Outages last for seconds here, not minutes: what differs in a long one is only how long clients
wait before they try again, at most half a minute, and that is not the product's doing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from conftest import SharedWorker
from tests.faults.servers import Broker, a_broker
from tests.faults.stacks import Stack, a_stack, in_the_middle_of_applying
from tests.faults.undisturbed import assert_undisturbed, status

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

# Longer than the worker waits between its first tries to connect again.
OUTAGE_SECONDS = 4
# What a person waits for an answer to an upload, whatever the broker does.
PATIENCE_SECONDS = 15


@dataclass(frozen=True)
class Site:
    """A stack with a broker that may be broken."""

    broker: Broker
    stack: Stack


@pytest.fixture(scope="module", params=["valkey", "rabbitmq"])
def any_site(
    request: pytest.FixtureRequest, stack_env: dict[str, str], shared_worker: SharedWorker
) -> Iterator[Site]:
    # Its sweeper would mend what that of the test's own stack is to mend.
    shared_worker.send_away()
    with (
        a_broker(request.param) as broker,
        a_stack(stack_env | {"CELERY_BROKER_URL": broker.url}) as stack,
    ):
        yield Site(broker, stack)


@pytest.fixture
def site(any_site: Site) -> Iterator[Site]:
    yield any_site
    any_site.stack.assert_alive()


def test_gone_while_an_upload_comes_in(
    transactional_db: None, site: Site, small_sample: Path, user: User
) -> None:
    site.broker.server.stop()
    started = time.monotonic()
    import_ = site.stack.upload(small_sample, user)
    assert time.monotonic() - started < PATIENCE_SECONDS
    time.sleep(OUTAGE_SECONDS)
    assert status(import_) == "pending"
    site.broker.server.start()
    assert_undisturbed(import_, small_sample)


def test_gone_while_applying(
    transactional_db: None, site: Site, small_sample: Path, user: User
) -> None:
    import_ = site.stack.upload(small_sample, user)
    with in_the_middle_of_applying(import_):
        site.broker.server.stop()
    time.sleep(OUTAGE_SECONDS)
    site.broker.server.start()
    assert_undisturbed(import_, small_sample)


def test_restarted_while_applying(
    transactional_db: None, site: Site, small_sample: Path, user: User
) -> None:
    import_ = site.stack.upload(small_sample, user)
    with in_the_middle_of_applying(import_):
        site.broker.server.kill()
        site.broker.server.start()
    assert_undisturbed(import_, small_sample)


def test_flushed_while_queued(
    transactional_db: None, site: Site, small_sample: Path, user: User
) -> None:
    worker = site.stack.processes[1]
    worker.freeze()
    import_ = site.stack.upload(small_sample, user)
    site.broker.flush()
    worker.thaw()
    assert_undisturbed(import_, small_sample)


def test_flushed_while_applying(
    transactional_db: None, site: Site, small_sample: Path, user: User
) -> None:
    import_ = site.stack.upload(small_sample, user)
    with in_the_middle_of_applying(import_):
        site.broker.flush()
    assert_undisturbed(import_, small_sample)


def test_silent_while_an_upload_comes_in(
    transactional_db: None, site: Site, small_sample: Path, user: User
) -> None:
    """It takes connections and answers nothing, as one that is cut off does."""
    site.broker.server.freeze()
    started = time.monotonic()
    import_ = site.stack.upload(small_sample, user)
    assert time.monotonic() - started < PATIENCE_SECONDS
    site.broker.server.thaw()
    assert_undisturbed(import_, small_sample)


def test_silent_while_applying(
    transactional_db: None, site: Site, small_sample: Path, user: User
) -> None:
    import_ = site.stack.upload(small_sample, user)
    with in_the_middle_of_applying(import_):
        site.broker.server.freeze()
    time.sleep(OUTAGE_SECONDS)
    site.broker.server.thaw()
    assert_undisturbed(import_, small_sample)
