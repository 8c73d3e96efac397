"""Who is told, what happened, and how telling it went.

An event is stored once, in the transaction of what it tells of; it becomes one delivery for
each endpoint that listens, and a delivery has one attempt after another.
"""

import base64
import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from webhooks.encryption import EncryptedTextField


def generate_secret() -> str:
    """A signing secret as Standard Webhooks 1.0 writes it: `whsec_` and 32 bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Endpoint(models.Model):
    """An address that is told of events."""

    url = models.URLField(max_length=2000)
    description = models.CharField(max_length=255, blank=True, default="")
    # Empty means every type.
    event_types = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    secret = EncryptedTextField(default=generate_secret)
    # Still accepted beside `secret` while receivers change over.
    previous_secret = EncryptedTextField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=255, blank=True, default="")
    failing_since = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.url


class Event(models.Model):
    """Something that happened: its type and data, stored once for all who are told."""

    # The id that receivers see at every attempt (`webhook-id`).
    message_id = models.CharField(max_length=64, unique=True)
    type = models.CharField(max_length=50)
    data = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    # Null until its deliveries exist.
    dispatched_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The sweeper's look for events that nobody has turned into deliveries yet.
            models.Index(
                name="event_not_dispatched", fields=["id"], condition=Q(dispatched_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.message_id}"


class Delivery(models.Model):
    """One event on its way to one endpoint."""

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
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
            # The sweeper's look for what is due.
            models.Index(
                name="delivery_due", fields=["next_attempt_at"], condition=Q(status="pending")
            ),
            # The delivery log of one endpoint, newest first.
            models.Index(name="delivery_log", fields=["endpoint", "-id"]),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Attempt(models.Model):
    """One request of a delivery and what came back."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    is_manual = models.BooleanField(default=False)
    started_at = models.DateTimeField(db_default=Now())
    duration_ms = models.PositiveIntegerField(null=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    request_headers = models.JSONField(default=dict)
    # Capped; what a receiver answers is for people to read, not for us to act on.
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
