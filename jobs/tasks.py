"""The Celery tasks of all jobs: each takes ids and calls the one function that it stands for."""

from celery import shared_task

from jobs import applying, runner, sweeper


@shared_task(name="jobs.advance")
def advance(job_id: int) -> None:
    runner.advance(job_id)


@shared_task(name="jobs.run_range")
def run_range(job_id: int, number: int) -> None:
    applying.run_range(job_id, number)


@shared_task(name="jobs.sweep")
def sweep() -> None:
    sweeper.sweep()
