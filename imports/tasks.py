"""The Celery tasks of imports alone; an import itself is run by those of jobs."""

from celery import shared_task

from imports.intake import retention, uploads


@shared_task(name="imports.sweep_uploads")
def sweep_uploads() -> None:
    uploads.sweep()


@shared_task(name="imports.forget_old_files")
def forget_old_files() -> None:
    retention.forget_old_files()
    retention.forget_abandoned_files()
