from __future__ import annotations

from rest_framework.test import APIClient

from jobs.models import Job, LedgerLine


def test_a_job_tells_its_state_and_progress(api: APIClient, job: Job) -> None:
    LedgerLine.objects.create(job=job, number=1, created=3, rejected=1)
    answer = api.get(f"/api/jobs/{job.pk}/")
    assert answer.status_code == 200
    body = answer.json()
    assert body["id"] == job.pk
    assert (body["kind"], body["status"], body["created"], body["rejected"]) == (
        "fake",
        "pending",
        3,
        1,
    )
    assert "poll_ms" not in body


def test_jobs_are_listed_newest_first_and_filtered(api: APIClient, job: Job) -> None:
    other = Job.objects.create(kind="fake", status="reading")
    listed = [entry["id"] for entry in api.get("/api/jobs/").json()["results"]]
    assert listed == [other.pk, job.pk]
    filtered = api.get("/api/jobs/", {"status": "reading"}).json()["results"]
    assert [entry["id"] for entry in filtered] == [other.pk]


def test_an_unknown_job_is_not_found(api: APIClient, db: None) -> None:
    assert api.get("/api/jobs/1/").status_code == 404
