"""Looking into the catalogue.

Products are changed on their own page, through the API, or by an import: each of these keeps the
version, the history and the event that belong to a change. So here they can only be looked at.
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
    search_help_text = "A whole SKU, whatever its case"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        if search_term:
            found = Product.objects.with_sku(search_term.strip())
            queryset = queryset.filter(pk__in=found.values("pk"))
        return queryset, False


@admin.register(Change)
class ChangeAdmin(LookOnlyAdmin[Change]):
    list_display = ("product_id", "version", "action", "sku", "changed_by", "job", "changed_at")
    list_select_related = ("changed_by", "job")
    # The order of the index that there is.
    ordering = ("-product_id", "-version")
    search_id = "product_id"
    search_help_text = "The id of a product"


@admin.register(BulkDelete)
class BulkDeleteAdmin(LookOnlyAdmin[BulkDelete]):
    list_display = ("id", "status", "percent", "filters", "created_by", "created_at")
    list_filter = ("status",)
    list_select_related = ("created_by",)
    search_id = "id"
    search_help_text = "The id of a job"
