"""From events to deliveries: one for each endpoint that listens."""

from __future__ import annotations

from collections import Counter
from typing import Final

from django.conf import settings
from django.db import connection

from webhooks import wakeups

BATCH: Final = 500

# Makes the deliveries of events that have none yet, once for each event whoever else runs this.
# The lock on the endpoints keeps one from being deleted in between.
DISPATCH: Final = """
WITH fresh AS (
    SELECT id, type FROM webhooks_event
    WHERE dispatched_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
), listening AS (
    SELECT id, event_types FROM webhooks_endpoint WHERE is_active FOR KEY SHARE
), made AS (
    INSERT INTO webhooks_delivery (event_id, endpoint_id, status, attempt_count)
    SELECT fresh.id, listening.id, 'pending', 0
    FROM fresh JOIN listening ON event_types = '{}' OR fresh.type = ANY (event_types)
    ORDER BY fresh.id
    RETURNING endpoint_id
), marked AS (
    UPDATE webhooks_event event SET dispatched_at = now() FROM fresh WHERE event.id = fresh.id
    RETURNING event.id
)
SELECT (SELECT count(*) FROM marked), array(SELECT endpoint_id FROM made)
"""


def dispatch() -> None:
    """Turn all new events into deliveries, and wake a worker for each endpoint that has some."""
    while True:
        events, endpoints = _dispatch_some()
        for endpoint, deliveries in Counter(endpoints).items():
            for _ in range(min(deliveries, settings.WEBHOOK_IN_FLIGHT)):
                wakeups.wake(endpoint)
        if events < BATCH:
            return


def _dispatch_some() -> tuple[int, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(DISPATCH, [BATCH])
        events, endpoints = cursor.fetchone()
    return events, endpoints
