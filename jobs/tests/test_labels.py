from __future__ import annotations

from jobs.labels import labels_of
from jobs.models import Job


def test_each_kind_names_its_jobs(job: Job) -> None:
    labels = labels_of([job.pk, job.pk + 1])
    assert list(labels) == [job.pk], "a job that is gone has no label"
    assert (labels[job.pk].name, labels[job.pk].url) == (f"fake {job.pk}", f"/fakes/{job.pk}/")


def test_no_jobs_have_no_labels() -> None:
    assert labels_of([]) == {}
