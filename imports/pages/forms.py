"""What people choose for an import: a file, a field for each of its columns, and options."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from imports.columns import FileColumns
from imports.models import Import, Profile
from product_files.faults import FileFault, MappingFault
from product_files.judging.choices import as_mapping, faults_of, offered_fields
from product_files.judging.columns import map_header
from product_files.judging.field_names import ATTRIBUTE, IGNORE
from product_files.reading.dialect import DELIMITERS, known_delimiter
from product_files.reading.encoding import ENCODINGS
from products.fields import FIELDS

KEEP_AS_ATTRIBUTE: Final = "attribute"
DETECTED: Final = ("", "detected automatically")
ENCODING_CHOICES: Final = [DETECTED, *ENCODINGS.items()]
# The value that stands for a tab, because a form would trim a tab.
TAB: Final = "tab"
DELIMITER_CHOICES: Final = [
    DETECTED,
    *((key.replace("\t", TAB), name) for key, name in DELIMITERS.items()),
]


def delimiter_of(value: str) -> str:
    """The delimiter for a value of the form."""
    return known_delimiter(value) or ""


class ImportForm(forms.ModelForm[Import]):
    """A file, or the upload that brought it, and how it is to be imported."""

    file = forms.FileField(allow_empty_file=True, required=False)
    upload = forms.UUIDField(required=False)
    encoding = forms.ChoiceField(choices=ENCODING_CHOICES)
    delimiter = forms.TypedChoiceField(choices=DELIMITER_CHOICES, coerce=delimiter_of)

    class Meta:
        model = Import
        fields = (
            *("mode", "on_error", "blank", "missing", "confirm_missing", "review"),
            *("encoding", "delimiter"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            self.fields[name].required = False

    def clean(self) -> None:
        super().clean()
        if not self.errors and not self.source():
            self.add_error("file", "Choose a file.")

    def source(self) -> dict[str, Any]:
        """The file or the upload that was chosen, by the name of its field; a file counts more."""
        chosen = {name: self.cleaned_data.get(name) for name in ("file", "upload")}
        return next(({name: value} for name, value in chosen.items() if value is not None), {})

    def options(self) -> dict[str, Any]:
        """What was chosen, with the model's defaults for what was left out."""
        return {name: getattr(self.instance, name) for name in self.Meta.fields}


class RenameForm(forms.Form):
    """Another name for a profile."""

    name = forms.CharField(max_length=100)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the file on the form; `field` is the value of its select."""

    index: int
    name: str
    example_values: list[str]
    field: str
    # The name of the attribute if the column is kept as one.
    attribute: str
    fault: str


class ColumnsForm(forms.ModelForm[Import]):
    """A field for each column of a file, the options of the import, and a name to keep it under.

    Fields that are not chosen yet are offered, from `profile` or by the names of the columns. If
    the file has other columns than were shown (with another delimiter), no choice counts.
    """

    encoding = forms.ChoiceField(choices=ENCODING_CHOICES)
    delimiter = forms.TypedChoiceField(choices=DELIMITER_CHOICES, coerce=delimiter_of)
    profile_name = forms.CharField(required=False, max_length=100)
    # The name of the profile with which the form was filled in.
    filled_from = forms.CharField(required=False, max_length=100)

    field_choices: Final = [(field.name, field.label) for field in FIELDS]

    class Meta:
        model = Import
        fields = (*Profile.OPTIONS, "review")

    def __init__(
        self, *args: Any, file_columns: FileColumns, profile: Profile | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._file_columns = file_columns
        self._offered_mapping = profile.mapping if profile else self.instance.mapping
        self._faults: dict[int, str] = {}
        for name in self.Meta.fields:
            self.fields[name].required = False
            if profile and name in Profile.OPTIONS:
                self.initial[name] = getattr(profile, name)
        self.initial["filled_from"] = profile.name if profile else self.instance.profile
        if self.initial["delimiter"] == "\t":
            self.initial["delimiter"] = TAB
        # After reading, the fields of the import have the values that were detected.
        self._was_read = bool(self.instance.header)

    @property
    def fingerprint(self) -> str:
        """A hash of the columns that are shown."""
        return hashlib.sha256("\0".join(self._file_columns.header).encode()).hexdigest()[:16]

    @property
    def columns(self) -> list[Column]:
        return [self._column(index, field) for index, field in enumerate(self._chosen_fields())]

    @property
    def has_sku(self) -> bool:
        return "sku" in self._chosen_fields()

    @property
    def mapping(self) -> dict[str, str]:
        """{column: field}, once the form is valid."""
        return as_mapping(self._file_columns.header, self._chosen_fields())

    @property
    def options(self) -> dict[str, Any]:
        """Fields of Import, once the form is valid."""
        return {name: getattr(self.instance, name) for name in self.Meta.fields}

    @property
    def profile_options(self) -> dict[str, Any]:
        """The options for a profile, once the form is valid, without what was only detected."""
        detected = set(Import.DETECTABLE) - set(self.changed_data) if self._was_read else set()
        chosen = {name: getattr(self.instance, name) for name in Profile.OPTIONS}
        requested = {name: self.instance.asked.get(name, "") for name in detected}
        return chosen | requested | {"mapping": self.mapping}

    @property
    def profile(self) -> str:
        """The name of the profile that matches the valid form; empty for none.

        It is the one as which the form will be saved, or the one with which it was filled in, if
        nothing was changed since.
        """
        if name := str(self.cleaned_data["profile_name"]):
            return name
        profile = Profile.objects.named(self.cleaned_data["filled_from"]).first()
        return profile.name if profile and self._matches(profile) else ""

    def _matches(self, profile: Profile) -> bool:
        header = self._file_columns.header
        mapping = as_mapping(header, offered_fields(header, profile.mapping))
        return self.profile_options == profile.options | {"mapping": mapping}

    def clean(self) -> dict[str, Any]:
        if not self._was_posted():
            raise forms.ValidationError(
                "With these settings the file has different columns. Look at them, then continue."
            )
        self._faults = faults_of(self._file_columns.header, self._chosen_fields())
        if self._faults:
            raise forms.ValidationError("Some columns need another choice.")
        self._check_as_reading_will()
        return super().clean() or self.cleaned_data

    def _check_as_reading_will(self) -> None:
        if not self.has_sku:
            raise forms.ValidationError(
                "Choose the column that contains the SKU, which identifies each product."
            )
        try:
            map_header(self._file_columns.header, self.mapping)
        except (FileFault, MappingFault) as fault:
            raise forms.ValidationError(str(fault)) from fault

    def _was_posted(self) -> bool:
        return self.is_bound and self.data.get("fingerprint") == self.fingerprint

    def _chosen_fields(self) -> list[str]:
        """The field of each column, as it was chosen or is offered."""
        header = self._file_columns.header
        if not self._was_posted():
            return offered_fields(header, self._offered_mapping)
        return [self._posted(index) for index in range(len(header))]

    def _posted(self, index: int) -> str:
        field = str(self.data.get(f"field-{index}", IGNORE))
        if field != KEEP_AS_ATTRIBUTE:
            return field
        return ATTRIBUTE + str(self.data.get(f"attribute-{index}", ""))

    def _column(self, index: int, field: str) -> Column:
        name = self._file_columns.header[index]
        is_kept = field.startswith(ATTRIBUTE)
        return Column(
            index=index,
            name=name,
            example_values=self._file_columns.example_values[index],
            field=KEEP_AS_ATTRIBUTE if is_kept else field,
            attribute=field.removeprefix(ATTRIBUTE) if is_kept else name,
            fault=self._faults.get(index, ""),
        )
