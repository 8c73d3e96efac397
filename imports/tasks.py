"""The Celery tasks of imports alone."""

from celery import shared_task

from imports import retention


@shared_task(name="imports.forget_old_files")
def forget_old_files() -> None:
    retention.forget_old_files()
