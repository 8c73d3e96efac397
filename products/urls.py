from django.urls import path

from products import deleting, editing, views

app_name = "products"

urlpatterns = [
    path("", views.ProductListView.as_view(), name="list"),
    path("export.csv", views.ProductExportView.as_view(), name="export"),
    path("new/", editing.ProductFormView.as_view(), name="new"),
    path("delete/", deleting.BulkDeleteView.as_view(), name="delete-many"),
    path("deletions/<int:pk>/", deleting.DeletionView.as_view(), name="deletion"),
    path(
        "deletions/<int:pk>/progress/",
        deleting.DeletionProgressView.as_view(),
        name="deletion-progress",
    ),
    path("deletions/<int:pk>/cancel/", deleting.cancel, name="cancel-deletion"),
    path("deletions/<int:pk>/retry/", deleting.retry, name="retry-deletion"),
    path("<int:pk>/", views.ProductView.as_view(), name="detail"),
    path("<int:pk>/edit/", editing.ProductFormView.as_view(), name="edit"),
    path("<int:pk>/row/", editing.ProductRowView.as_view(), name="row"),
    path("<int:pk>/delete/", editing.ProductDeleteView.as_view(), name="delete"),
]
