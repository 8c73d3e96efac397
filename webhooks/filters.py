"""The filters of the delivery log, the same on the page and in the API."""

from __future__ import annotations

from django_filters.rest_framework import ChoiceFilter, FilterSet

from webhooks.event_types import EVENT_TYPES
from webhooks.models import Delivery


class DeliveryFilter(FilterSet):
    """Reads the query parameters; one that is absent or empty lets every delivery through."""

    status = ChoiceFilter(choices=Delivery.Status.choices)
    type = ChoiceFilter(field_name="event__type", choices=[(name, name) for name in EVENT_TYPES])

    class Meta:
        model = Delivery
        fields: list[str] = []
