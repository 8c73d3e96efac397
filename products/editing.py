"""The pages that change one product.

Each form has an address of its own and works there as a plain page; htmx puts the same form into
the dialog of the page that links to it.
"""

from __future__ import annotations

import json
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views import View

from products import catalogue
from products.catalogue import ProductFields, SkuTaken, StaleVersion
from products.fields import LABELS
from products.forms import CellForm, ProductForm
from products.history import authors_of
from products.models import Product


def is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def user_of(request: HttpRequest) -> User:
    return cast("User", request.user)


def show_form(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A form as a whole page, or alone if it goes into a dialog."""
    frame = "products/_dialog.html" if is_htmx(request) else "products/form.html"
    response = render(request, frame, context | {"form_template": template}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def lead_to(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect of the whole window, even from a dialog."""
    return HttpResponse(headers={"HX-Redirect": url}) if is_htmx(request) else redirect(url)


class ProductFormView(View):
    """The form of a new product, or of one that exists."""

    template = "products/_form.html"

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        return self._show(ProductForm(stored=_stored(pk)))

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        form = ProductForm(request.POST, stored=_stored(pk))
        if not form.is_valid():
            return self._show(form, status=422)
        try:
            product = self._write(form)
        except SkuTaken as taken:
            return self._show(form, status=409, taken=taken)
        except StaleVersion:
            return self._show_what_is_stored_now(form)
        return self._saved(product, is_new=pk is None)

    def _write(self, form: ProductForm) -> Product:
        person, fields = user_of(self.request), form.product_fields()
        if form.stored is None:
            return catalogue.create_product(changed_by=person, **fields)
        return catalogue.update_product(
            product_id=form.stored.pk,
            changed_by=person,
            expected_version=form.expected_version(),
            **fields,
        )

    def _show(self, form: ProductForm, status: int = 200, **context: object) -> HttpResponse:
        url = self.request.path
        return show_form(
            self.request, self.template, {"form": form, "action": url, **context}, status
        )

    def _show_what_is_stored_now(self, form: ProductForm) -> HttpResponse:
        """The form with its typed values, now based on the stored version; nothing was written."""
        product = get_object_or_404(Product, pk=self.kwargs["pk"])
        data = self.request.POST.copy()
        data["version"] = str(product.version)
        rebased_form = ProductForm(data, stored=product)
        differences = [
            (label, getattr(product, name), form.cleaned_data[name])
            for name, label in LABELS.items()
            if getattr(product, name) != form.cleaned_data[name]
        ]
        return self._show(rebased_form, status=409, is_stale=True, differences=differences)

    def _saved(self, product: Product, *, is_new: bool) -> HttpResponse:
        if is_htmx(self.request) and not is_new:
            event = {"product-saved": {"id": product.pk}}
            return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(event)})
        messages.success(self.request, f"{product.sku} was {'added' if is_new else 'saved'}.")
        return lead_to(self.request, reverse("products:detail", args=[product.pk]))


def _stored(pk: int | None) -> Product | None:
    return None if pk is None else get_object_or_404(Product, pk=pk)


class ProductRowView(View):
    """One row of the list, and the cells that are edited in it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._row(get_object_or_404(Product, pk=pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        product, form = get_object_or_404(Product, pk=pk), CellForm(request.POST)
        if not form.is_valid():
            return self._row(product, 422, form=form, error=form.error or NOT_SAVED)
        fields = cast("ProductFields", {form.cell: form.cleaned_data[form.cell]})
        try:
            product = catalogue.update_product(
                product_id=pk,
                changed_by=user_of(request),
                expected_version=form.cleaned_data["version"] or 0,
                **fields,
            )
        except StaleVersion:
            product = get_object_or_404(Product, pk=pk)
            return self._row(product, 409, form=form, error=CHANGED_MEANWHILE, is_stale=True)
        except Product.DoesNotExist:
            get_object_or_404(Product, pk=pk)
        return self._row(product)

    def _row(self, product: Product, status: int = 200, **context: object) -> HttpResponse:
        context |= {"product": product, "author": authors_of([product])[product.pk]}
        return render(self.request, "products/_row.html", context, status=status)


NOT_SAVED = "This was not saved. Reload the page and try again."
CHANGED_MEANWHILE = "Somebody changed this product in the meantime, so your change was not saved."


class ProductDeleteView(View):
    """Deletes one product, once somebody has confirmed it."""

    template = "products/_delete.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._ask(get_object_or_404(Product, pk=pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        product = get_object_or_404(Product, pk=pk)
        version = request.POST.get("version", "")
        try:
            catalogue.delete_product(
                product_id=pk,
                changed_by=user_of(request),
                expected_version=int(version) if version.isdecimal() else 0,
            )
        except StaleVersion:
            return self._ask(get_object_or_404(Product, pk=pk), status=409, is_stale=True)
        except Product.DoesNotExist:
            get_object_or_404(Product, pk=pk)
        messages.success(request, f"{product.sku} was deleted. Its history is kept.")
        return self._deleted()

    def _ask(self, product: Product, status: int = 200, **context: object) -> HttpResponse:
        return show_form(self.request, self.template, {"product": product, **context}, status)

    def _deleted(self) -> HttpResponse:
        """Back to the list, with its filters and page if the dialog was opened there."""
        url = reverse("products:list")
        came_from = self.request.headers.get("HX-Current-URL", "")
        if came_from.partition("?")[0].endswith(url):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return lead_to(self.request, url)
