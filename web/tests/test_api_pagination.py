from rest_framework.test import APIClient

from jobs.models import Job


def test_a_page_has_its_limit(api: APIClient) -> None:
    Job.objects.bulk_create(Job(kind="import") for _ in range(501))
    body = api.get("/api/jobs/", {"limit": 1_000_000}).json()
    assert body.keys() == {"count", "next", "previous", "results"}
    assert (body["count"], len(body["results"])) == (501, 500)
    assert "offset=500" in body["next"]
