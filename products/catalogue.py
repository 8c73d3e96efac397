"""Every write to the catalogue that a person or the API makes.

Each is one transaction: the product, its next version, its before-image and its event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import wraps
from typing import Final, ParamSpec, TypedDict, TypeVar, Unpack

from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Now

from jobs.conflicts import is_conflict
from products.before_images import IMAGE_COLUMNS
from products.models import Change, Product
from products.serializers import ProductSerializer
from webhooks.events import emit

MAX_TRIES: Final = 5

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class ProductFields(TypedDict, total=False):
    """The fields that people set; they are validated and cleaned before they get here."""

    sku: str
    name: str
    description: str
    price: Decimal | None
    active: bool
    attributes: dict[str, str]


class SkuTaken(Exception):
    """Another product has this SKU, whatever its case."""

    def __init__(self, sku: str, holder_id: int | None) -> None:
        super().__init__(f"Another product has the SKU {sku}.")
        # None if that product was deleted a moment ago.
        self.holder_id = holder_id


class StaleVersion(Exception):
    """The product was changed since the caller looked at it."""


def repeated_on_conflict(write: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Repeat a write that PostgreSQL has aborted in favour of another one."""

    @wraps(write)
    def repeated(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        for _ in range(MAX_TRIES - 1):
            try:
                return write(*args, **kwargs)
            except OperationalError as error:
                if not is_conflict(error):
                    raise
        return write(*args, **kwargs)

    return repeated


@repeated_on_conflict
def create_product(*, changed_by: User | None, **fields: Unpack[ProductFields]) -> Product:
    """Add a product. Raises SkuTaken."""
    with _one_write(fields.get("sku")):
        product = Product.objects.create(**fields)
        _record(Change.Action.CREATED, product, {"version": 0}, changed_by)
    return product


@repeated_on_conflict
def update_product(
    *,
    product_id: int,
    changed_by: User | None,
    expected_version: int | None = None,
    **fields: Unpack[ProductFields],
) -> Product:
    """Set these fields; if none of them differs from what is stored, nothing is written.

    Raises Product.DoesNotExist, StaleVersion if the product is no longer at `expected_version`, and
    SkuTaken.
    """
    with _one_write(fields.get("sku")):
        product = _locked(product_id, expected_version)
        changes = {name: value for name, value in fields.items() if getattr(product, name) != value}
        if changes:
            before = _image(product)
            Product.objects.filter(pk=product.pk).update(
                **changes, version=product.version + 1, updated_at=Now(), changed_in=None
            )
            product.refresh_from_db()
            _record(Change.Action.UPDATED, product, before, changed_by)
    return product


@repeated_on_conflict
def delete_product(
    *, product_id: int, changed_by: User | None, expected_version: int | None = None
) -> None:
    """Delete a product; its history is kept. Raises Product.DoesNotExist and StaleVersion."""
    with transaction.atomic():
        product = _locked(product_id, expected_version)
        Product.objects.filter(pk=product.pk).delete()
        _record(Change.Action.DELETED, product, _image(product), changed_by)


@contextmanager
def _one_write(sku: str | None) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if sku is None or getattr(diagnosis, "constraint_name", "") != "product_sku_is_unique":
            raise
        holder = Product.objects.with_sku(sku).values_list("pk", flat=True).first()
        raise SkuTaken(sku, holder) from error


def _locked(product_id: int, expected_version: int | None) -> Product:
    product = Product.objects.select_for_update().get(pk=product_id)
    if expected_version not in (None, product.version):
        raise StaleVersion
    return product


def _image(product: Product) -> dict[str, object]:
    return {name: getattr(product, name) for name in IMAGE_COLUMNS}


def _record(
    action: Change.Action, product: Product, before: dict[str, object], changed_by: User | None
) -> None:
    """Write everything that belongs to a change, in its transaction; `product` is the new state."""
    Change.objects.create(product_id=product.pk, action=action, changed_by=changed_by, **before)
    emit(f"product.{action.value}", ProductSerializer(product).data)
