"""The pages of the catalogue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views import View
from django.views.generic import TemplateView

from products.export import TooManyAttributes, export_response
from products.filters import ProductFilter, reading_filter
from products.history import History, authors_of
from products.models import Product
from products.pagination import Cursor, PageForm


class ProductListView(TemplateView):
    """The list of products; parameters that are not valid are reported and not used."""

    template_name = "products/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filter_class = reading_filter()
        filterset = filter_class(self.request.GET, queryset=Product.objects.all())
        form = PageForm(self.request.GET)
        if errors := filterset.errors | form.errors:
            filterset, form = filter_class({}, queryset=Product.objects.all()), PageForm({})
            form.is_valid()
        page = form.page_of(filterset.qs)
        used_filters = filter_class.filters_in(self.request.GET)
        authors = authors_of(page.products)
        return super().get_context_data(
            products=page.products,
            rows=[(product, authors[product.pk]) for product in page.products],
            count=page.count,
            count_is_estimate=page.count_is_estimate,
            page_size=form.cleaned_data["page_size"],
            ordering=form.cleaned_data["ordering"],
            next_url=self._link(page.next),
            previous_url=self._link(page.previous),
            errors=errors,
            is_behind=filter_class is ProductFilter,
            filters=self.request.GET.dict(),
            search=self.request.GET.get("search", ""),
            filters_used=len(used_filters.keys() - {"search"}),
            is_filtered=bool(used_filters),
            **kwargs,
        )

    def _link(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        query = self.request.GET.copy()
        query["cursor"] = str(cursor)
        return f"?{query.urlencode()}"


class ProductView(TemplateView):
    """A product and its history; if it was deleted, its history alone."""

    template_name = "products/detail.html"
    entries_a_page = 20

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        try:
            history = History(kwargs["pk"])
        except Product.DoesNotExist as error:
            raise Http404 from error
        product = history.product
        pages = Paginator(history, self.entries_a_page)
        return super().get_context_data(
            product=product,
            author=authors_of([product])[product.pk] if product else None,
            sku=product.sku if product else _last_sku(history),
            page_obj=pages.get_page(self.request.GET.get("page")),
            is_paginated=pages.num_pages > 1,
            **kwargs,
        )


def _last_sku(history: History) -> str:
    """The SKU of a product that was deleted."""
    sku = (change.before for change in history[0].changes if change.field == "sku")
    return str(next(sku, "A deleted product"))


class ProductExportView(View):
    """The products that the list shows, on all its pages, as a CSV file."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        filterset = reading_filter()(request.GET, queryset=Product.objects.all())
        if not filterset.is_valid():
            return redirect(f"{reverse('products:list')}?{request.GET.urlencode()}")
        try:
            return export_response(filterset.qs)
        except TooManyAttributes as error:
            messages.error(request, str(error))
            return redirect(f"{reverse('products:list')}?{request.GET.urlencode()}")
