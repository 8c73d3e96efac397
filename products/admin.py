"""The catalogue in the admin, read-only.

Products are changed on their own page, through the API, or by an import: each of these writes the
version, the history and the event that belong to a change. The admin would not.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from products.models import BulkDelete, Change, Product
from web.admin import LookOnlyAdmin


@admin.register(Product)
class ProductAdmin(LookOnlyAdmin[Product]):
    list_display = ("sku", "name", "price", "active", "version", "updated_at")
    search_fields = ("sku",)
    search_help_text = "Search by a whole SKU; case does not matter"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        if search_term:
            matches = Product.objects.with_sku(search_term.strip())
            queryset = queryset.filter(pk__in=matches.values("pk"))
        return queryset, False


@admin.register(Change)
class ChangeAdmin(LookOnlyAdmin[Change]):
    list_display = ("product_id", "version", "action", "sku", "changed_by", "job", "changed_at")
    list_select_related = ("changed_by", "job")
    # The order of the only index that serves this list.
    ordering = ("-product_id", "-version")
    search_id = "product_id"
    search_help_text = "Search by the id of a product"


@admin.register(BulkDelete)
class BulkDeleteAdmin(LookOnlyAdmin[BulkDelete]):
    list_display = ("id", "status", "percent", "filters", "created_by", "created_at")
    list_filter = ("status",)
    list_select_related = ("created_by",)
    search_id = "id"
    search_help_text = "Search by the id of a job"
