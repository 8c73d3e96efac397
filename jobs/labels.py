"""The names of jobs on pages, whatever their kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from jobs.kinds import Label, kind_of
from jobs.models import Job


def labels_of(job_ids: Collection[int]) -> dict[int, Label]:
    """The labels of these jobs, by their ids; jobs that are gone are left out.

    It takes one query, and one more for each kind among them, however many jobs there are.
    """
    if not job_ids:
        return {}
    of_kind: defaultdict[str, list[int]] = defaultdict(list)
    for job_id, kind in Job.objects.filter(pk__in=job_ids).values_list("pk", "kind"):
        of_kind[kind].append(job_id)
    return {
        job_id: label
        for kind, ids in of_kind.items()
        for job_id, label in kind_of(kind).labels(ids).items()
    }
