"""The limit on the size of a request, checked by its header before any of its body is stored.

An upload that breaks off, or that the disk has no room for, leaves nothing behind.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from web.view_headers import view_class_of

# The most that a multipart form adds to the file in it.
MAX_FORM_BYTES = 1024 * 1024
LENGTH_REQUIRED = "The request has no Content-Length header, so it was not read."


class BodyLimitMiddleware:
    """Refuses a body that is larger than the view accepts, or that has no Content-Length.

    A view class with `accepts_files = True` accepts a file of settings.IMPORT_FILE_BYTES, every
    other view a body of settings.BODY_BYTES. Runs as process_view, before anything reads the body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "POST":
            _close_files(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: object
    ) -> HttpResponse | None:
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return _answer(request, 411, "length_required", LENGTH_REQUIRED)
        limit = _limit(view)
        if _length(request) > limit:
            text = f"This is larger than {_size_in_words(limit)}, the most that is accepted here."
            return _answer(request, 413, "too_large", text)
        return None


def _close_files(request: HttpRequest) -> None:
    """Close, and so remove, received files. Django does so only with files that are complete."""
    for handler in request.upload_handlers:
        if file := getattr(handler, "file", None):
            # Bytes that could not be written to a full disk can't be written now either.
            with suppress(OSError):
                file.close()


def _limit(view: Callable[..., Any]) -> int:
    if getattr(view_class_of(view), "accepts_files", False):
        return int(settings.IMPORT_FILE_BYTES) + MAX_FORM_BYTES
    return int(settings.BODY_BYTES)


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _size_in_words(size: int) -> str:
    for unit, bytes_ in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if size >= bytes_:
            return f"{size / bytes_:.4g} {unit}"
    return f"{size} bytes"


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/") or not request.accepts("text/html"):
        return JsonResponse({"code": code, "detail": detail, "errors": {}}, status=status)
    return render(request, f"{status}.html", {"detail": detail}, status=status)
