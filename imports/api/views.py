"""The API of imports."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from imports.api import refusals
from imports.api.refusals import (
    CountFirst,
    FileGone,
    FileRefused,
    FirstUnderWay,
    NotNow,
    OtherRequest,
    ReadingGone,
)
from imports.api.serializers import (
    ImportSerializer,
    NewImportOfUploadSerializer,
    NewImportSerializer,
    PreviewSerializer,
    ProfileSerializer,
    RejectSerializer,
)
from imports.api.uploads import UploadRefused
from imports.filters import ImportFilter
from imports.intake.file_download import file_response
from imports.intake.idempotency import KEY_LENGTH, KeyReused, StillUnderWay, fingerprint_of, once
from imports.intake.submitting import start_import
from imports.intake.uploads import UploadFault
from imports.models import Import, Preview, Profile, Reject
from imports.profiles import NoSuchProfile, with_profile
from imports.rejects_file import rejects_response
from imports.review import previewing, reviewing
from imports.review.difference_file import difference_response
from imports.review.reviewing import OtherRemovals
from jobs import requests
from jobs.api import EventsMixin
from jobs.api_schema import JOB_LOCATION
from jobs.errors import NotPrepared
from product_files.faults import FileFault, MappingFault
from web.api_schema import CSV_FILE
from web.negotiation import WhateverIsAccepted

ACCEPTED = {202: ImportSerializer}
GONE = {410: OpenApiResponse(description="`file_gone`: its file is no longer kept.")}
NOT_NOW = {
    409: OpenApiResponse(
        description="`wrong_status`: the import is in a state in which this can't be done."
    )
}

NOT_REVIEWED = {
    409: OpenApiResponse(
        description="`wrong_status`: it is not waiting for a review; `preview_outdated`: it removes"
        " products, and its preview is out of date. Count again."
    )
}

REFUSED = {
    403: OpenApiResponse(
        description="`upload_of_another`: it is somebody else's; or this account may not do this."
    ),
    404: OpenApiResponse(description="`upload_unknown`: there is none, or it has expired."),
    409: OpenApiResponse(
        description="`upload_incomplete`: parts are missing; `upload_used`: the upload has become"
        " `import` already; `request_under_way`: the first request with this `Idempotency-Key` has"
        " not been answered yet."
    ),
    422: OpenApiResponse(
        description="The file can't be imported, for the reason in `code`; or"
        " `idempotency_key_reused`: another request had this key."
    ),
    507: OpenApiResponse(description="`storage_full`: there is no room where uploads are kept."),
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": KEY_LENGTH},
    OpenApiParameter.HEADER,
    description="A key that you choose. For a day, the same request again returns the same import.",
)

describe_action = extend_schema(
    request=None, responses=ACCEPTED | NOT_NOW, parameters=[JOB_LOCATION]
)


class ImportViewSet(
    EventsMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin, GenericViewSet[Import]
):
    """Imports, newest first. POST a file to start one; then poll it until it has ended."""

    queryset = Import.objects.for_display()
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    accepts_files = True

    @extend_schema(
        request={
            "multipart/form-data": NewImportSerializer,
            "application/json": NewImportOfUploadSerializer,
        },
        responses=ACCEPTED | REFUSED,
        parameters=[JOB_LOCATION, IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        """Import a file, sent here or uploaded in parts before: CSV, also packed as gzip or as a
        ZIP archive of it alone, or a workbook (.xlsx or .ods), whose first sheet is read.

        A file whose beginning shows that it can't be imported is refused at once. For a workbook
        `encoding` is `xlsx` or `ods`, and `delimiter` is empty.
        """
        new = NewImportSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        try:
            import_ = self._once(**new.validated_data)
        except UploadFault as fault:
            raise UploadRefused(fault) from fault
        except FileFault as fault:
            raise FileRefused(fault) from fault
        except MappingFault as fault:
            raise ValidationError({"mapping": fault.errors}) from fault
        return self._accepted(import_)

    @extend_schema(request=None, responses=ACCEPTED | NOT_REVIEWED, parameters=[JOB_LOCATION])
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        """Write what a review has shown."""
        import_ = self.get_object()
        try:
            if not reviewing.apply(import_):
                raise NotNow(import_, refusals.APPLY)
        except OtherRemovals as other:
            raise CountFirst(str(other)) from other
        return self._accepted(import_)

    @describe_action
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop before the next range. What is written stands."""
        import_ = self.get_object()
        if not requests.cancel(import_):
            raise NotNow(import_, refusals.CANCEL)
        return self._accepted(import_)

    @extend_schema(request=None, responses=ACCEPTED | NOT_NOW | GONE, parameters=[JOB_LOCATION])
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Go on with a cancelled or interrupted import where it stopped."""
        import_ = self.get_object()
        if not import_.parts:
            raise FileGone
        if not requests.retry(import_):
            raise NotNow(import_, refusals.RETRY)
        return self._accepted(import_)

    @extend_schema(responses={200: PreviewSerializer} | NOT_NOW)
    @action(detail=True)
    def preview(self, request: Request, pk: str) -> Response:
        """What applying an import that is waiting for its review would do, as it was last counted;
        after it is applied, the preview as it was then."""
        import_ = self.get_object()
        preview = Preview.objects.of(import_)
        if preview is None:
            raise NotNow(import_, refusals.PREVIEW)
        return Response(PreviewSerializer(preview).data)

    @extend_schema(request=None, responses={200: PreviewSerializer} | NOT_NOW)
    @action(detail=True, methods=["post"])
    def count(self, request: Request, pk: str) -> Response:
        """Count the preview again, after products were changed."""
        import_ = self.get_object()
        try:
            if not previewing.count_again(import_):
                raise NotNow(import_, refusals.COUNT)
        except NotPrepared as gone:
            raise ReadingGone from gone
        return Response(PreviewSerializer(import_.preview).data)

    @extend_schema(operation_id="imports_preview_csv", responses=CSV_FILE | NOT_NOW)
    @action(
        detail=True,
        url_path=r"preview\.csv",
        url_name="preview-csv",
        renderer_classes=[JSONRenderer],
        content_negotiation_class=WhateverIsAccepted,
    )
    def preview_csv(self, request: Request, pk: str) -> HttpResponseBase:
        """The whole difference as it would be now: each product that would be created, updated,
        removed or refused, with its values now and after."""
        import_ = self.get_object()
        if import_.status != Import.Status.REVIEW:
            raise NotNow(import_, refusals.DOWNLOAD)
        try:
            return difference_response(import_)
        except NotPrepared as gone:
            raise ReadingGone from gone

    @extend_schema(responses=RejectSerializer(many=True), filters=False)
    @action(detail=True)
    def rejects(self, request: Request, pk: str) -> Response:
        """The rows that were not taken, in file order."""
        rejects = Reject.objects.filter(job=self.get_object().pk).order_by("record")
        page = self.paginate_queryset(rejects)
        return self.get_paginated_response(RejectSerializer(page, many=True).data)

    @extend_schema(operation_id="imports_rejects_csv", responses=CSV_FILE)
    @action(
        detail=True,
        url_path=r"rejects\.csv",
        url_name="rejects-csv",
        renderer_classes=[JSONRenderer],
        content_negotiation_class=WhateverIsAccepted,
    )
    def rejects_csv(self, request: Request, pk: str) -> HttpResponseBase:
        """The rows that were not taken, with the reasons, as a file to correct and import."""
        return rejects_response(self.get_object())

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiResponse(
                OpenApiTypes.BINARY, description="As it was uploaded, as an attachment."
            ),
        }
        | GONE
    )
    @action(
        detail=True,
        renderer_classes=[JSONRenderer],
        content_negotiation_class=WhateverIsAccepted,
    )
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        """The file of an import, as it was uploaded."""
        try:
            return file_response(self.get_object())
        except FileNotFoundError as error:
            raise FileGone from error

    def _key(self) -> str:
        key = self.request.headers.get("Idempotency-Key", "")
        if len(key) > KEY_LENGTH or not key.isprintable():
            text = f"At most {KEY_LENGTH} characters, all of them printable."
            raise ValidationError({"Idempotency-Key": text})
        return key

    def _once(self, file: File[Any] | None = None, **options: Any) -> Import:
        """The import that this request starts, or started when it was first sent."""
        user, key = cast("User", self.request.user), self._key()
        start = partial(_start, user, file=file, **options)
        if not key:
            return start()
        fingerprint = fingerprint_of(options, file)
        try:
            return once(user=user, key=key, fingerprint=fingerprint, start=start)
        except KeyReused as error:
            raise OtherRequest from error
        except StillUnderWay as error:
            raise FirstUnderWay from error

    def _accepted(self, import_: Import) -> Response:
        """202 with the import as it is by now."""
        fresh = Import.objects.for_display().get(pk=import_.pk)
        location = reverse("import-detail", args=[fresh.pk], request=self.request)
        body = self.get_serializer(fresh).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": location})


def _start(user: User, *, profile: str | None = None, **options: Any) -> Import:
    """Start an import by the options of a request, and the profile that it names."""
    try:
        return start_import(user=user, **with_profile(profile, options))
    except NoSuchProfile as none:
        raise ValidationError({"profile": str(none)}) from none


class ProfileViewSet(ModelViewSet[Profile]):
    """Profiles: how the files of a supplier are imported. `POST /api/imports/` takes one by name
    or id, and the page offers it for files with the same columns."""

    queryset = Profile.objects.select_related("created_by").order_by("name", "pk")
    serializer_class = ProfileSerializer
    filterset_fields = ("name",)
    lookup_value_regex = "[0-9]+"
    # JSON only: in a form, absent and empty are the same.
    parser_classes = APIView.parser_classes[:1]

    def perform_create(self, serializer: BaseSerializer[Profile]) -> None:
        self._save(serializer, created_by=self.request.user)

    def perform_update(self, serializer: BaseSerializer[Profile]) -> None:
        self._save(serializer)

    def _save(self, serializer: BaseSerializer[Profile], **fields: Any) -> None:
        try:
            with transaction.atomic():
                serializer.save(**fields)
        except IntegrityError as error:
            raise ValidationError({"name": "A profile of that name exists already."}) from error
