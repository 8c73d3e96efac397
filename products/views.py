"""The pages of the catalogue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views import View
from django.views.generic import TemplateView

from products.export import TooManyAttributes, export_response
from products.filters import ProductFilter
from products.models import Product
from products.pagination import Cursor, PageForm


class ProductListView(TemplateView):
    """Products, searched, filtered and sorted; what can't be used is named and left aside."""

    template_name = "products/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        asked = ProductFilter(self.request.GET, queryset=Product.objects.all())
        form = PageForm(self.request.GET)
        if errors := asked.errors | form.errors:
            asked, form = ProductFilter({}, queryset=Product.objects.all()), PageForm({})
            form.is_valid()
        page = form.page_of(asked.qs)
        used = [name for name in asked.filters if self.request.GET.get(name, "").strip()]
        return super().get_context_data(
            products=page.products,
            count=page.count,
            count_is_estimate=page.count_is_estimate,
            page_size=form.cleaned_data["page_size"],
            ordering=form.cleaned_data["ordering"],
            next_url=self._link(page.next),
            previous_url=self._link(page.previous),
            errors=errors,
            filters=self.request.GET.dict(),
            search=self.request.GET.get("search", ""),
            filters_used=len(set(used) - {"search"}),
            is_filtered=bool(used),
            **kwargs,
        )

    def _link(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        query = self.request.GET.copy()
        query["cursor"] = str(cursor)
        return f"?{query.urlencode()}"


class ProductExportView(View):
    """The products that the list shows, on all its pages, as a CSV file."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        asked = ProductFilter(request.GET, queryset=Product.objects.all())
        if not asked.is_valid():
            return redirect(f"{reverse('products:list')}?{request.GET.urlencode()}")
        try:
            return export_response(asked.qs)
        except TooManyAttributes as error:
            messages.error(request, str(error))
            return redirect(f"{reverse('products:list')}?{request.GET.urlencode()}")
