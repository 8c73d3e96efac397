from django.apps import AppConfig


class ProductImporterConfig(AppConfig):
    name = "product_importer"

    def ready(self) -> None:
        from product_importer import checks  # noqa: F401, PLC0415 - registers the system checks
