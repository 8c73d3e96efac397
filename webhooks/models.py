"""Endpoints, events, deliveries and attempts.

An event is stored once, in the transaction of the change that it reports. It becomes one delivery
for each endpoint that listens, and a delivery has one attempt after another.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from webhooks.encryption import EncryptedTextField
from webhooks.signing import body_of


def generate_secret() -> str:
    """A signing secret as Standard Webhooks 1.0 writes it: `whsec_` and 32 bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def new_message_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def listening_to(self, type_: str) -> EndpointQuerySet:
        """Those that get this type of event; an endpoint without types gets all of them."""
        return self.filter(Q(event_types__len=0) | Q(event_types__contains=[type_]), is_active=True)

    def failing(self) -> EndpointQuerySet:
        """Those that need attention: every attempt fails, or they were switched off for that."""
        return self.filter(~Q(disabled_reason="") | Q(failing_since__isnull=False)).order_by("pk")

    def failing_for_long(self) -> EndpointQuerySet:
        """Those whose every attempt has failed for settings.WEBHOOK_FAILING_DAYS."""
        since = Now() - timedelta(days=settings.WEBHOOK_FAILING_DAYS)
        return self.filter(failing_since__lt=since, is_active=True)

    def with_due_deliveries(self) -> EndpointQuerySet:
        """Those that a worker could send something to now."""
        due = Delivery.objects.due().filter(endpoint=OuterRef("pk"))
        return self.filter(Exists(due), is_active=True)


class Endpoint(models.Model):
    """An address that events are sent to."""

    url = models.URLField(max_length=2000)
    description = models.CharField(max_length=255, blank=True, default="")
    # Empty means every type.
    event_types = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    secret = EncryptedTextField(default=generate_secret)
    # Signs beside `secret` while receivers change over.
    previous_secret = EncryptedTextField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=255, blank=True, default="")
    # The first failure since the last success.
    failing_since = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    objects = EndpointQuerySet.as_manager()

    def __str__(self) -> str:
        return self.url

    @property
    def slots(self) -> int:
        """The most attempts that may run at once, so that one endpoint can't hold up others."""
        return 1 if self.failing_since else settings.WEBHOOK_IN_FLIGHT

    @property
    def secrets(self) -> list[str]:
        """The secrets that sign now, newest first."""
        until = self.previous_secret_until
        if self.previous_secret and until and until > timezone.now():
            return [self.secret, self.previous_secret]
        return [self.secret]

    def rotate_secret(self) -> None:
        """Sign with a new secret, and for a while with the previous one too."""
        with transaction.atomic():
            current = Endpoint.objects.select_for_update(no_key=True).get(pk=self.pk)
            self.secret = generate_secret()
            self.previous_secret = current.secret
            self.previous_secret_until = timezone.now() + timedelta(
                hours=settings.WEBHOOK_ROTATION_HOURS
            )
            self.save(
                update_fields=["secret", "previous_secret", "previous_secret_until", "updated_at"]
            )

    def change(self, **fields: Any) -> None:
        """Set fields that people may set.

        A new address, and an endpoint that is switched on, start with a clean record.
        """
        is_new = fields.get("url", self.url) != self.url
        if fields.get("is_active"):
            fields["disabled_reason"] = ""
        if is_new or (fields.get("is_active") and not self.is_active):
            fields["failing_since"] = None
        Endpoint.objects.filter(pk=self.pk).update(**fields, updated_at=Now())
        self.refresh_from_db()

    def disable(self, reason: str) -> None:
        """Send nothing more until somebody switches it on again."""
        Endpoint.objects.filter(pk=self.pk, is_active=True).update(
            is_active=False, disabled_reason=reason, updated_at=Now()
        )


class Event(models.Model):
    """Something that happened: its type and data, stored once for all endpoints."""

    # The id that receivers see at every attempt (`webhook-id`).
    message_id = models.CharField(max_length=64, unique=True, default=new_message_id)
    type = models.CharField(max_length=50)
    data = models.JSONField(encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(db_default=Now())
    # Null until its deliveries exist.
    dispatched_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The sweeper's query for events that have not become deliveries yet.
            models.Index(
                name="event_not_dispatched", fields=["id"], condition=Q(dispatched_at=None)
            ),
            # The query for old events, which are deleted.
            models.Index(name="event_age", fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self) -> DeliveryQuerySet:
        """Those to be tried now, which includes those whose last attempt was lost."""
        return self.filter(status="pending", next_attempt_at__lte=Now())

    def in_flight(self) -> DeliveryQuerySet:
        return self.filter(is_sending=True, next_attempt_at__gt=Now())

    def for_display(self) -> DeliveryQuerySet:
        """Newest first, with events and attempts, in a fixed number of queries."""
        return self.select_related("event").prefetch_related("attempts").order_by("-pk")

    def failed_since(self, since: datetime) -> DeliveryQuerySet:
        return self.filter(status="failed", created_at__gte=since)


class Delivery(models.Model):
    """One event on its way to one endpoint."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    ENDED: Final = (Status.DELIVERED, Status.FAILED)

    # The database itself deletes deliveries with their event or endpoint, and attempts with
    # their delivery: at once, and safely beside a worker that is writing the next one.
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.DO_NOTHING, related_name="deliveries")
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    # While an attempt is running: the time when it counts as lost.
    next_attempt_at = models.DateTimeField(null=True, db_default=Now())
    is_sending = models.BooleanField(default=False, db_default=False)
    # Requested by a person: one attempt, which is not repeated if it fails.
    is_manual = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                name="delivery_is_once_an_endpoint", fields=["event", "endpoint"]
            ),
            models.CheckConstraint(
                name="delivery_status_is_known",
                condition=Q(status__in=["pending", "delivered", "failed"]),
            ),
        ]
        indexes = [
            # The due deliveries of one endpoint.
            models.Index(
                name="delivery_due",
                fields=["endpoint", "next_attempt_at"],
                condition=Q(status="pending"),
            ),
            # The number of running attempts to one endpoint.
            models.Index(
                name="delivery_sending", fields=["endpoint"], condition=Q(is_sending=True)
            ),
            # The health of an endpoint in the last day.
            models.Index(name="delivery_recent", fields=["endpoint", "created_at", "status"]),
            # The delivery log of one endpoint, newest first.
            models.Index(name="delivery_log", fields=["endpoint", "-id"]),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"

    @property
    def message(self) -> str:
        """The body that is sent, laid out for people to read."""
        event = self.event
        body = json.loads(body_of(event.type, event.created_at, event.data))
        return json.dumps(body, indent=2, ensure_ascii=False)

    @property
    def tries(self) -> list[Attempt]:
        """The attempts, newest first; no query if they are prefetched."""
        return sorted(self.attempts.all(), key=lambda attempt: -attempt.number)


class Attempt(models.Model):
    """One request of a delivery and its answer."""

    delivery = models.ForeignKey(Delivery, on_delete=models.DO_NOTHING, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    is_manual = models.BooleanField(default=False)
    started_at = models.DateTimeField(db_default=Now())
    duration_ms = models.PositiveIntegerField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    request_headers = models.JSONField(default=dict)
    # Only the beginning; the answer of a receiver is for people to read, nothing depends on it.
    response_body = models.TextField(blank=True, default="")
    error = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="attempt_has_a_number_once", fields=["delivery", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of delivery {self.delivery_id}"
