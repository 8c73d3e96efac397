from django.urls import path

from products import views

app_name = "products"

urlpatterns = [
    path("", views.ProductListView.as_view(), name="list"),
    path("export.csv", views.ProductExportView.as_view(), name="export"),
]
