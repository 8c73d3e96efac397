"""The health of webhooks in the last day, for people to see at a glance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone

from webhooks.models import Attempt, Delivery, Endpoint

HOURS: Final = 24
# The number of latest deliveries whose durations are measured.
MEASURED_DELIVERIES: Final = 500
# The width of the bar of an hour and the height of the highest one, in the units of the chart.
BAR_WIDTH, MAX_BAR_HEIGHT = 4, 24


@dataclass(frozen=True)
class Bar:
    """An hour of the chart, in the units of its SVG; as text, so that no locale formats it."""

    x: str
    height: str
    failed_height: str
    title: str


@dataclass
class Health:
    """The deliveries of the last day, by their status."""

    counts: Counter[str] = field(default_factory=Counter)
    bars: list[Bar] = field(default_factory=list)
    p95_ms: int | None = None

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def failed(self) -> int:
        return self.counts["failed"]

    @property
    def percent(self) -> float | None:
        """The percentage of ended deliveries that were delivered; None if none has ended.

        Rounded down, so that 100 means all.
        """
        ended = self.counts["delivered"] + self.counts["failed"]
        return 1000 * self.counts["delivered"] // ended / 10 if ended else None


def health_of_all(endpoints: Iterable[Endpoint]) -> list[tuple[Endpoint, Health]]:
    """Each endpoint with its health, in one query."""
    endpoints = list(endpoints)
    health: dict[int, Health] = defaultdict(Health)
    recent = Delivery.objects.filter(endpoint__in=endpoints, created_at__gte=_day_ago())
    rows = recent.values("endpoint", "status").annotate(count=Count("pk"))
    for row in rows.order_by():
        health[row["endpoint"]].counts[row["status"]] += row["count"]
    return [(endpoint, health[endpoint.pk]) for endpoint in endpoints]


def health_of(endpoint: Endpoint) -> Health:
    """The health of one endpoint, with the chart by hour and the 95th percentile of durations."""
    health, hours = Health(), defaultdict[datetime, Counter[str]](Counter)
    recent = endpoint.deliveries.filter(created_at__gte=_day_ago())
    rows: Any = recent.values("status", hour=TruncHour("created_at")).annotate(count=Count("pk"))
    for row in rows.order_by():
        health.counts[row["status"]] += row["count"]
        hours[row["hour"]][row["status"]] += row["count"]
    health.bars = _bars(hours)
    health.p95_ms = _p95_ms(endpoint)
    return health


def _day_ago() -> datetime:
    return timezone.now() - timedelta(hours=HOURS)


def _bars(hours: dict[datetime, Counter[str]]) -> list[Bar]:
    highest_total = max((counts.total() for counts in hours.values()), default=0)
    if not highest_total:
        return []
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    times = [now - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    return [_bar(number, time, hours[time], highest_total) for number, time in enumerate(times)]


def _bar(number: int, time: datetime, counts: Counter[str], highest_total: int) -> Bar:
    def scaled(count: int) -> str:
        # Even a single one is visible.
        return str(max(round(MAX_BAR_HEIGHT * count / highest_total), 2 if count else 0))

    failed = counts["failed"]
    return Bar(
        x=str(number * (BAR_WIDTH + 1)),
        height=scaled(counts.total()),
        failed_height=scaled(failed),
        title=f"{time:%H}:00 UTC: {counts.total():,} deliveries, {failed:,} failed",
    )


def _p95_ms(endpoint: Endpoint) -> int | None:
    latest = endpoint.deliveries.order_by("-pk").values("pk")[:MEASURED_DELIVERIES]
    attempts = Attempt.objects.filter(
        delivery__in=latest, started_at__gte=_day_ago(), status_code__isnull=False
    )
    durations = sorted(ms or 0 for ms in attempts.values_list("duration_ms", flat=True))
    return durations[int(0.95 * (len(durations) - 1))] if durations else None
