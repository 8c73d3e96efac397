"""The Celery tasks of the catalogue."""

from celery import shared_task

from products import indexing


@shared_task(name="products.catch_up")
def catch_up() -> None:
    indexing.catch_up()
