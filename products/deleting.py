"""The pages that delete many products at once: the confirmation, and the progress of the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.http import conditional_page, require_POST
from django.views.generic import DetailView

from jobs import requests
from jobs.models import Job
from products.bulk import WrongNumber, start_bulk_delete
from products.editing import lead_to, show_form, user_of
from products.filters import ProductFilter, matching
from products.forms import BulkDeleteForm
from products.models import BulkDelete
from web.watchers import pause_ms


class BulkDeleteView(View):
    """Deletes the products that match the filters in the address, once their number is typed."""

    template = "products/_delete_many.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.filters = ProductFilter.filters_in(request.GET)
        if not ProductFilter(self.filters).is_valid():
            return lead_to(request, f"{reverse('products:list')}?{request.GET.urlencode()}")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._ask(BulkDeleteForm(), matching(self.filters).count())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = BulkDeleteForm(request.POST.dict())
        if not form.is_valid():
            return self._ask(form, matching(self.filters).count(), status=422)
        try:
            job = start_bulk_delete(
                filters=self.filters,
                confirm=form.cleaned_data["confirm"],
                requested_by=user_of(request),
            )
        except WrongNumber as wrong:
            form.add_error("confirm", f"The number is now {wrong.count:,}, so nothing was deleted.")
            return self._ask(form, wrong.count, status=409)
        return lead_to(request, reverse("products:deletion", args=[job.pk]))

    def _ask(self, form: BulkDeleteForm, count: int, status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "count": count,
            "filters": described(self.filters),
            "action": self.request.get_full_path(),
        }
        return show_form(self.request, self.template, context, status)


class DeletionView(DetailView[BulkDelete]):
    """One bulk delete: its progress, or its result."""

    model = BulkDelete
    template_name = "products/deletion.html"
    context_object_name = "job"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        progress = self.object.progress
        return super().get_context_data(
            progress=progress,
            poll_ms=progress.poll_ms and pause_ms(progress.poll_ms),
            filters=described(self.object.filters),
            **kwargs,
        )


@method_decorator(conditional_page, name="dispatch")
class DeletionProgressView(DeletionView):
    """The part of the page that polls; answers 304 while nothing has changed."""

    template_name = "products/_deletion.html"


def deletion_action(act: Callable[[Job], bool], refusal: str) -> Callable[..., HttpResponse]:
    """A view for a button of that page; `refusal` is shown if `act` returns False."""

    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        if not act(get_object_or_404(BulkDelete, pk=pk)):
            messages.warning(request, refusal)
        return redirect("products:deletion", pk)

    return view


cancel = deletion_action(
    requests.cancel, "This delete has already ended, so there was nothing to stop."
)
retry = deletion_action(
    requests.retry,
    "This delete can't be continued. Only one that was stopped or interrupted can.",
)


FILTER_DESCRIPTIONS = {
    "search": "SKU, name or description contains",
    "sku": "SKU contains",
    "name": "name contains",
    "description": "description contains",
    "active": "state is",
    "price_min": "price is at least",
    "price_max": "price is at most",
}
STATES = {"true": "active", "false": "off"}


def described(filters: dict[str, str]) -> list[tuple[str, str]]:
    """Filters in words, each with its value in words."""
    return [
        (FILTER_DESCRIPTIONS[name], STATES.get(value, value) if name == "active" else value)
        for name, value in filters.items()
    ]
