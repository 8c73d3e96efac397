"""The requests and responses of the API of imports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from imports.difference import CellChange, PreviewSample, PreviewWarning
from imports.failures import FAILURE_WORDS
from imports.models import Import, Preview, Profile, Reject, Upload
from imports.review.preview_warnings import WARNING_WORDS
from jobs.models import LedgerLine
from jobs.serializers import JobSerializer
from product_files.faults import ROW_WORDS, MappingFault, Words
from product_files.judging.choices import check_mapping
from product_files.reading.dialect import known_delimiter
from product_files.reading.encoding import ENCODINGS, known_encoding


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class MappingField(serializers.JSONField):
    """`{column: field}`: a field's name, `attribute:<name>`, or `ignore`."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            value = super().to_internal_value(data)
        except RecursionError:
            self.fail("invalid")
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise serializers.ValidationError(
                "A mapping must be an object of columns and their fields."
            )
        if not all(map(_can_be_stored, [*value, *value.values()])):
            raise serializers.ValidationError(
                "A mapping must be valid text without NUL characters."
            )
        return value


def described(table: Mapping[str, Words]) -> str:
    """A list of codes for the description of the API, each with its title and advice."""
    lines = (f"- `{code}`: {words.title}. {words.advice}" for code, words in table.items())
    return "\n".join(lines)


def _can_be_stored(text: str) -> bool:
    """Whether PostgreSQL can store it: JSON may contain NUL and single surrogates."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


class EncodingField(serializers.CharField):
    """An encoding, by any of its names."""

    def __init__(self) -> None:
        found = f"Detected if it is left out. Otherwise one of {', '.join(ENCODINGS)}."
        super().__init__(required=False, allow_blank=True, max_length=30, help_text=found)

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        return name and _known(known_encoding(name), f'There is no encoding "{name}".')


class DelimiterField(serializers.CharField):
    """What separates the columns."""

    def __init__(self) -> None:
        found = "Detected if it is left out. Otherwise `,`, `;`, `|`, or a tab, also as `tab`."
        super().__init__(
            required=False,
            allow_blank=True,
            trim_whitespace=False,
            max_length=9,
            help_text=found,
        )

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        return name and _known(known_delimiter(name), f'"{name}" cannot separate columns.')


def _known(found: str | None, otherwise: str) -> str:
    if found is None:
        raise serializers.ValidationError(otherwise)
    return found


class ImportSerializer(JobSerializer):
    """An import: a job, the file it reads, and how that is read."""

    error_code = serializers.CharField(
        read_only=True,
        help_text=f"Empty, or why it failed or was cancelled:\n\n{described(FAILURE_WORDS)}",
    )
    mapping = MappingField(read_only=True)
    held = serializers.BooleanField(
        source="is_held",
        read_only=True,
        help_text="Whether it is waiting for a person to choose its columns on the page.",
    )
    same_file_as = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="The last import before this one whose file had exactly the same bytes.",
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
            "held",
            "filename",
            "size_bytes",
            "sha256",
            "encoding",
            "encoding_samples",
            "delimiter",
            "header_line",
            "mapping",
            "profile",
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
    encoding = EncodingField()
    delimiter = DelimiterField()
    profile = serializers.CharField(
        required=False,
        help_text="Name or id of a profile, for the options that are left out here.",
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
            "profile",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "file" not in attrs and "upload" not in attrs:
            raise serializers.ValidationError({"file": FILE_NEEDED})
        if "file" in attrs and "upload" in attrs:
            raise serializers.ValidationError({"upload": FILE_OR_UPLOAD})
        return attrs


FILE_NEEDED = "Send a file, or the id of an upload."
FILE_OR_UPLOAD = "Send either a file or the id of an upload, not both."


class NewImportOfUploadSerializer(NewImportSerializer):
    """An upload, and how it is to be imported."""

    file = None  # type: ignore[assignment] # leaves the field out
    upload = serializers.UUIDField(help_text="The id of a complete upload.")

    class Meta(NewImportSerializer.Meta):
        fields = tuple(name for name in NewImportSerializer.Meta.fields if name != "file")


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """How the files of one supplier are imported, under a name."""

    mapping = MappingField()
    encoding = EncodingField()
    delimiter = DelimiterField()
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


class CellSerializer(serializers.Serializer[CellChange]):
    """One field of a product, now and after; empty where there is nothing. Long texts are cut."""

    field = serializers.CharField(help_text="Such as `price`, or `attribute:<name>`.")
    now = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class SampleSerializer(serializers.Serializer[PreviewSample]):
    """One row of the file, or a product that it does not name, and what becomes of it."""

    outcome = serializers.ChoiceField(choices=LedgerLine.COUNTS)
    line = serializers.IntegerField(
        allow_null=True, help_text="Null for a product that the file does not name."
    )
    sku = serializers.CharField(allow_blank=True)
    cells = CellSerializer(many=True, help_text="What changes; for a new product, all its values.")
    code = serializers.CharField(allow_blank=True, help_text="Why a row is rejected.")
    message = serializers.CharField(allow_blank=True, help_text="The same in words.")
    counting_line = serializers.IntegerField(
        allow_null=True, help_text="For a duplicate: the line that counts."
    )


class PreviewWarningSerializer(serializers.Serializer[PreviewWarning]):
    """Something that is probably a mistake."""

    code = serializers.CharField(help_text=described(WARNING_WORDS))
    count = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.CharField(), help_text="Some SKUs.")
    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Preview]):
    """What applying an import does, as it was counted at a time."""

    counted_at = serializers.DateTimeField()
    is_outdated = serializers.BooleanField(
        help_text="Whether products were changed since then, while the import is waiting. If so,"
        " count again."
    )
    deviation = serializers.CharField(
        allow_blank=True,
        help_text="After it is applied: how the result differs from this, in words; else empty.",
    )
    rejected_by_code = serializers.DictField(
        child=serializers.IntegerField(), source="difference.rejected_by_code"
    )
    changed_cells = serializers.DictField(
        child=serializers.IntegerField(),
        source="difference.changed",
        help_text="How many existing products get another value, by field.",
    )
    samples = SampleSerializer(many=True, source="difference.samples")
    warnings = PreviewWarningSerializer(
        many=True,
        source="difference.warnings",
        help_text=f"Likely mistakes: {', '.join(w.short for w in WARNING_WORDS.values())}.",
    )

    rows_read = serializers.IntegerField(source="difference.counts.rows_read")
    created = serializers.IntegerField(source="difference.counts.created")
    updated = serializers.IntegerField(source="difference.counts.updated")
    unchanged = serializers.IntegerField(source="difference.counts.unchanged")
    duplicate = serializers.IntegerField(source="difference.counts.duplicate")
    rejected = serializers.IntegerField(source="difference.counts.rejected")
    removed = serializers.IntegerField(source="difference.counts.removed")


class RejectSerializer(serializers.ModelSerializer[Reject]):
    """A row that was not taken, and why."""

    code = serializers.CharField(read_only=True, help_text=described(ROW_WORDS))
    message = serializers.CharField(read_only=True)

    cells = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Reject
        fields = ("line", "code", "column", "value", "message", "cells")
