"""The API of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from jobs.api_schema import JOB_LOCATION
from jobs.serializers import JobSerializer
from products import catalogue
from products.api_schema import (
    BULK_DELETE,
    CHANGED_MEANWHILE,
    IF_MATCH,
    IF_NONE_MATCH,
    LOCATION,
    SKU_TAKEN,
    etag,
)
from products.bulk import WrongNumber, start_bulk_delete
from products.export import TooManyAttributes, export_response
from products.filters import ProductFilter, reading_filter
from products.history import History
from products.models import Product
from products.pagination import ProductPagination
from products.querysets import ProductQuerySet
from products.serializers import BulkDeleteSerializer, EntrySerializer, ProductSerializer
from web.api_schema import CSV_FILE
from web.negotiation import WhateverIsAccepted


class Conflict(APIException):
    """What is asked for does not fit what there is; `extra` joins the body of the answer."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, detail: str, code: str, **extra: object) -> None:
        super().__init__(detail, code)
        self.extra = extra


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = "The product was changed in the meantime. Get it again, then decide anew."


@contextmanager
def as_api_errors() -> Iterator[None]:
    """Tells a client what the catalogue refuses."""
    try:
        yield
    except Product.DoesNotExist as error:
        raise NotFound from error
    except catalogue.StaleVersion as error:
        raise PreconditionFailed from error
    except catalogue.SkuTaken as error:
        raise Conflict(
            str(error),
            "sku_taken",
            id=error.holder_id,
            errors={"sku": ["Another product has this SKU."]},
        ) from error


class ProductViewSet(mixins.ListModelMixin, GenericViewSet[Product]):
    """The catalogue. `If-Match` with an `ETag` changes a product only as you saw it."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    pagination_class = ProductPagination
    lookup_value_regex = "[0-9]+"
    # JSON alone: a form can't tell what is absent from what is false.
    parser_classes = APIView.parser_classes[:1]

    @property
    def filterset_class(self) -> type[ProductFilter]:
        # Describing the API asks for no database.
        return ProductFilter if getattr(self, "swagger_fake_view", False) else reading_filter()

    @extend_schema(
        parameters=[IF_NONE_MATCH, etag(200, 304)],
        responses={
            200: ProductSerializer,
            304: OpenApiResponse(description="It is as the `ETag` in `If-None-Match` says."),
        },
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        product = self.get_object()
        if etag_of(product) in parse_etags(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": etag_of(product)})
        return self._answer(product)

    @extend_schema(parameters=[etag(201), LOCATION], responses={201: ProductSerializer} | SKU_TAKEN)
    def create(self, request: Request) -> Response:
        fields = self._validated(None)
        with as_api_errors():
            product = catalogue.create_product(changed_by=_user(request), **fields)
        location = reverse("product-detail", args=[product.pk], request=request)
        return self._answer(product, status=201, headers={"Location": location})

    @extend_schema(
        parameters=[IF_MATCH, etag(200)],
        responses={200: ProductSerializer} | SKU_TAKEN | CHANGED_MEANWHILE,
    )
    def update(self, request: Request, pk: str, *, partial: bool = False) -> Response:
        product = self.get_object()
        expected_version = self._expected_version(product)
        fields = self._validated(product, partial=partial)
        with as_api_errors():
            product = catalogue.update_product(
                product_id=product.pk,
                changed_by=_user(request),
                expected_version=expected_version,
                **fields,
            )
        return self._answer(product)

    @extend_schema(
        parameters=[IF_MATCH, etag(200)],
        responses={200: ProductSerializer} | SKU_TAKEN | CHANGED_MEANWHILE,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        return self.update(request, pk, partial=True)

    @extend_schema(parameters=[IF_MATCH], responses={204: None} | CHANGED_MEANWHILE)
    def destroy(self, request: Request, pk: str) -> Response:
        product = self.get_object()
        with as_api_errors():
            catalogue.delete_product(
                product_id=product.pk,
                changed_by=_user(request),
                expected_version=self._expected_version(product),
            )
        return Response(status=204)

    @extend_schema(responses=EntrySerializer(many=True), filters=False)
    @action(detail=True, pagination_class=LimitOffsetPagination, filter_backends=[])
    def history(self, request: Request, pk: str) -> Response:
        """What happened to a product, newest first; also to one that was deleted."""
        with as_api_errors():
            entries = self.paginate_queryset(History(int(pk)))
        return self.get_paginated_response(
            EntrySerializer(entries, many=True).data  # type: ignore[arg-type] # many of them
        )

    @extend_schema(
        operation_id="products_bulk_delete",
        request=BULK_DELETE,
        parameters=[JOB_LOCATION],
        responses={
            202: JobSerializer,
            409: OpenApiResponse(description="`wrong_number`; `count`."),
        },
    )
    @action(detail=False, methods=["post"], url_path="bulk-delete")
    def bulk_delete(self, request: Request) -> Response:
        """Delete all products that filters let through; the filters may also be in the address."""
        if not isinstance(request.data, dict):
            raise ValidationError("Give a JSON object.")
        asked = BulkDeleteSerializer(data=request.query_params.dict() | request.data)
        asked.is_valid(raise_exception=True)
        try:
            job = start_bulk_delete(requested_by=_user(request), **asked.validated_data)
        except WrongNumber as error:
            raise Conflict(str(error), "wrong_number", count=error.count) from error
        location = reverse("job-detail", args=[job.pk], request=request)
        return Response(JobSerializer(job).data, status=202, headers={"Location": location})

    @extend_schema(
        operation_id="products_export_csv",
        filters=True,
        responses=CSV_FILE | {409: OpenApiResponse(description="`too_many_attributes`.")},
    )
    @action(
        detail=False,
        url_path=r"export\.csv",
        renderer_classes=[JSONRenderer],
        content_negotiation_class=WhateverIsAccepted,
    )
    def export(self, request: Request) -> StreamingHttpResponse:
        """All products that the filters let through, as a CSV file."""
        products = cast("ProductQuerySet", self.filter_queryset(self.get_queryset()))
        try:
            return export_response(products)
        except TooManyAttributes as error:
            raise Conflict(str(error), "too_many_attributes") from error

    def _validated(self, product: Product | None, *, partial: bool = False) -> dict[str, Any]:
        serializer = self.get_serializer(product, data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        return fields

    def _expected_version(self, product: Product) -> int | None:
        """The version that a change has to start from; None where the client does not care."""
        tags = parse_etags(self.request.headers.get("If-Match", "*"))
        if tags == ["*"]:
            return None
        if etag_of(product) not in tags:
            raise PreconditionFailed
        return product.version

    def _answer(self, product: Product, **kwargs: Any) -> Response:
        headers = {"ETag": etag_of(product)} | kwargs.pop("headers", {})
        return Response(self.get_serializer(product).data, headers=headers, **kwargs)


def etag_of(product: Product) -> str:
    return f'"{product.version}"'


def _user(request: Request) -> User:
    return cast("User", request.user)
