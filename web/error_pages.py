"""The answers to errors that no view handles: a page, or the JSON of an error under `/api/`."""

import errno
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views import defaults

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
STORAGE_FULL = "There is no space left for uploads, so nothing was stored."


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _answer(400, "bad_request", "The request can't be understood. Nothing was changed.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _answer(
            403, "permission_denied", "You do not have permission to do this. Nothing was changed."
        )
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _answer(404, "not_found", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to an exception that nothing has handled; sys.exception() is that exception.

    An upload may fill the disk before any view runs, so a full disk is told apart from bugs here.
    """
    if _is_full(sys.exception()):
        return _storage_full(request)
    if is_api(request):
        return _answer(500, "error", "Something went wrong on the server. Try again in a moment.")
    return defaults.server_error(request)


def _is_full(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in FULL


def _storage_full(request: HttpRequest) -> HttpResponse:
    if is_api(request) or not request.accepts("text/html"):
        return _answer(507, "storage_full", STORAGE_FULL)
    return render(request, "507.html", {"detail": STORAGE_FULL}, status=507)


def _answer(status: int, code: str, detail: str) -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail, "errors": {}}, status=status)
