"""Webhooks, deliveries and event types as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from webhooks.addresses import AddressRefused, check_url
from webhooks.event_types import EVENT_TYPES, EventType
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.sending import Outcome


class UrlField(serializers.CharField):
    """An address that a webhook may go to."""

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        try:
            check_url(url)
        except AddressRefused as refused:
            raise serializers.ValidationError(str(refused), "address_refused") from refused
        return url


class EventTypeField(serializers.ChoiceField):
    """A type of event. One that the webhook already has is accepted, even if nothing sends it."""

    def to_internal_value(self, data: Any) -> str:
        endpoint = self.root.instance
        if isinstance(endpoint, Endpoint) and data in endpoint.event_types:
            return str(data)
        return str(super().to_internal_value(data))


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """A webhook: an address that events are sent to. Empty `event_types` means all types."""

    url = UrlField(max_length=2000)
    event_types = serializers.ListField(
        child=EventTypeField(choices=list(EVENT_TYPES)), required=False
    )
    created_by = serializers.SlugRelatedField[Endpoint](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = Endpoint
        fields: tuple[str, ...] = (
            "id",
            "url",
            "event_types",
            "is_active",
            "description",
            "disabled_reason",
            "failing_since",
            "previous_secret_until",
            "created_by",
            "created_at",
            "updated_at",
        )
        read_only_fields: tuple[str, ...] = (
            "disabled_reason",
            "failing_since",
            "previous_secret_until",
            "created_at",
        )

    def validate_event_types(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    def update(self, instance: Endpoint, validated_data: dict[str, Any]) -> Endpoint:
        instance.change(**validated_data)
        return instance


class EndpointWithSecretSerializer(EndpointSerializer):
    """A webhook with its secret, which is shown only when the secret is created."""

    class Meta(EndpointSerializer.Meta):
        fields = (*EndpointSerializer.Meta.fields, "secret")
        read_only_fields = (*EndpointSerializer.Meta.read_only_fields, "secret")


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One request of a delivery and its answer."""

    class Meta:
        model = Attempt
        fields = (
            "number",
            "is_manual",
            "started_at",
            "duration_ms",
            "status_code",
            "request_headers",
            "response_body",
            "error",
        )


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One event on its way to one webhook, with its attempts."""

    event_id = serializers.CharField(source="event.message_id", read_only=True)
    type = serializers.CharField(source="event.type", read_only=True)
    data = serializers.JSONField(  # type: ignore[assignment] # the metaclass takes it away
        source="event.data", read_only=True
    )
    attempts = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "event_id",
            "type",
            "data",
            "status",
            "attempt_count",
            "next_attempt_at",
            "created_at",
            "finished_at",
            "attempts",
        )


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """The outcome of a test."""

    ok = serializers.BooleanField(source="is_success")
    status_code = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField()
    response_body = serializers.CharField()
    error = serializers.CharField()


class SinceSerializer(serializers.Serializer[dict[str, Any]]):
    """The time since which failed deliveries are to be sent again."""

    since = serializers.DateTimeField()


class CountSerializer(serializers.Serializer[dict[str, int]]):
    """The number of deliveries that are sent again."""

    count = serializers.IntegerField()


class EventTypeSerializer(serializers.Serializer[EventType]):
    """A type of event, with an example of its data."""

    name = serializers.CharField()
    description = serializers.CharField()
    example = serializers.DictField()
