"""What the API takes and tells of imports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from imports.faults import MappingFault
from imports.mapping import check_mapping
from imports.models import Import, Profile, Reject
from imports.readers.reader import DELIMITERS
from jobs.serializers import JobSerializer


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class MappingField(serializers.JSONField):
    """`{column: field}`: a field's name, `attribute:<name>`, or `ignore`."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise serializers.ValidationError("A mapping is an object of columns and fields.")
        if not all(map(_can_be_stored, [*value, *value.values()])):
            raise serializers.ValidationError("A mapping is of text, without NUL characters.")
        return value


def _can_be_stored(text: str) -> bool:
    """Whether PostgreSQL takes it: JSON may spell NUL, and halves of characters."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


class ImportSerializer(JobSerializer):
    """An import: a job, the file it reads, and how that is read."""

    mapping = MappingField(read_only=True)
    held = serializers.BooleanField(
        source="is_held",
        read_only=True,
        help_text="Whether it waits for a person to choose its columns on the page.",
    )
    # Undoing comes with a later release; the field is part of the contract already.
    undo = serializers.JSONField(read_only=True, default=None, allow_null=True)

    class Meta(JobSerializer.Meta):
        model = Import
        fields = (
            *JobSerializer.Meta.fields,
            "mode",
            "on_error",
            "blank",
            "missing",
            "review",
            "held",
            "filename",
            "size_bytes",
            "sha256",
            "encoding",
            "delimiter",
            "mapping",
            "undo",
        )
        read_only_fields = fields


class NewImportSerializer(serializers.ModelSerializer[Import]):
    """A file and how it is to be imported."""

    file = serializers.FileField(allow_empty_file=True)
    mapping = MappingField(required=False)
    profile = serializers.CharField(
        required=False,
        help_text="Name or id of a profile, for what is not said here.",
    )

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
            "profile",
        )


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """How the files of one supplier are imported, under a name."""

    mapping = MappingField()
    delimiter = serializers.ChoiceField(
        choices=["", *DELIMITERS],
        required=False,
        help_text="Empty: what the file itself shows.",
    )
    created_by = serializers.SlugRelatedField[Profile](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = Profile
        fields = (
            *("id", "name", "mapping", *Profile.OPTIONS),
            *("created_by", "created_at", "updated_at"),
        )

    def validate_mapping(self, value: dict[str, str]) -> dict[str, str]:
        try:
            check_mapping(value)
        except MappingFault as fault:
            raise serializers.ValidationError(fault.errors) from fault
        return value


class PreviewSerializer(serializers.Serializer[dict[str, int]]):
    """What applying an import would count."""

    rows_read = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    removed = serializers.IntegerField()


class RejectSerializer(serializers.ModelSerializer[Reject]):
    """A row that was not taken, and why."""

    message = serializers.CharField(read_only=True)

    cells = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Reject
        fields = ("line", "code", "column", "value", "message", "cells")
