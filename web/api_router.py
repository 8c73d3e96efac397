"""The addresses of the API."""

from typing import Any

from rest_framework.routers import DefaultRouter, Route


class ApiRouter(DefaultRouter):
    """DRF's router, but the address of a file ends with `.csv` (`…/rejects.csv`), not a slash."""

    include_format_suffixes = False

    def _get_dynamic_route(self, route: Any, action: Any) -> Route:
        dynamic = super()._get_dynamic_route(route, action)
        if not action.url_path.endswith(".csv"):
            return dynamic
        return dynamic._replace(url=dynamic.url.replace("{trailing_slash}", ""))
