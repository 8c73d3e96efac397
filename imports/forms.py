"""What people choose for an import: a field for each column, and options."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from imports.columns import Beginning
from imports.faults import FileFault, MappingFault
from imports.mapping import ATTRIBUTE, IGNORE, as_mapping, faults_of, map_header, offered_fields
from imports.models import Import, Profile

KEEP: Final = "attribute"
FOUND: Final = ("", "found automatically")
ENCODINGS: Final = {"utf-8": "UTF-8"}
# A tab is called so: a form would trim it.
DELIMITERS: Final = {",": "commas", ";": "semicolons", "tab": "tabs", "|": "vertical bars"}


def delimiter_of(value: str) -> str:
    """The delimiter that a value of the form stands for."""
    return "\t" if value == "tab" else value


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the file on the form; `field` is what its select says."""

    index: int
    name: str
    samples: list[str]
    field: str
    # What the attribute is called, should the column be kept as one.
    attribute: str
    fault: str


class ColumnsForm(forms.ModelForm[Import]):
    """A field for each column of a file, the options of the import, and a name to keep it under.

    What is not chosen yet is offered: as `profile` says, or by the names of the columns. Where the
    columns are others than those that were shown (with another delimiter), nothing of what was
    chosen for them counts.
    """

    encoding = forms.ChoiceField(choices=[FOUND, *ENCODINGS.items()])
    delimiter = forms.TypedChoiceField(choices=[FOUND, *DELIMITERS.items()], coerce=delimiter_of)
    profile_name = forms.CharField(required=False, max_length=100)

    class Meta:
        model = Import
        fields = (*Profile.OPTIONS, "review")

    def __init__(
        self, *args: Any, beginning: Beginning, profile: Profile | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._beginning = beginning
        self._asked = profile.mapping if profile else self.instance.mapping
        self._faults: dict[int, str] = {}
        for name in self.Meta.fields:
            self.fields[name].required = False
            if profile and name in Profile.OPTIONS:
                self.initial[name] = getattr(profile, name)
        if self.initial["delimiter"] == "\t":
            self.initial["delimiter"] = "tab"
        # Once a file is read, its import says what was found.
        self._was_read = bool(self.instance.header)

    @property
    def fingerprint(self) -> str:
        """Stands for the columns that are shown."""
        return hashlib.sha256("\0".join(self._beginning.header).encode()).hexdigest()[:16]

    @property
    def columns(self) -> list[Column]:
        return [self._column(index, field) for index, field in enumerate(self._chosen())]

    @property
    def has_sku(self) -> bool:
        return "sku" in self._chosen()

    @property
    def mapping(self) -> dict[str, str]:
        """{column: field}, once the form is valid."""
        return as_mapping(self._beginning.header, self._chosen())

    @property
    def options(self) -> dict[str, Any]:
        """Fields of Import, once the form is valid."""
        return {name: getattr(self.instance, name) for name in self.Meta.fields}

    @property
    def kept(self) -> dict[str, Any]:
        """What a profile keeps, once the form is valid: not what was found in this file alone."""
        found = {"encoding", "delimiter"} - set(self.changed_data) if self._was_read else set()
        said = {name: getattr(self.instance, name) for name in Profile.OPTIONS}
        return said | dict.fromkeys(found, "") | {"mapping": self.mapping}

    def clean(self) -> dict[str, Any]:
        if not self._is_chosen():
            raise forms.ValidationError(
                "With these settings the file has other columns. Look at them, then continue."
            )
        self._faults = faults_of(self._beginning.header, self._chosen())
        if self._faults:
            raise forms.ValidationError("Some columns need another choice.")
        self._check_as_reading_will()
        return super().clean() or self.cleaned_data

    def _check_as_reading_will(self) -> None:
        if not self.has_sku:
            raise forms.ValidationError(
                "Choose the column that holds the SKU, by which products are told apart."
            )
        try:
            map_header(self._beginning.header, self.mapping)
        except (FileFault, MappingFault) as fault:
            raise forms.ValidationError(str(fault)) from fault

    def _is_chosen(self) -> bool:
        return self.is_bound and self.data.get("fingerprint") == self.fingerprint

    def _chosen(self) -> list[str]:
        """The field of each column, as it was chosen or is offered."""
        header = self._beginning.header
        if not self._is_chosen():
            return offered_fields(header, self._asked)
        return [self._posted(index) for index in range(len(header))]

    def _posted(self, index: int) -> str:
        field = str(self.data.get(f"field-{index}", IGNORE))
        if field != KEEP:
            return field
        return ATTRIBUTE + str(self.data.get(f"attribute-{index}", ""))

    def _column(self, index: int, field: str) -> Column:
        name = self._beginning.header[index]
        is_kept = field.startswith(ATTRIBUTE)
        return Column(
            index=index,
            name=name,
            samples=self._beginning.samples[index],
            field=KEEP if is_kept else field,
            attribute=field.removeprefix(ATTRIBUTE) if is_kept else name,
            fault=self._faults.get(index, ""),
        )
