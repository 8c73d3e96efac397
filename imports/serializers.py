"""What the API takes and tells of imports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from imports.models import Import, Reject, Upload
from imports.readers.dialect import known_delimiter
from imports.readers.encoding import ENCODINGS, known_encoding
from jobs.serializers import JobSerializer


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class MappingField(serializers.JSONField):
    """`{column: field}`: a field's name, `attribute:<name>`, or `ignore`."""


class ImportSerializer(JobSerializer):
    """An import: a job, the file it reads, and how that is read."""

    mapping = MappingField(read_only=True)
    # Undoing comes with a later release; the field is part of the contract already.
    undo = serializers.JSONField(read_only=True, default=None, allow_null=True)
    same_file_as = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="The last import before this one that brought in the very same bytes.",
    )

    class Meta(JobSerializer.Meta):
        model = Import
        fields = (
            *JobSerializer.Meta.fields,
            "mode",
            "on_error",
            "blank",
            "missing",
            "review",
            "filename",
            "size_bytes",
            "sha256",
            "encoding",
            "encoding_samples",
            "delimiter",
            "header_line",
            "mapping",
            "undo",
            "same_file_as",
        )
        read_only_fields = fields


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """A file that arrives part by part."""

    class Meta:
        model = Upload
        fields = ("id", "filename", "size_bytes", "offset", "created_at", "expires_at")
        read_only_fields = fields


class NewImportSerializer(serializers.ModelSerializer[Import]):
    """A file, or the upload that brought it, and how it is to be imported."""

    file = serializers.FileField(allow_empty_file=True, required=False)
    upload = serializers.UUIDField(
        required=False, help_text="The id of a complete upload, instead of `file`."
    )
    mapping = MappingField(required=False)
    encoding = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=30,
        help_text=f"Found where it is left out. Otherwise one of {', '.join(ENCODINGS)}.",
    )
    delimiter = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=9,
        help_text="Found where it is left out. Otherwise `,`, `;`, `|`, or a tab, also as `tab`.",
    )

    class Meta:
        model = Import
        fields: tuple[str, ...] = (
            "file",
            "upload",
            "mode",
            "on_error",
            "blank",
            "missing",
            "confirm_missing",
            "review",
            "mapping",
            "encoding",
            "delimiter",
        )

    def validate_mapping(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise serializers.ValidationError("A mapping is an object of columns and fields.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "file" not in attrs and "upload" not in attrs:
            raise serializers.ValidationError({"file": FILE_NEEDED})
        if "file" in attrs and "upload" in attrs:
            raise serializers.ValidationError({"upload": FILE_OR_UPLOAD})
        return attrs

    def validate_encoding(self, value: str) -> str:
        return value and _known(known_encoding(value), f'There is no encoding "{value}".')

    def validate_delimiter(self, value: str) -> str:
        return value and _known(known_delimiter(value), f'"{value}" cannot separate columns.')


def _known(found: str | None, otherwise: str) -> str:
    if found is None:
        raise serializers.ValidationError(otherwise)
    return found


FILE_NEEDED = "A file is needed, or the id of an upload."
FILE_OR_UPLOAD = "Send either a file or the id of an upload."


class NewImportOfUploadSerializer(NewImportSerializer):
    """An upload, and how it is to be imported."""

    file = None  # type: ignore[assignment] # leaves the field out
    upload = serializers.UUIDField(help_text="The id of a complete upload.")

    class Meta(NewImportSerializer.Meta):
        fields = tuple(name for name in NewImportSerializer.Meta.fields if name != "file")


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
