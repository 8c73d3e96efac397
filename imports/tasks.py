"""The Celery tasks of imports; an import itself is run by those of jobs."""

from celery import shared_task

from imports import uploads


@shared_task(name="imports.sweep_uploads")
def sweep_uploads() -> None:
    uploads.sweep()
