"""The addresses of the API."""

from typing import Any

from rest_framework.routers import DefaultRouter, Route


class ApiRouter(DefaultRouter):
    """As DRF's, but a file's address ends in its name, `…/rejects.csv`, and not in a slash."""

    include_format_suffixes = False

    def _get_dynamic_route(self, route: Any, action: Any) -> Route:
        dynamic = super()._get_dynamic_route(route, action)
        if not action.url_path.endswith(".csv"):
            return dynamic
        return dynamic._replace(url=dynamic.url.replace("{trailing_slash}", ""))
