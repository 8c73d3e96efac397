from django.apps import AppConfig

# Tasks are registered with the latest Celery application, so it is created with the site.
from product_importer.celery import app as celery_app

__all__ = ["ProductImporterConfig", "celery_app"]


class ProductImporterConfig(AppConfig):
    name = "product_importer"

    def ready(self) -> None:
        from product_importer import checks  # noqa: F401, PLC0415 - registers the system checks
