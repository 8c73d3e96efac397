"""The pages of imports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import conditional_page, require_POST
from django.views.generic import DetailView, ListView

from imports.difference import Difference, PreviewSample
from imports.filters import HELD, RUNNING, ImportFilter
from imports.intake.file_download import file_response
from imports.intake.submitting import start_import
from imports.intake.uploads import UploadFault, UploadUsed
from imports.models import Import, Preview, Reject, Upload
from imports.pages.forms import ImportForm
from imports.rejects_file import rejects_response
from imports.review import previewing
from imports.review.difference_file import difference_response
from imports.review.reviewing import OtherRemovals
from jobs import requests
from jobs.errors import NotPrepared
from jobs.progress import Progress
from product_files.faults import ROW_WORDS, FileFault
from product_files.reading.dialect import DELIMITERS
from web.watchers import pause_ms

# Rejects shown on the page; the file has them all.
SHOWN_REJECTS = 20

# Codes with which the mode and the catalogue refuse a row; it becomes a reject when applied.
REFUSED_LATER = ("already_exists", "not_found")

# The words of the page for the statuses.
STATUS_WORDS = {
    RUNNING: "running",
    HELD: "waiting for its columns",
    Import.Status.REVIEW.value: "waiting for review",
    Import.Status.COMPLETED.value: "done",
    Import.Status.FAILED.value: "failed",
    Import.Status.CANCELLED.value: "cancelled",
}


class ImportListView(ListView[Import]):
    """The history of imports, and the form that starts one."""

    template_name = "imports/list.html"
    context_object_name = "imports"
    paginate_by = 20
    accepts_files = True
    form: ImportForm | None = None

    def get_queryset(self) -> QuerySet[Import]:
        """The imports that pass the filters; invalid ones are shown as errors and not applied."""
        imports = Import.objects.for_display()
        self.filter_set = ImportFilter(self.request.GET, queryset=imports)
        return self.filter_set.qs if self.filter_set.is_valid() else imports

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filters = self.request.GET.dict()
        return super().get_context_data(
            form=self.form or ImportForm(),
            limit_bytes=settings.IMPORT_FILE_BYTES,
            part_bytes=settings.UPLOAD_PART_BYTES,
            unfinished=Upload.objects.unfinished().filter(user=cast("User", self.request.user)),
            errors=self.filter_set.errors,
            filters=filters,
            filters_used=sum(bool(filters.get(name)) for name in ImportFilter.NARROWING),
            statuses=STATUS_WORDS,
            people=User.objects.filter(pk__in=Import.objects.values("created_by")),
            ordering=filters.get("ordering") or "-created_at",
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponseBase:
        self.form = ImportForm(request.POST, request.FILES)
        if not self.form.is_valid():
            return self._refused(self.form, "invalid")
        user = cast("User", request.user)
        try:
            # Its columns are chosen next, and its review comes first unless they say otherwise.
            options = self.form.options() | {"held": True, "review": True}
            import_ = start_import(user=user, **self.form.source(), **options)
        except UploadUsed as used:
            # The answer to the first request was lost; this one redirects to the same page.
            return self._started(used.import_id)
        except (FileFault, UploadFault) as fault:
            self.form.add_error("file", fault.detail)
            return self._refused(self.form, fault.code)
        return self._started(import_.pk)

    def _started(self, pk: int) -> HttpResponse:
        url = reverse("imports:detail", args=[pk])
        if _wants_json(self.request):
            return JsonResponse({"id": pk, "url": url}, status=202)
        return redirect(url)

    def _refused(self, form: ImportForm, code: str) -> HttpResponseBase:
        if _wants_json(self.request):
            detail = " ".join(
                map(str, form.errors.get("file", ["Some of the choices are not valid."]))
            )
            answer = {"code": code, "detail": detail, "errors": form.errors}
            return JsonResponse(answer, status=422)
        response = self.get(self.request)
        response.status_code = 422
        return response


def _wants_json(request: HttpRequest) -> bool:
    return not request.accepts("text/html")


class ImportView(DetailView[Import]):
    """One import: its progress, or its result."""

    queryset = Import.objects.for_display()
    context_object_name = "job"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        preview = Preview.objects.of(self.object)
        progress = self._progress(preview)
        samples = preview.difference.samples if preview else []
        rejects = Reject.objects.filter(job=self.object.pk)
        counts = rejects.values_list("code").annotate(count=Count("pk")).order_by("-count")
        return super().get_context_data(
            progress=progress,
            preview=preview,
            samples=_by_outcome(samples),
            refused=self._refused_later(preview.difference) if preview else [],
            poll_ms=progress.poll_ms and pause_ms(progress.poll_ms),
            delimiter=DELIMITERS.get(self.object.delimiter, ""),
            columns=[(column, self.object.mapping.get(column)) for column in self.object.header],
            rejects=rejects.order_by("record")[:SHOWN_REJECTS],
            reasons=[_reason(code, count) for code, count in counts],
            downloadable=sum(count for _, count in counts),
            **kwargs,
        )

    def _refused_later(self, difference: Difference) -> list[dict[str, Any]]:
        """Samples of the rows that applying will refuse, by reason, the most frequent one first."""
        reads_names = "name" in self.object.mapping.values() and self.object.blank == "clear"
        later = REFUSED_LATER if reads_names else (*REFUSED_LATER, "name_missing")
        reasons = [
            _reason(code, count)
            | {"samples": [sample for sample in difference.samples if sample.code == code]}
            for code, count in difference.rejected_by_code.items()
            if code in later
        ]
        return [reason for reason in reasons if reason["samples"]]

    def _progress(self, preview: Preview | None) -> Progress:
        """The counts so far; while a review waits, those of the preview."""
        progress = self.object.progress
        if preview and self.object.status == Import.Status.REVIEW:
            return replace(progress, **preview.difference.counts)
        return progress


@method_decorator(conditional_page, name="dispatch")
class ImportProgressView(ImportView):
    """The part of the page that polls; answers 304 while nothing has moved."""

    template_name = "imports/_progress.html"


class ImportDetailView(ImportView):
    """The page of an import; one that waits for its columns leads to where they are chosen."""

    template_name = "imports/detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        import_ = self.get_object()
        if import_.is_held and import_.is_waiting:
            return redirect("imports:mapping", kwargs["pk"])
        return super().get(request, *args, **kwargs)


def retry(import_: Import) -> bool:
    """Continue an import if its file is still kept. Returns False if it can't be continued."""
    return bool(import_.parts) and requests.retry(import_)


