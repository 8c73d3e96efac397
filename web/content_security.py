"""The Content-Security-Policy: a page may load files of this site, and nothing else."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",  # Bootstrap's CSS contains its small pictures
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The pages of DRF and Swagger UI have styles in their elements; no page has scripts in them.
API_POLICY = POLICY | {"style-src": "'self' 'unsafe-inline'"}


def _header(policy: dict[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


class ContentSecurityMiddleware:
    """Adds the Content-Security-Policy to every answer that has none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        policy = API_POLICY if request.path.startswith("/api/") else POLICY
        response.headers.setdefault("Content-Security-Policy", _header(policy))
        return response
