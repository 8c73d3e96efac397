from __future__ import annotations

from collections import Counter
from datetime import timedelta

from django.db.models.functions import Now

from webhooks.delivering import send_due
from webhooks.health import MAX_BAR_HEIGHT, Health, health_of, health_of_all
from webhooks.models import Delivery, Endpoint
from webhooks.tests.conftest import Happen
from webhooks.tests.receiver import Receiver


def test_without_deliveries_there_is_nothing_to_tell(endpoint: Endpoint) -> None:
    health = health_of(endpoint)
    assert (health.total, health.percent, health.bars, health.p95_ms) == (0, None, [], None)
    ((same, health),) = health_of_all([endpoint])
    assert (same, health.total, health.percent) == (endpoint, 0, None)


def test_the_last_day_counts(happen: Happen, endpoint: Endpoint, receiver: Receiver) -> None:
    for _ in range(4):
        happen()
    send_due(endpoint.pk)
    failed, old = happen(), happen()
    Delivery.objects.filter(pk=failed.pk).update(status="failed")
    Delivery.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(hours=25))
    happen()
    health = health_of(endpoint)
    assert (health.total, health.failed, health.percent) == (6, 1, 80)
    assert health.p95_ms is not None
    assert health_of_all([endpoint])[0][1].counts == health.counts
    assert len(health.bars) == 24
    assert max(int(bar.height) for bar in health.bars) == MAX_BAR_HEIGHT
    assert sum(bar.failed_height != "0" for bar in health.bars) == 1


def test_what_is_under_way_has_no_share_yet(endpoint: Endpoint, happen: Happen) -> None:
    happen()
    ((_, health),) = health_of_all([endpoint])
    assert (health.total, health.percent) == (1, None)


def test_the_share_never_looks_better_than_it_is() -> None:
    assert Health(Counter(delivered=9999, failed=1)).percent == 99.9
    assert Health(Counter(delivered=9999, pending=1)).percent == 100
