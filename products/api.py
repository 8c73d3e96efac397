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
    """The request conflicts with what is stored; the members of `extra` join the error's body."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, detail: str, code: str, **extra: object) -> None:
        super().__init__(detail, code)
        self.extra = extra


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = (
        "The product has been changed in the meantime, so nothing was written."
        " Get it again, then decide whether to repeat the request."
    )


@contextmanager
def as_api_errors() -> Iterator[None]:
    """Answers what the catalogue refuses with an error of the API."""
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
    """The products of the catalogue.

    Every change of a product gives it a new `ETag`. Send the one you have as `If-Match`, and the
    product is changed or deleted only if nobody else has changed it since.
    """

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    pagination_class = ProductPagination
    lookup_value_regex = "[0-9]+"
    # JSON only: a form does not distinguish an absent value from false.
    parser_classes = APIView.parser_classes[:1]

    @property
    def filterset_class(self) -> type[ProductFilter]:
        # The schema of the API is made without a database.
        return ProductFilter if getattr(self, "swagger_fake_view", False) else reading_filter()

    @extend_schema(
        parameters=[IF_NONE_MATCH, etag(200, 304)],
        responses={
            200: ProductSerializer,
            304: OpenApiResponse(description="The product still has the `ETag` that you sent."),
        },
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        """Get one product."""
        product = self.get_object()
        if etag_of(product) in parse_etags(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": etag_of(product)})
        return self._answer(product)

    @extend_schema(parameters=[etag(201), LOCATION], responses={201: ProductSerializer} | SKU_TAKEN)
    def create(self, request: Request) -> Response:
        """Add a product."""
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
        """Replace a product: fields that are left out get their default values."""
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
        """Change some fields of a product: fields that are left out stay as they are."""
        return self.update(request, pk, partial=True)

    @extend_schema(parameters=[IF_MATCH], responses={204: None} | CHANGED_MEANWHILE)
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a product; its history is kept."""
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
        """List the changes of a product, newest first, even after the product was deleted."""
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
            409: OpenApiResponse(
                description="`wrong_number`: `confirm` is not the number of products that match."
                " `count` is that number. Nothing was deleted."
            ),
        },
    )
    @action(detail=False, methods=["post"], url_path="bulk-delete")
    def bulk_delete(self, request: Request) -> Response:
        """Delete all products that match the filters, which may also be query parameters.

        The answer is a job; watch it to see the progress.
        """
        if not isinstance(request.data, dict):
            raise ValidationError("The body must be a JSON object.")
        serializer = BulkDeleteSerializer(data=request.query_params.dict() | request.data)
        serializer.is_valid(raise_exception=True)
        try:
            job = start_bulk_delete(requested_by=_user(request), **serializer.validated_data)
        except WrongNumber as error:
            raise Conflict(str(error), "wrong_number", count=error.count) from error
        location = reverse("job-detail", args=[job.pk], request=request)
        return Response(JobSerializer(job).data, status=202, headers={"Location": location})

    @extend_schema(
        operation_id="products_export_csv",
        filters=True,
        responses=CSV_FILE
        | {
            409: OpenApiResponse(
                description="`too_many_attributes`: one file can't have a column for each of the"
                " attributes. Narrow the filters."
            )
        },
    )
    @action(
        detail=False,
        url_path=r"export\.csv",
        renderer_classes=[JSONRenderer],
        content_negotiation_class=WhateverIsAccepted,
    )
    def export(self, request: Request) -> StreamingHttpResponse:
        """Download all products that match the filters, as a CSV file."""
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
        """The version that `If-Match` requires; None if the client accepts any."""
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
