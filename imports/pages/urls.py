from django.urls import path

from imports.pages import columns, profiles, views
from imports.review import reviewing
from jobs import requests

app_name = "imports"

cancel = views.import_action(
    requests.cancel, "This import has already ended, so there was nothing to cancel."
)
retry = views.import_action(
    views.retry,
    "This import can't be continued: it was not cancelled or interrupted, or its file is gone.",
)
apply = views.import_action(reviewing.apply, "This import is not waiting for a review.")

urlpatterns = [
    path("", views.ImportListView.as_view(), name="list"),
    path("<int:pk>/", views.ImportDetailView.as_view(), name="detail"),
    path("<int:pk>/mapping/", columns.MappingView.as_view(), name="mapping"),
    path("<int:pk>/progress/", views.ImportProgressView.as_view(), name="progress"),
    path("<int:pk>/cancel/", cancel, name="cancel"),
    path("<int:pk>/retry/", retry, name="retry"),
    path("<int:pk>/apply/", apply, name="apply"),
    path("<int:pk>/count/", views.count, name="count"),
    path("<int:pk>/preview.csv", views.preview_csv, name="preview-csv"),
    path("<int:pk>/file/", views.original_file, name="file"),
    path("<int:pk>/rejects.csv", views.rejects_csv, name="rejects-csv"),
    path("profiles/", profiles.ProfileListView.as_view(), name="profiles"),
    path("profiles/<int:pk>/", profiles.ProfileView.as_view(), name="profile"),
    path(
        "profiles/<int:pk>/delete/",
        profiles.ProfileDeleteView.as_view(),
        name="delete-profile",
    ),
]
