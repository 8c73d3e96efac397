from django.urls import path

from webhooks import views

app_name = "webhooks"

urlpatterns = [
    path("", views.WebhookListView.as_view(), name="list"),
    path("<int:pk>/", views.WebhookDetailView.as_view(), name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/delete/", views.WebhookDeleteView.as_view(), name="delete"),
    path("<int:pk>/switch/", views.switch, name="switch"),
    path("<int:pk>/test/", views.test, name="test"),
    path("<int:pk>/rotate-secret/", views.rotate_secret, name="rotate-secret"),
    path("<int:pk>/redeliver-failed/", views.redeliver_failed, name="redeliver-failed"),
    path("deliveries/<int:pk>/redeliver/", views.redeliver, name="redeliver"),
]
