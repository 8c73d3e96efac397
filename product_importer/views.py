"""The pages that belong to no app."""

from typing import Any

from django.views.generic import TemplateView

from imports.models import Import
from products.models import Product
from webhooks.models import Endpoint


class OverviewView(TemplateView):
    """The size of the catalogue, running and recent imports, and webhooks that need attention."""

    template_name = "overview.html"
    max_recent = 5
    max_running = 20

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        imports = Import.objects.for_display()
        count, is_estimate = Product.objects.all().about_count()
        return super().get_context_data(
            product_count=count,
            product_count_is_estimate=is_estimate,
            running=imports.filter(Import.MOVES)[: self.max_running],
            held=imports.filter(Import.IS_HELD).count(),
            failing=Endpoint.objects.failing(),
            reviews=imports.filter(status=Import.Status.REVIEW).count(),
            recent=imports.filter(status__in=Import.ENDED)[: self.max_recent],
            **kwargs,
        )


class ApiDocsView(TemplateView):
    """The documentation of the API, to read and to try out, with files of this site only."""

    template_name = "api_docs.html"
