"""What the API takes and tells of imports."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.models import Import, Reject
from jobs.serializers import progress_fields


class ImportSerializer(serializers.ModelSerializer[Import]):
    """An import as the API tells it."""

    created_by = serializers.SlugRelatedField[Import](slug_field="username", read_only=True)

    class Meta:
        model = Import
        fields = (
            "id",
            "status",
            "stage",
            "mode",
            "on_error",
            "blank",
            "missing",
            "review",
            "filename",
            "size_bytes",
            "sha256",
            "encoding",
            "delimiter",
            "mapping",
            "bytes_read",
            "error_code",
            "error_detail",
            "created_by",
            "created_at",
            "started_at",
            "finished_at",
        )

    def to_representation(self, instance: Import) -> dict[str, Any]:
        # Undoing comes with a later release; the field is part of the contract already.
        return super().to_representation(instance) | progress_fields(instance) | {"undo": None}


class NewImportSerializer(serializers.ModelSerializer[Import]):
    """A file and how it is to be imported."""

    file = serializers.FileField(allow_empty_file=True)
    mapping = serializers.JSONField(required=False)

    class Meta:
        model = Import
        fields = (
            "file",
            "mode",
            "on_error",
            "blank",
            "missing",
            "confirm_missing",
            "review",
            "mapping",
        )

    def validate_mapping(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise serializers.ValidationError("A mapping is an object of columns and fields.")
        return value


class RejectSerializer(serializers.ModelSerializer[Reject]):
    """A row that was not taken, and why."""

    message = serializers.CharField(read_only=True)

    class Meta:
        model = Reject
        fields = ("line", "code", "column", "value", "message", "cells")
