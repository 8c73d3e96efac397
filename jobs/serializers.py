"""A job of any kind, as the API shows it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from jobs.models import Job


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a job has come; null while a number is not known yet."""

    percent = serializers.IntegerField(
        read_only=True, help_text="Never goes down; 100 once it is completed."
    )
    rows_read = serializers.IntegerField(read_only=True)
    created = serializers.IntegerField(read_only=True)
    updated = serializers.IntegerField(read_only=True)
    unchanged = serializers.IntegerField(read_only=True)
    duplicate = serializers.IntegerField(read_only=True)
    rejected = serializers.IntegerField(read_only=True)
    removed = serializers.IntegerField(read_only=True)
    rows_per_second = serializers.IntegerField(read_only=True, allow_null=True)
    eta_seconds = serializers.IntegerField(read_only=True, allow_null=True)


PROGRESS_FIELDS = tuple(ProgressSerializer().fields)


class JobSerializer(ProgressSerializer, serializers.ModelSerializer[Job]):
    """Any long operation: its state and its progress in one flat object."""

    created_by = serializers.SlugRelatedField[Job](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = Job
        fields: tuple[str, ...] = (
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
            *PROGRESS_FIELDS,
        )
        read_only_fields = fields

    def to_representation(self, instance: Job) -> dict[str, Any]:
        # The counts are not attributes of a job, so they are added here.
        return super().to_representation(instance) | ProgressSerializer(instance.progress).data
