"""Products as JSON, and the validation of JSON that clients send."""

from __future__ import annotations

from typing import Any

from django_filters.utils import translate_validation
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from products.fields import COLUMN_NAMES, DESCRIPTION_LENGTH, NAME_LENGTH, SKU_LENGTH
from products.filters import ProductFilter
from products.history import Author, Entry, FieldChange
from products.models import Change, Product
from products.sku import clean_sku

MAX_ATTRIBUTES = 100


class TextField(serializers.CharField):
    """Text and nothing else: a number would lose how it was written, such as 007 or 1E5."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class SkuField(TextField):
    def to_internal_value(self, data: Any) -> str:
        sku = clean_sku(super().to_internal_value(data))
        if not sku:
            self.fail("blank")
        return sku


class AttributesField(serializers.DictField):
    """An object of non-empty strings, kept exactly as they are."""

    default_error_messages = {
        "too_many": f"A product can have at most {MAX_ATTRIBUTES} attributes.",
        "bad_name": "An attribute has a name that can't be used: {reason}",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=TextField(trim_whitespace=False), **kwargs)
        self.name_field = TextField(trim_whitespace=False)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        attributes: dict[str, str] = super().to_internal_value(data)
        if len(attributes) > MAX_ATTRIBUTES:
            self.fail("too_many")
        for name in attributes:
            self._check_name(name)
        return attributes

    def _check_name(self, name: str) -> None:
        try:
            self.name_field.run_validation(name)
        except serializers.ValidationError as error:
            self.fail("bad_name", reason=" ".join(map(str, error.detail)))


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product.

    A field that is left out of a POST or PUT gets its default value; a field that is left out of a
    PATCH stays as it is.
    """

    sku = SkuField(max_length=SKU_LENGTH)
    name = TextField(max_length=NAME_LENGTH)
    description = TextField(
        max_length=DESCRIPTION_LENGTH, allow_blank=True, trim_whitespace=False, default=""
    )
    price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, allow_null=True, default=None
    )
    active = serializers.BooleanField(default=True)
    attributes = AttributesField(default=dict)

    class Meta:
        model = Product
        fields = ("id", *COLUMN_NAMES, "version", "created_at", "updated_at")


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "boolean"}], "nullable": True})
class ValueField(serializers.Field[Any, Any, Any, Any]):
    """A value of a field before or after a change, as the product itself shows it."""

    def to_representation(self, value: Any) -> str | bool:
        return value if isinstance(value, bool) else str(value)


class FieldChangeSerializer(serializers.Serializer[FieldChange]):
    """The change of one field, or of one attribute, which is called `attribute:<name>`.

    `before` and `after` are null if there was or is no value.
    """

    field = serializers.CharField()
    before = ValueField()
    after = ValueField()


class EntryJobSerializer(serializers.Serializer[Author]):
    """The import or bulk delete that made the change."""

    id = serializers.IntegerField(source="job_id")
    name = serializers.CharField(source="job.name", default=None)


class EntrySerializer(serializers.Serializer[Entry]):
    """One change of a product; `version` is the version of the product after it."""

    action = serializers.ChoiceField(choices=Change.Action.choices)
    version = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="author.username", allow_null=True)
    job = serializers.SerializerMethodField()
    changes = FieldChangeSerializer(many=True)

    @extend_schema_field(EntryJobSerializer(allow_null=True))
    def get_job(self, entry: Entry) -> dict[str, Any] | None:
        return EntryJobSerializer(entry.author).data if entry.author.job_id else None


class BulkDeleteSerializer(serializers.Serializer[dict[str, Any]]):
    """Which products to delete: the same filters as for the list, or `all`.

    The validated data are `filters`, the query parameters that are filters, and `confirm`.
    """

    all = serializers.BooleanField(default=False)
    confirm = serializers.IntegerField(min_value=0, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        filters = _filters_of(self.initial_data)
        if attrs["all"] and filters:
            raise serializers.ValidationError("Give either filters or `all`, not both.")
        if attrs["all"] and "confirm" not in attrs:
            raise serializers.ValidationError(
                {"confirm": "Give the number of products that this will delete."}
            )
        if not attrs["all"] and not filters:
            raise serializers.ValidationError(
                'Give at least one filter, or {"all": true} with the number of products in'
                " `confirm`."
            )
        return {"filters": filters, "confirm": attrs.get("confirm")}


def _filters_of(data: dict[str, Any]) -> dict[str, str]:
    """The filters in the data of a request as query parameters, without those that are empty."""
    given = {name: value for name, value in data.items() if name not in {"all", "confirm"}}
    if unknown := given.keys() - ProductFilter.base_filters.keys():
        raise serializers.ValidationError(
            dict.fromkeys(sorted(unknown), "There is no such filter.")
        )
    filters = {name: _as_parameter(name, value) for name, value in given.items()}
    filterset = ProductFilter(data=filters)
    if not filterset.is_valid():
        raise translate_validation(filterset.errors)
    return {name: text for name, text in filters.items() if text.strip()}


def _as_parameter(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise serializers.ValidationError({name: "Give a string, a number, true or false."})
