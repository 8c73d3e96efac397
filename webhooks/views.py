"""The pages of webhooks."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import DeleteView, DetailView, ListView

from webhooks import redelivering
from webhooks.filters import DeliveryFilter
from webhooks.forms import EndpointForm, RedeliverFailedForm
from webhooks.health import health_of, health_of_all
from webhooks.models import Delivery, Endpoint
from webhooks.redelivering import SwitchedOff

# The session's key for the id of the endpoint whose secret the next page shows, never the secret.
SHOW_SECRET = "show_webhook_secret"  # noqa: S105 - the name of a key
SWITCHED_OFF = "This webhook is switched off, so nothing is sent. Switch it on first."
LOG_ROWS = 20


class WebhookListView(ListView[Endpoint]):
    """All webhooks with their health, and the form that adds one."""

    queryset = Endpoint.objects.order_by("-pk")
    template_name = "webhooks/list.html"
    paginate_by = 20
    form: EndpointForm | None = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(form=self.form or EndpointForm(), **kwargs)
        context["webhooks"] = health_of_all(context["object_list"])
        return context

    def post(self, request: HttpRequest) -> HttpResponseBase:
        self.form = EndpointForm(request.POST)
        if not self.form.is_valid():
            response = self.get(request)
            response.status_code = 422
            return response
        self.form.instance.created_by = cast("User", request.user)
        endpoint = self.form.save()
        request.session[SHOW_SECRET] = endpoint.pk
        return redirect("webhooks:detail", endpoint.pk)


def log_of(request: HttpRequest, endpoint: Endpoint) -> dict[str, Any]:
    """A page of the delivery log: filtered, and older than the delivery with the id `before`."""
    filterset = DeliveryFilter(request.GET, queryset=endpoint.deliveries.for_display())
    deliveries = filterset.qs if filterset.is_valid() else endpoint.deliveries.for_display()
    before = request.GET.get("before", "")
    if before.isdecimal():
        deliveries = deliveries.filter(pk__lt=int(before))
    rows = list(deliveries[: LOG_ROWS + 1])
    return {
        "deliveries": rows[:LOG_ROWS],
        "older": rows[LOG_ROWS - 1].pk if len(rows) > LOG_ROWS else None,
        "is_first_page": not before,
        "filter": filterset.form,
        "redeliver_form": RedeliverFailedForm(),
        "is_filtered": any(request.GET.get(name) for name in filterset.filters),
    }


@method_decorator(never_cache, name="dispatch")
class WebhookDetailView(DetailView[Endpoint]):
    """One webhook: its health, and its delivery log."""

    queryset = Endpoint.objects.select_related("created_by")
    template_name = "webhooks/detail.html"
    context_object_name = "webhook"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shows_secret = self.request.session.get(SHOW_SECRET) == self.object.pk
        if shows_secret:
            del self.request.session[SHOW_SECRET]
        return super().get_context_data(
            shows_secret=shows_secret,
            health=health_of(self.object),
            **log_of(self.request, self.object),
            **kwargs,
        )


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form that changes the address, the types of events and the description."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    # The form writes into the endpoint that it has been given.
    form = EndpointForm(request.POST or None, instance=Endpoint.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        endpoint.change(**form.cleaned_data)
        messages.success(request, "The webhook was saved.")
        return redirect("webhooks:detail", pk)
    status = 422 if form.is_bound else 200
    return render(request, "webhooks/edit.html", {"form": form, "webhook": endpoint}, status=status)


class WebhookDeleteView(DeleteView[Endpoint, Any]):
    """Asks for confirmation, then deletes a webhook with its log."""

    model = Endpoint
    template_name = "webhooks/delete.html"
    context_object_name = "webhook"
    success_url = reverse_lazy("webhooks:list")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, f"The webhook to {self.object.url} was deleted.")
        return super().form_valid(form)


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=pk)
    endpoint.change(is_active=request.POST.get("is_active") == "true")
    return redirect("webhooks:detail", pk)


@require_POST
def rotate_secret(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Endpoint, pk=pk).rotate_secret()
    request.session[SHOW_SECRET] = pk
    return redirect("webhooks:detail", pk)


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test; the outcome appears in the page, or as a message without JavaScript."""
    endpoint = get_object_or_404(Endpoint, pk=pk)
    outcome = redelivering.send_test(endpoint)
    if getattr(request, "htmx", False):
        context = {
            "outcome": outcome,
            "webhook": endpoint,
            "health": health_of(endpoint),
            **log_of(request, endpoint),
        }
        return render(request, "webhooks/_tested.html", context)
    if outcome.is_success:
        text = f"The receiver answered {outcome.status_code} after {outcome.duration_ms:,} ms."
        messages.success(request, f"The test was delivered. {text}")
    else:
        messages.error(request, f"The test was not delivered. {outcome.error}")
    return redirect("webhooks:detail", pk)


@require_POST
def redeliver(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=pk)
    try:
        redelivering.redeliver(delivery)
        messages.success(
            request, "The delivery is being sent again. Reload the page to see the outcome."
        )
    except SwitchedOff:
        messages.warning(request, SWITCHED_OFF)
    return redirect("webhooks:detail", delivery.endpoint_id)


@require_POST
def redeliver_failed(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=pk)
    form = RedeliverFailedForm(request.POST)
    if not form.is_valid():
        messages.warning(request, "Choose the period whose failed deliveries are to be sent again.")
        return redirect("webhooks:detail", pk)
    try:
        count = redelivering.redeliver_failed(endpoint, form.since())
        deliveries = "delivery is" if count == 1 else "deliveries are"
        messages.success(request, f"{count:,} failed {deliveries} being sent again.")
    except SwitchedOff:
        messages.warning(request, SWITCHED_OFF)
    return redirect("webhooks:detail", pk)
