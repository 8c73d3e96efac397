"""Attempts: each is claimed by one worker, sent, and recorded together with its consequences.

A claim is a number (`attempt_count`) and a time (`next_attempt_at`, until which nobody else
touches the delivery). A worker that is later than that finds another number and writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import random
from typing import Any, Final

import requests
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from webhooks import sending, signing, wakeups
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.retries import next_delay
from webhooks.sending import Outcome

logger = logging.getLogger(__name__)

# After this number of deliveries a worker lets other endpoints have a turn.
MAX_IN_A_ROW: Final = 50

GONE: Final = 410
LOST: Final = "The worker was lost during this attempt, so its outcome is unknown."
ANSWERED_GONE: Final = "The receiver answered 410 Gone, which means that it wants no more messages."
ONLY_FAILED: Final = "Every attempt failed for {days} days."


def send_due(endpoint_id: int) -> None:
    """Send the due deliveries of one endpoint, one after the other, until none is left."""
    with sending.open_session() as session:
        for _ in range(MAX_IN_A_ROW):
            delivery = claim_next(endpoint_id)
            if delivery is None:
                return
            attempt(delivery, session)
    wakeups.wake(endpoint_id)


def attempt(delivery: Delivery, session: requests.Session) -> Outcome:
    """Send a claimed delivery and record the outcome."""
    event, endpoint = delivery.event, delivery.endpoint
    body = signing.body_of(event.type, event.created_at, event.data)
    headers = signing.signed_headers(
        body,
        message_id=event.message_id,
        sent_at=datetime.now(UTC),
        secrets=endpoint.secrets,
    )
    outcome = sending.post(session, endpoint.url, body, headers)
    if record(delivery, outcome):
        _note_health(delivery, outcome)
    return outcome


def claim_next(endpoint_id: int) -> Delivery | None:
    """Claim the delivery that has been due for longest; None if none is due or no slot is free."""
    with transaction.atomic():
        # One claim at a time for each endpoint, so that the count of used slots stays right.
        endpoints = Endpoint.objects.select_for_update(no_key=True)
        endpoint = endpoints.filter(pk=endpoint_id, is_active=True).first()
        if endpoint is None or endpoint.deliveries.in_flight().count() >= endpoint.slots:
            return None
        due = endpoint.deliveries.due().select_related("event").order_by("next_attempt_at")
        delivery = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
        if delivery is not None:
            delivery.endpoint = endpoint
            _claim(delivery)
    return delivery


def _claim(delivery: Delivery) -> None:
    if delivery.is_sending:
        Attempt.objects.create(
            delivery=delivery,
            number=delivery.attempt_count,
            is_manual=delivery.is_manual,
            error=LOST,
        )
    delivery.attempt_count += 1
    Delivery.objects.filter(pk=delivery.pk).update(
        attempt_count=delivery.attempt_count, is_sending=True, next_attempt_at=lease_end()
    )


def lease_end() -> Any:
    return Now() + timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS)


def record(delivery: Delivery, outcome: Outcome) -> bool:
    """Record the outcome of an attempt; False if the attempt was given up for lost before."""
    with transaction.atomic():
        claimed = Delivery.objects.filter(
            pk=delivery.pk, attempt_count=delivery.attempt_count, is_sending=True
        )
        if not claimed.update(is_sending=False, **_consequence(delivery, outcome)):
            logger.warning("Attempt %s of %s ended too late.", delivery.attempt_count, delivery)
            return False
        Attempt.objects.create(
            delivery=delivery,
            number=delivery.attempt_count,
            is_manual=delivery.is_manual,
            started_at=Now() - timedelta(milliseconds=outcome.duration_ms),
            duration_ms=outcome.duration_ms,
            status_code=outcome.status_code,
            request_headers=outcome.request_headers,
            response_body=outcome.response_body,
            error=outcome.error,
        )
    return True


def _consequence(delivery: Delivery, outcome: Outcome) -> Mapping[str, Any]:
    """The fields of a delivery that change after an attempt."""
    ended = {"next_attempt_at": None, "finished_at": Now(), "is_manual": False}
    if outcome.is_success:
        return ended | {"status": Delivery.Status.DELIVERED}
    delay = next_delay(delivery.attempt_count, retry_after=outcome.retry_after, random=random)
    if delay is None or delivery.is_manual or outcome.status_code == GONE:
        return ended | {"status": Delivery.Status.FAILED}
    return {"next_attempt_at": Now() + timedelta(seconds=delay)}


def _note_health(delivery: Delivery, outcome: Outcome) -> None:
    """Record what an attempt means for its endpoint; a manual one can only improve its health."""
    endpoint = Endpoint.objects.filter(pk=delivery.endpoint_id)
    if outcome.is_success:
        if delivery.endpoint.failing_since:
            endpoint.update(failing_since=None)
    elif outcome.status_code == GONE:
        delivery.endpoint.disable(ANSWERED_GONE)
    elif not delivery.is_manual:
        endpoint.filter(failing_since=None).update(failing_since=Now())
        if endpoint.failing_for_long().exists():
            delivery.endpoint.disable(ONLY_FAILED.format(days=settings.WEBHOOK_FAILING_DAYS))
