"""The API of uploads in parts: tus 1.0 with creation, termination, expiration and checksum."""

from __future__ import annotations

import base64
import re
from typing import Any, Final, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import http_date
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.exceptions import APIException, UnsupportedMediaType, ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from imports.api import tus_schema
from imports.api.serializers import UploadSerializer
from imports.api.tus_schema import EXTENSIONS, PART_TYPE, TUS
from imports.intake import uploads
from imports.intake.submitting import printable
from imports.intake.uploads import ALGORITHMS, Body, Checksum, UploadFault, UploadUsed
from imports.models import Upload, UploadQuerySet

STATUS_OF_FAULT: Final = {
    uploads.UnknownUpload: status.HTTP_404_NOT_FOUND,
    uploads.UploadOfAnother: status.HTTP_403_FORBIDDEN,
    uploads.TooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    uploads.TooManyParts: status.HTTP_422_UNPROCESSABLE_ENTITY,
    # A status of tus that HTTP does not define.
    uploads.ChecksumMismatch: 460,
}
# At most as many digits as a number of 64 bits.
WHOLE_NUMBER: Final = re.compile(r"[0-9]{1,19}")
METADATA_PAIR: Final = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/]*={0,2}))?")
MAX_METADATA_LENGTH: Final = 4096


class UploadRefused(APIException):
    """The answer to an UploadFault."""

    def __init__(self, fault: UploadFault) -> None:
        super().__init__(detail=fault.detail, code=fault.code)
        self.status_code = STATUS_OF_FAULT.get(type(fault), status.HTTP_409_CONFLICT)
        self.extra = {"import": fault.import_id} if isinstance(fault, UploadUsed) else {}


class OtherVersion(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "tus_version"
    default_detail = f"Please send Tus-Resumable: {TUS}, the version that this server supports."


class UploadViewSet(mixins.ListModelMixin, GenericViewSet[Upload]):
    """Files that arrive part by part and continue where they stopped, by tus 1.0 with creation,
    termination, expiration and checksum. A complete one becomes an import with
    `POST /api/imports/` and `upload` = its id."""

    queryset = Upload.objects.unfinished().order_by("-created_at", "pk")
    serializer_class = UploadSerializer
    filter_backends = []
    accepts_files = True
    answer_headers: Final = {"Tus-Resumable": TUS}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        method = request.headers.get("X-HTTP-Method-Override", "").upper()
        if method in ("PATCH", "DELETE"):
            request.method = method
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        is_tus = request.method not in ("GET", "OPTIONS")
        if is_tus and request.headers.get("Tus-Resumable") != TUS:
            raise OtherVersion

    def get_renderers(self) -> list[BaseRenderer]:
        # The HTML page of DRF would read the body of the request, to show it in a form.
        return super().get_renderers() if self.request.method == "GET" else [JSONRenderer()]

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(UploadRefused(exc) if isinstance(exc, UploadFault) else exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        if response.status_code == status.HTTP_412_PRECONDITION_FAILED:
            response["Tus-Version"] = TUS
        if response.status_code == status.HTTP_413_REQUEST_ENTITY_TOO_LARGE:
            response["Tus-Max-Size"] = str(settings.IMPORT_FILE_BYTES)
        return super().finalize_response(request, response, *args, **kwargs)

    def filter_queryset(self, queryset: UploadQuerySet) -> UploadQuerySet:  # type: ignore[override]
        return queryset.filter(user=self._user)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """What the server can do."""
        capabilities = {
            "Tus-Version": TUS,
            "Tus-Extension": EXTENSIONS,
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
            "Tus-Max-Size": str(settings.IMPORT_FILE_BYTES),
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=capabilities)

    @extend_schema(**tus_schema.CREATE)
    def create(self, request: Request) -> Response:
        """Begin an upload. The parts then go to its own address."""
        metadata = request.headers.get("Upload-Metadata", "")
        upload = uploads.begin(
            user=self._user,
            filename=printable(filename_in(metadata)),
            size_bytes=self._number("Upload-Length"),
            metadata=metadata,
        )
        headers = {
            # Without a host, because a proxy may have changed it.
            "Location": reverse("upload-detail", args=[upload.pk]),
            "Upload-Expires": _date(upload),
        }
        body = self.get_serializer(upload).data
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(**tus_schema.RETRIEVE)
    def retrieve(self, request: Request, pk: str) -> Response:
        """How far an upload is. Clients of tus ask with HEAD, with `Tus-Resumable`."""
        upload = self._find(pk)
        headers = {
            "Upload-Offset": str(upload.offset),
            "Upload-Length": str(upload.size_bytes),
            "Upload-Expires": _date(upload),
            "Cache-Control": "no-store",
        }
        if upload.metadata:
            headers["Upload-Metadata"] = upload.metadata
        return Response(self.get_serializer(upload).data, headers=headers)

    @extend_schema(**tus_schema.PATCH)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Send the next part. If the connection breaks, what has arrived is kept, unless the part
        has a checksum."""
        if request.content_type != PART_TYPE:
            raise UnsupportedMediaType(request.content_type)
        length = request.META.get("CONTENT_LENGTH") or "0"
        upload = uploads.receive(
            self._find(pk),
            cast("Body", request.stream),
            offset=self._number("Upload-Offset"),
            length=int(length) if length.isdecimal() else 0,
            checksum=checksum_in(request.headers.get("Upload-Checksum", "")),
        )
        headers = {"Upload-Offset": str(upload.offset), "Upload-Expires": _date(upload)}
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    @extend_schema(**tus_schema.DELETE)
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete an upload and its parts."""
        uploads.terminate(self._find(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @property
    def _user(self) -> User:
        return cast("User", self.request.user)

    def _find(self, pk: str) -> Upload:
        try:
            return uploads.find(UUID(pk), self._user)
        except ValueError as error:
            raise uploads.UnknownUpload from error

    def _number(self, header: str) -> int:
        text = self.request.headers.get(header, "")
        if not WHOLE_NUMBER.fullmatch(text):
            raise ValidationError({header: "This must be a whole number."})
        return int(text)


def _date(upload: Upload) -> str:
    return http_date(upload.expires_at.timestamp())


def filename_in(metadata: str) -> str:
    """The file name in the header Upload-Metadata. Raises ValidationError if it can't be read."""
    values: dict[str, bytes] = {}
    for text in metadata.split(",") if metadata else []:
        pair = METADATA_PAIR.fullmatch(text.strip(" "))
        if not pair or pair[1] in values or len(metadata) > MAX_METADATA_LENGTH:
            raise ValidationError({"Upload-Metadata": NOT_METADATA})
        values[pair[1]] = _bytes(pair[2] or "", "Upload-Metadata", NOT_METADATA)
    return values.get("filename", b"").decode(errors="replace")


NOT_METADATA = (
    "This must be pairs of a key and a value in base64, separated by commas, with each key only"
    f" once and at most {MAX_METADATA_LENGTH:,} characters in all."
)


def checksum_in(header: str) -> Checksum | None:
    """The checksum in the header Upload-Checksum; None if it is empty. Raises ValidationError."""
    if not header:
        return None
    algorithm, _, digest = header.partition(" ")
    if algorithm not in ALGORITHMS:
        raise ValidationError({"Upload-Checksum": NOT_CHECKSUM})
    return Checksum(algorithm, _bytes(digest, "Upload-Checksum", NOT_CHECKSUM))


NOT_CHECKSUM = f"This must be one of {', '.join(ALGORITHMS)}, a space, and the digest in base64."


def _bytes(text: str, header: str, complaint: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValidationError({header: complaint}) from error
