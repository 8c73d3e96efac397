from dataclasses import asdict

from rest_framework import serializers

from jobs.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    """Any long operation: its state and its progress in one flat object."""

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "status",
            "stage",
            "bytes_read",
            "error_code",
            "error_detail",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
        )

    created_by = serializers.SlugRelatedField[Job](slug_field="username", read_only=True)

    def to_representation(self, instance: Job) -> dict[str, object]:
        return super().to_representation(instance) | progress_fields(instance)


def progress_fields(job: Job) -> dict[str, object]:
    """What the API tells of a job's progress."""
    fields = asdict(job.progress)
    del fields["poll_ms"], fields["took_seconds"]
    return fields
