"""Workers that are asked to stop, or stopped and woken up again: nothing is lost or held up."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from products.catalogue import update_product
from tests.faults.undisturbed import assert_undisturbed, begin, status
from tests.faults.victims import (
    Moment,
    Victims,
    between_ranges,
    inside_a_range,
    middle_product,
    publishing,
    reading,
    signal_group,
)
from tests.processes import wait_until

pytestmark = pytest.mark.faults

# Texts in the log of a worker that has noticed that it was replaced.
NOTICED = ("preparing stopped: ", "failed.", "raised unexpected")


@pytest.mark.parametrize("moment", [reading, inside_a_range])
def test_asked_to_stop_it_ends_what_it_has_begun(
    victims: Victims, sample: Path, user: User, moment: Moment
) -> None:
    worker = victims()
    import_ = begin(sample, user)
    with moment(import_):
        worker.popen.terminate()
    assert worker.popen.wait(30) == 0
    assert import_.ledger.count() > 1
    victims()
    assert_undisturbed(import_, sample)
    assert import_.lease_token == 1


@pytest.mark.parametrize("moment", [reading, inside_a_range])
def test_asked_to_stop_with_all_that_belong_to_it(
    victims: Victims, sample: Path, user: User, moment: Moment
) -> None:
    """As some service managers do: children don't end what they have begun."""
    worker = victims()
    import_ = begin(sample, user)
    with moment(import_):
        signal_group(worker, signal.SIGTERM)
        worker.popen.wait(30)
    assert status(import_) in ("reading", "applying")
    victims()
    assert_undisturbed(import_, sample)


@pytest.mark.parametrize("moment", [reading, publishing, between_ranges, inside_a_range])
def test_a_stopped_worker_is_replaced_and_writes_nothing_when_it_comes_back(
    victims: Victims, sample: Path, user: User, moment: Moment
) -> None:
    zombie = victims()
    import_ = begin(sample, user)
    with moment(import_):
        signal_group(zombie, signal.SIGSTOP)
    victims()
    wait_until(lambda: status(import_) == "completed", seconds=60, what="the other worker")
    said = len(zombie.output)
    signal_group(zombie, signal.SIGCONT)
    wait_until(lambda: any(words in zombie.output[said:] for words in NOTICED), what="its words")
    assert_undisturbed(import_, sample)


def test_a_stopped_worker_holds_nobody_up(victims: Victims, small_sample: Path, user: User) -> None:
    zombie = victims()
    import_ = begin(small_sample, user)
    product = middle_product()
    with inside_a_range(import_):
        signal_group(zombie, signal.SIGSTOP)
    victims()
    started = time.monotonic()
    update_product(product_id=product, changed_by=user)
    assert time.monotonic() - started < int(victims.env["JOB_LEASE_SECONDS"]) + 5
    assert_undisturbed(import_, small_sample)