def import_action(act: Callable[[Import], bool], refusal: str) -> Callable[..., HttpResponse]:
    """A view for a button on the page of an import that asks jobs.requests for something.

    `refusal` is shown if it can't be done. The view redirects to the page of the button.
    """

    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            if not act(get_object_or_404(Import, pk=pk)):
                messages.warning(request, refusal)
        except OtherRemovals as other:
            messages.warning(request, str(other))
        return _back(request) or redirect("imports:detail", pk)

    return view


def _back(request: HttpRequest) -> HttpResponse | None:
    """A redirect to the page that the form names, if that is on this site."""
    page = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(page) if is_ours else None


def _reason(code: str, count: int) -> dict[str, Any]:
    """The number of rows with one code, and the words that follow the number."""
    return {"count": count, "short": ROW_WORDS[code].short}


def _by_outcome(samples: Iterable[PreviewSample]) -> dict[str, list[PreviewSample]]:
    grouped: dict[str, list[PreviewSample]] = {}
    for sample in samples:
        grouped.setdefault(sample.outcome, []).append(sample)
    return grouped


@require_POST
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """Count the preview again, and redirect to the page of the import."""
    try:
        if not previewing.count_again(get_object_or_404(Import, pk=pk)):
            messages.warning(request, "This import is not waiting for a review.")
    except NotPrepared:
        messages.warning(request, READING_GONE)
    return redirect("imports:detail", pk)


def preview_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The difference as a download, or a page with the reason why there is none."""
    import_ = get_object_or_404(Import, pk=pk)
    try:
        return difference_response(import_)
    except NotPrepared:
        return render(request, "409.html", {"job": import_}, status=409)


READING_GONE = (
    "What was read of this file was lost when the database had to recover, so it can't be counted."
    " Applying the import reads it again."
)


def rejects_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    return rejects_response(get_object_or_404(Import, pk=pk))


def original_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file as it was uploaded, or a page for a file that is no longer kept."""
    try:
        return file_response(get_object_or_404(Import, pk=pk))
    except FileNotFoundError:
        return render(request, "410.html", {"import_id": pk}, status=410)
