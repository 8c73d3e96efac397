"""The forms in which people edit products, with the same rules as the API."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import QueryDict
from rest_framework.exceptions import ValidationError as ApiValidationError

from products.catalogue import ProductFields
from products.fields import COLUMN_NAMES, DESCRIPTION_LENGTH, FIELD_NAMES, NAME_LENGTH, SKU_LENGTH
from products.models import Product
from products.serializers import AttributesField
from products.sku import clean_sku

PRICE_ERRORS: Final = {
    "invalid": "Give the price as a number, such as 12.50.",
    "min_value": "A price can't be below zero.",
    "max_decimal_places": "A price has at most two decimals.",
    "max_digits": "A price has at most ten digits before the decimal point.",
    "max_whole_digits": "A price has at most ten digits before the decimal point.",
}

# The number of empty rows for attributes in a form without JavaScript.
SPARE_ROWS: Final = 2


def price_field() -> forms.DecimalField:
    return forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        error_messages=PRICE_ERRORS,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "form-control"}),
    )


class SkuField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return clean_sku(super().to_python(value) or "")


def _text(rows: int | None = None, extra_class: str = "", **attrs: str) -> forms.Widget:
    attrs |= {"class": f"form-control {extra_class}".strip(), "autocomplete": "off"}
    return forms.TextInput(attrs) if rows is None else forms.Textarea(attrs | {"rows": rows})


class ProductForm(forms.Form):
    """All fields of a product; `stored` is the product as it is stored, None for a new one."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sku = SkuField(
        label="SKU",
        max_length=SKU_LENGTH,
        widget=_text(extra_class="mono", autofocus=""),
    )
    name = forms.CharField(max_length=NAME_LENGTH, widget=_text())
    description = forms.CharField(
        required=False, strip=False, max_length=DESCRIPTION_LENGTH, widget=_text(rows=4)
    )
    price = price_field()
    active = forms.BooleanField(
        required=False, initial=True, widget=forms.CheckboxInput({"class": "form-check-input"})
    )

    def __init__(self, data: QueryDict | None = None, *, stored: Product | None = None) -> None:
        initial = _initial(stored) if stored else None
        # The list has fields of the same names, and the dialog is part of its page.
        super().__init__(data, initial=initial, auto_id="product_%s", use_required_attribute=False)
        self.stored = stored
        self._typed_attributes = _typed_attributes(data) if data is not None else []

    @property
    def attribute_rows(self) -> list[tuple[str, str]]:
        """Names and values as they were typed or are stored, and some empty ones."""
        rows = self._typed_attributes if self.is_bound else list(self._stored_attributes.items())
        return rows + SPARE_ROWS * [("", "")]

    @property
    def _stored_attributes(self) -> dict[str, str]:
        return self.stored.attributes if self.stored else {}

    def clean_description(self) -> str:
        stored = self.stored.description if self.stored else ""
        return _line_ends_as_in(stored, self.cleaned_data["description"])

    def clean(self) -> dict[str, Any]:
        try:
            self.cleaned_data["attributes"] = self._clean_attributes()
        except ApiValidationError as error:
            self.add_error(None, forms.ValidationError(list(_flat(error.detail))))
        return self.cleaned_data

    def _clean_attributes(self) -> dict[str, str]:
        stored = self._stored_attributes
        for name, count in Counter(name for name, _ in self._typed_attributes).items():
            if not name:
                raise ApiValidationError("An attribute needs a name.")
            if count > 1:
                raise ApiValidationError(f"There is more than one attribute {name}.")
        for name, value in self._typed_attributes:
            if not value:
                raise ApiValidationError(f"Give the attribute {name} a value, or remove it.")
        attributes = {
            name: _line_ends_as_in(stored.get(name, ""), text)
            for name, text in self._typed_attributes
        }
        return AttributesField().run_validation(attributes)  # type: ignore[no-any-return]

    def product_fields(self) -> ProductFields:
        """The fields to write; only for a valid form."""
        return {name: self.cleaned_data[name] for name in COLUMN_NAMES}  # type: ignore[return-value]

    def expected_version(self) -> int:
        """The version that the person has seen; 0, which is never stored, if it is missing."""
        return self.cleaned_data["version"] or 0


class CellForm(forms.Form):
    """One cell of the list: the price of a product, or its state."""

    version = forms.IntegerField(required=False)
    price = price_field()
    active = forms.TypedChoiceField(
        choices=[("true", "active"), ("false", "off")], coerce=lambda text: text == "true"
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.cell = "active" if "active" in data else "price"
        del self.fields["price" if self.cell == "active" else "active"]

    @property
    def typed(self) -> str:
        return str(self.data.get(self.cell, ""))

    @property
    def error(self) -> str:
        return " ".join(map(str, self.errors.get(self.cell, [])))


class BulkDeleteForm(forms.Form):
    """The number of products to delete, typed by a person."""

    confirm = forms.IntegerField(
        min_value=1,
        widget=_text(inputmode="numeric", autofocus=""),
        error_messages={
            "required": "Type the number of products to confirm.",
            "invalid": "Type the number of products in digits.",
        },
    )

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        typed = None if data is None else _without_separators(data)
        super().__init__(typed, use_required_attribute=False)


def _without_separators(data: Mapping[str, str]) -> dict[str, str]:
    """The data without thousands separators: the page shows 1,234,567, so some will type that."""
    return {"confirm": data.get("confirm", "").replace(",", "").replace(" ", "")}


def _initial(stored: Product) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in (*FIELD_NAMES, "version")}


def _typed_attributes(data: QueryDict) -> list[tuple[str, str]]:
    names, values = data.getlist("attribute_name"), data.getlist("attribute_value")
    rows = zip(names, values, strict=False)
    return [(name, _plain_line_ends(value)) for name, value in rows if name or value]


def _plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line_ends_as_in(stored: str, text: str) -> str:
    """Browsers rewrite line ends; a text that differs in nothing else was not changed."""
    text = _plain_line_ends(text)
    return stored if text == _plain_line_ends(stored) else text


def _flat(detail: Any) -> list[str]:
    if isinstance(detail, dict):
        return [f"{name}: {text}" for name, part in detail.items() for text in _flat(part)]
    if isinstance(detail, list):
        return [text for part in detail for text in _flat(part)]
    return [str(detail)]
