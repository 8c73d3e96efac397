from __future__ import annotations

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.models import Import
from imports.outlook import Outlook
from imports.tests.conftest import Run
from jobs.errors import NotPrepared
from products.models import Product

FILE = "sku,name,price\n" + "".join(f"A{number},Mug,{number}\n" for number in range(1, 6))


@pytest.fixture
def catalogue(transactional_db: None) -> None:
    Product.objects.bulk_create(
        Product(sku=f"A{number}", name="Cup", price=number) for number in range(12)
    )


def whole_table_questions(queries: CaptureQueriesContext) -> Counter[str]:
    """What was asked about all staged rows or the whole catalogue, without any bounds."""
    asked = [query["sql"] for query in queries.captured_queries]
    texts = [
        re.sub(r"\s+", " ", re.sub(r"imports_staging_\d+_\d+", "staging", sql)) for sql in asked
    ]
    return Counter(
        text
        for text in texts
        if ("FROM imports_staging" in text or "products_product" in text)
        and "> coalesce('A" not in text
        and "LIMIT 1" not in text
        and not text.startswith(("COPY", "SELECT EXISTS", "INSERT", "UPDATE", "WITH changed"))
    )


@pytest.mark.parametrize("review", [True, False])
def test_preparing_asks_each_question_once(run: Run, catalogue: None, review: bool) -> None:
    with CaptureQueriesContext(connection) as queries:
        import_ = run(FILE, on_error="abort", missing="delete", confirm_missing=7, review=review)
    assert import_.status == ("review" if review else "completed"), import_.error_detail
    first_write = next(
        (i for i, query in enumerate(queries.captured_queries) if "plan" in query["sql"]), None
    )
    queries.final_queries = queries.initial_queries + (first_write or len(queries))
    asked = whole_table_questions(queries)
    assert max(asked.values()) == 1, asked.most_common(3)
    judged = [sql for sql in asked if "AS outcome" in sql and "= ANY" not in sql]
    missing = [sql for sql in asked if "NOT EXISTS" in sql]
    assert (len(judged), len(missing)) == (1, 1)
    counted = [sql for sql in asked if 'COUNT(*) AS "__count" FROM "products_product"' in sql]
    assert len(counted) <= 1


def test_an_import_that_nothing_can_refuse_asks_nothing(run: Run, catalogue: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        run(FILE)
    assert not [sql for sql in whole_table_questions(queries) if "GROUP BY outcome" in sql]


def test_what_is_gone_has_no_outlook(run: Run, catalogue: None) -> None:
    import_ = run(FILE, review=True)
    with Outlook.on(import_) as outlook:
        assert outlook.counts == {
            "created": 0,
            "updated": 5,
            "unchanged": 0,
            "duplicate": 0,
            "rejected": 0,
            "removed": 0,
        }
        assert (outlook.catalogue, outlook.missing) == (12, 0)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {outlook.table}")
    with pytest.raises(NotPrepared), Outlook.on(Import.objects.get(pk=import_.pk)):
        pass
