"""What applying the staged rows would do now, before any of it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Self

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from imports import applying, sql, staging
from imports.models import Import
from jobs.errors import NotPrepared
from jobs.kinds import Counts
from products.models import Product


class Outlook:
    """Counts over all staged rows and the whole catalogue.

    Each is queried when it is first needed, and only once.
    """

    def __init__(self, import_: Import, cursor: CursorWrapper) -> None:
        self.import_ = import_
        self.cursor = cursor
        self.table = staging.table_name(import_.pk, import_.lease_token)
        self.parameters = applying.parameters_of(import_) | {"low": None, "high": None}

    @classmethod
    @contextmanager
    def on(cls, import_: Import) -> Iterator[Self]:
        """The outlook of an import, in a transaction.

        Raises NotPrepared if its staging table is gone or was emptied.
        """
        with transaction.atomic(), connection.cursor() as cursor:
            outlook = cls(import_, cursor)
            if not staging.is_intact(outlook.table, cursor):
                raise NotPrepared(outlook.table)
            cursor.execute("SELECT set_config('work_mem', %s, true)", [applying.WORK_MEM])
            yield outlook

    @cached_property
    def counts(self) -> Counts:
        """The number of valid rows with each outcome, and of the products that would be removed."""
        counts = applying.counts_of(self.outcomes, self.valid_rows, self.skus)
        return counts | {"removed": self.missing}

    @cached_property
    def outcomes(self) -> Counter[str]:
        """The number of rows that count, by outcome or code."""
        return Counter(created=self.skus) if self.is_all_new else self.count_outcomes()

    @property
    def valid_rows(self) -> int:
        return self._valid[0]

    @property
    def skus(self) -> int:
        """The number of SKUs that the valid rows name."""
        return self._valid[1]

    @cached_property
    def _valid(self) -> tuple[int, int]:
        return applying.count_valid(self.cursor, self.table, self.parameters)

    @cached_property
    def is_all_new(self) -> bool:
        return applying.is_all_new(self.cursor, self.import_, self.parameters)

    @cached_property
    def missing(self) -> int:
        """The number of products that the file does not name and `missing` would remove."""
        return 0 if self.import_.missing == Import.Missing.KEEP else self.count_missing()

    @cached_property
    def catalogue(self) -> int:
        """The number of products."""
        return Product.objects.count()

    def count_outcomes(self) -> Counter[str]:
        return Counter(dict(self.query(sql.COUNT_OUTCOMES)))

    def count_missing(self) -> int:
        [(count,)] = self.query(sql.COUNT_MISSING)
        return int(count)

    def query(self, statement: str, **more: Any) -> list[tuple[Any, ...]]:
        """The result of a statement of imports.sql."""
        self.cursor.execute(statement.format(staging=self.table), self.parameters | more)
        return list(self.cursor.fetchall())
