"""Wakes jobs that stand still, gives up those that always fail, and ends those that wait too long.

Runs on Celery beat.
"""

from django.conf import settings
from django.db.models.functions import Now

from jobs import wakeups
from jobs.ending import clean_up, expire, give_up
from jobs.models import Job


def sweep() -> None:
    """Wake every job that stands still, or fail it after settings.JOB_MAX_TRIES tries."""
    for job in Job.objects.stalled():
        if job.tries < settings.JOB_MAX_TRIES:
            Job.objects.filter(pk=job.pk).update(woken_at=Now())
            wakeups.wake(job.pk)
        else:
            give_up(job)
    for job in Job.objects.forgotten():
        expire(job)
    for job in Job.objects.to_clean_up():
        clean_up(job)
