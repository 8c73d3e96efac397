"""The tables of the catalogue: products, their indexes, and their before-images."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.core.validators import MaxLengthValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length, Now
from django.db.models.lookups import Exact, LessThanOrEqual

from jobs.models import Job
from products.before_images import IMAGE_COLUMNS
from products.fields import DESCRIPTION_LENGTH, NAME_LENGTH, SKU_LENGTH
from products.querysets import ProductQuerySet, sku_key
from products.sku import SKU_TRIM


def _job_reference() -> models.ForeignKey[Any, Any]:
    """A job that touched a product.

    No constraint in the database: half a million rows of an import would check the same job
    half a million times. No index: the before-images of a job lead to its products.
    """
    return models.ForeignKey(
        Job,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )


class Product(models.Model):
    """One product. Written by products.catalogue (people, the API) and by imports alone."""

    sku = models.CharField(max_length=SKU_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH)
    description = models.TextField(
        blank=True, db_default="", validators=[MaxLengthValidator(DESCRIPTION_LENGTH)]
    )
    price = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    active = models.BooleanField(db_default=True)
    attributes = models.JSONField(blank=True, db_default=Value({}, models.JSONField()))
    # Goes up by one at every change; the ETag of the API.
    version = models.PositiveIntegerField(db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    created_in = _job_reference()
    changed_in = _job_reference()

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(sku_key(), name="product_sku_is_unique"),
            models.CheckConstraint(
                name="product_sku_is_trimmed",
                condition=Q(sku=Func(F("sku"), Value(SKU_TRIM), function="btrim")) & ~Q(sku=""),
            ),
            models.CheckConstraint(
                name="product_sku_is_nfc",
                # ASCII is NFC already; the full test costs a tenth of a large load.
                condition=Q(Exact(Length("sku"), Func(F("sku"), function="octet_length")))
                | Q(
                    Func(
                        F("sku"),
                        template="(%(expressions)s IS NFC NORMALIZED)",
                        output_field=models.BooleanField(),
                    )
                ),
            ),
            models.CheckConstraint(
                name="product_price_is_not_negative",
                condition=Q(price=None) | Q(price__gte=0),
            ),
            models.CheckConstraint(
                name="product_description_has_a_limit",
                # Bytes need no counting, and characters are never more.
                condition=Q(
                    LessThanOrEqual(
                        Func(
                            F("description"),
                            function="octet_length",
                            output_field=models.IntegerField(),
                        ),
                        DESCRIPTION_LENGTH,
                    )
                )
                | Q(LessThanOrEqual(Length("description"), DESCRIPTION_LENGTH)),
            ),
            models.CheckConstraint(
                name="product_attributes_are_an_object",
                condition=Exact(
                    Func(F("attributes"), function="jsonb_typeof", output_field=models.TextField()),
                    Value("object"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class Words(models.Model):
    """The texts of a product, for searches; written by triggers and products.indexing alone."""

    product_id = models.BigIntegerField(primary_key=True)
    # The product's version when its texts were copied.
    version = models.PositiveIntegerField()
    sku = models.CharField(max_length=SKU_LENGTH)
    name = models.CharField(max_length=NAME_LENGTH)
    description = models.TextField()

    class Meta:
        indexes = [
            # Searches for any part of a text that has three characters or more.
            GinIndex(
                *(OpClass(F(text), "gin_trgm_ops") for text in ("sku", "name", "description")),
                name="words_by_trigram",
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class SortKeys(models.Model):
    """The keys that a product is sorted by, except its SKU; written like the words."""

    product = models.OneToOneField(
        Product,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="sorting",
    )
    # The product's version when its keys were copied.
    version = models.PositiveIntegerField()
    name = models.TextField(db_collation="C")  # in lower case
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    active = models.BooleanField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            # A page of the list in each order, from any row on, in both directions.
            models.Index(name=f"sorted_by_{key}", fields=[key, "product"])
            for key in ("name", "price", "active", "created_at", "updated_at")
        ]

    def __str__(self) -> str:
        return f"sort keys of product {self.product_id}"


class Backlog(models.Model):
    """A large write that is not in the words and sort keys yet; see products.indexing."""

    since = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"backlog {self.pk}"


class BulkDelete(Job):
    """A job of kind `bulk_delete`, which deletes every product that matches some filters."""

    KIND: Final = "bulk_delete"

    # The query parameters of the product list, as they were; empty means every product.
    filters = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"bulk delete {self.pk}"


class Change(models.Model):
    """A product as it was before one change: the before-image that the history reads.

    The product after the change is in the next before-image, or is the product itself. If a job
    created the product, there is no row for that; `Product.created_in` is the job.
    """

    class Action(models.TextChoices):
        CREATED = "created"
        UPDATED = "updated"
        DELETED = "deleted"

    # Not a foreign key: the history of a product outlives it.
    product_id = models.BigIntegerField()
    action = models.CharField(max_length=10, choices=Action)
    job = _job_reference()
    # Null if a job made the change: the job has the person who started it.
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        db_index=False,
        related_name="+",
    )
    changed_at = models.DateTimeField(db_default=Now())

    # The product before; all null for `created`, except the version.
    version = models.PositiveIntegerField()
    sku = models.CharField(max_length=SKU_LENGTH, null=True)
    name = models.CharField(max_length=NAME_LENGTH, null=True)
    description = models.TextField(null=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    active = models.BooleanField(null=True)
    attributes = models.JSONField(null=True)
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)
    created_in = _job_reference()
    changed_in = _job_reference()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="change_keeps_a_version_once", fields=["product_id", "version"]
            ),
        ]
        indexes = [
            # The changes of one job; they are stored side by side, so a BRIN index is enough and
            # costs an import next to nothing.
            BrinIndex(name="change_of_job", fields=["job"], autosummarize=True),
            # Replaces the primary key's index, which a migration removes: ids only ever grow,
            # nothing refers to them, and only the admin looks one up.
            BrinIndex(name="change_by_id", fields=["id"], autosummarize=True),
            # The last changes of people; nearly all changes are those of jobs, which it leaves out.
            models.Index(name="change_by_person", fields=["-id"], condition=Q(job=None)),
        ]

    def __str__(self) -> str:
        return f"{self.action} product {self.product_id}"


def _check_columns(model: type[models.Model], *others: str) -> None:
    """Raise LookupError if a table does not have just these columns and those of before-images."""
    columns = {field.column for field in model._meta.local_fields}  # noqa: SLF001
    if odd := columns ^ {"id", *IMAGE_COLUMNS, *others}:
        raise LookupError(f"{model.__name__} and IMAGE_COLUMNS do not agree on: {odd}.")


# So that a field which has no column here stops the start and not an import.
_check_columns(Product)
_check_columns(Change, "product_id", "action", "job_id", "changed_by_id", "changed_at")
