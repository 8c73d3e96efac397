"""The pages that belong to no app."""

from typing import Any

from django.views.generic import TemplateView

from imports.models import Import
from products.models import Product
from webhooks.models import Endpoint


class OverviewView(TemplateView):
    """Where things stand: the size of the catalogue, what runs or ran last, and what is broken."""

    template_name = "overview.html"
    recent = 5
    most_running = 20

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        imports = Import.objects.for_display()
        count, is_estimate = Product.objects.all().about_count()
        return super().get_context_data(
            product_count=count,
            product_count_is_estimate=is_estimate,
            running=imports.filter(Import.MOVES)[: self.most_running],
            held=imports.filter(Import.IS_HELD).count(),
            failing=Endpoint.objects.failing(),
            reviews=imports.filter(status=Import.Status.REVIEW).count(),
            recent=imports.filter(status__in=Import.ENDED)[: self.recent],
            **kwargs,
        )


class ApiDocsView(TemplateView):
    """The description of the API to read and to try, from files of our own."""

    template_name = "api_docs.html"
