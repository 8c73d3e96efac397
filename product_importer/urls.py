"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.generic import RedirectView

from imports.api.uploads import UploadViewSet
from imports.api.views import ImportViewSet, ProfileViewSet
from jobs.api import JobViewSet
from product_importer import health
from product_importer.views import ApiDocsView, OverviewView
from products.api import ProductViewSet
from web import error_pages
from web.api_router import ApiRouter
from web.api_schema import SchemaView
from webhooks.api import DeliveryViewSet, EventTypeViewSet, WebhookViewSet

router = ApiRouter()
router.register("imports", ImportViewSet, basename="import")
router.register("uploads", UploadViewSet, basename="upload")
router.register("import-profiles", ProfileViewSet, basename="import-profile")
router.register("products", ProductViewSet, basename="product")
router.register("jobs", JobViewSet, basename="job")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register("deliveries", DeliveryViewSet, basename="delivery")
router.register("event-types", EventTypeViewSet, basename="event-type")

urlpatterns = [
    path("", OverviewView.as_view(), name="overview"),
    path("login/", LoginView.as_view(template_name="login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("imports/", include("imports.pages.urls")),
    path("upload/", RedirectView.as_view(pattern_name="imports:list"), name="upload"),
    path("products/", include("products.urls")),
    path("webhooks/", include("webhooks.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs/", ApiDocsView.as_view(), name="api-docs"),
    # The addresses of imports that older clients use.
    path("api/file-processor/upload/", ImportViewSet.as_view({"post": "create"})),
    path("api/file-processor/status/<int:pk>/", ImportViewSet.as_view({"get": "retrieve"})),
    path("api/", include(router.urls)),
    path("health/live/", health.live, name="health-live"),
    path("health/ready/", health.ready, name="health-ready"),
]

handler400 = error_pages.bad_request
handler403 = error_pages.permission_denied
handler404 = error_pages.not_found
handler500 = error_pages.server_error
