"""The API of webhooks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.generics import get_object_or_404
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from webhooks.event_types import EVENT_TYPES
from webhooks.filters import DeliveryFilter
from webhooks.models import Delivery, Endpoint
from webhooks.redelivering import SwitchedOff, redeliver, redeliver_failed, send_test
from webhooks.serializers import (
    CountSerializer,
    DeliverySerializer,
    EndpointSerializer,
    EndpointWithSecretSerializer,
    EventTypeSerializer,
    OutcomeSerializer,
    SinceSerializer,
)


class NotActive(APIException):
    """Nothing is sent to a webhook that is switched off."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "not_active"
    default_detail = (
        "This webhook is switched off, so nothing is sent. Set `is_active` to true first."
    )


class DeliveryPagination(CursorPagination):
    """Pages without a count, which would take long for a long log."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200


class WebhookViewSet(ModelViewSet[Endpoint]):
    """Webhooks: addresses that events are sent to.

    The signing secret is shown only in the answer that creates it.
    """

    queryset = Endpoint.objects.select_related("created_by").order_by("-id")
    serializer_class = EndpointSerializer
    filterset_fields = ("is_active",)
    filterset_class: type[DeliveryFilter] | None = None  # the log has one
    lookup_value_regex = "[0-9]+"
    # JSON only: a form does not distinguish an absent value from false.
    parser_classes = APIView.parser_classes[:1]

    def get_serializer_class(self) -> type[BaseSerializer[Endpoint]]:
        if self.action == "create":
            return EndpointWithSecretSerializer
        return super().get_serializer_class()

    def perform_create(self, serializer: BaseSerializer[Endpoint]) -> None:
        serializer.save(created_by=self.request.user)

    @extend_schema(request=None, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a test event at once; the answer contains what the receiver answered."""
        return Response(OutcomeSerializer(send_test(self.get_object())).data)

    @extend_schema(request=None, responses=EndpointWithSecretSerializer)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Create a new secret; for a while, messages are signed with the previous one too."""
        endpoint = self.get_object()
        endpoint.rotate_secret()
        return Response(EndpointWithSecretSerializer(endpoint).data)

    @extend_schema(responses=DeliverySerializer(many=True))
    @action(
        detail=True,
        queryset=Delivery.objects.for_display(),
        serializer_class=DeliverySerializer,
        pagination_class=DeliveryPagination,
        filterset_class=DeliveryFilter,
    )
    def deliveries(self, request: Request, pk: str) -> Response:
        """List the deliveries to a webhook, newest first, with every attempt."""
        endpoint = get_object_or_404(Endpoint, pk=pk)
        deliveries: Any = self.get_queryset()
        deliveries = self.filter_queryset(deliveries.filter(endpoint=endpoint))
        page = self.paginate_queryset(deliveries)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=SinceSerializer, responses={202: CountSerializer})
    @action(detail=True, methods=["post"], url_path="redeliver-failed")
    def redeliver_failed(self, request: Request, pk: str) -> Response:
        """Send everything again that has failed since a time."""
        endpoint = self.get_object()
        serializer = SinceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            count = redeliver_failed(endpoint, **serializer.validated_data)
        except SwitchedOff as error:
            raise NotActive from error
        return Response({"count": count}, status=status.HTTP_202_ACCEPTED)


class DeliveryViewSet(GenericViewSet[Delivery]):
    """The deliveries of all webhooks."""

    queryset = Delivery.objects.for_display().select_related("endpoint")
    serializer_class = DeliverySerializer
    lookup_value_regex = "[0-9]+"

    @extend_schema(request=None, responses={202: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, pk: str) -> Response:
        """Send a delivery again, soon. If it is still pending, its next attempt is made now."""
        try:
            redeliver(self.get_object())
        except SwitchedOff as error:
            raise NotActive from error
        return Response(self.get_serializer(self.get_object()).data, status=202)


class EventTypeViewSet(GenericViewSet[Any]):
    """The types of events that can be sent to webhooks."""

    serializer_class = EventTypeSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses=EventTypeSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List every type of event, with an example of its data."""
        types: Any = EVENT_TYPES.values()
        return Response(EventTypeSerializer(types, many=True).data)
