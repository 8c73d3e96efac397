from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import cast

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from imports.models import Import
from imports.review.difference_file import difference_file, difference_response
from imports.tests.conftest import Run
from jobs import requests
from jobs.errors import NotPrepared
from product_files.judging.columns import MAX_ATTRIBUTES
from products.models import Product


def read(pieces: Iterable[bytes]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(pieces).decode(), newline="")))


def test_a_line_for_each_product_that_would_not_stay_as_it_is(run: Run) -> None:
    Product.objects.create(sku="A", name="Lamp", price=Decimal("1.50"))
    Product.objects.create(sku="B", name="Desk")
    Product.objects.create(sku="GONE", name="Old", attributes={"colour": "red"})
    data = "sku,price,colour\na,2,blue\nB,,\nC,3,\n"
    import_ = run(data, review=True, missing="delete", mapping={"colour": "attribute:colour"})
    assert read(difference_file(import_)) == [
        [
            *("outcome", "line", "sku", "sku now", "sku after", "price now", "price after"),
            *("attribute:colour now", "attribute:colour after"),
        ],
        ["updated", "2", "a", "A", "a", "1.50", "2.00", "", "blue"],
        ["name_missing", "4", "C", "", "", "", "", "", ""],
        ["removed", "", "GONE", "GONE", "", "", "", "red", ""],
    ]


def test_what_is_switched_off_has_active_now_and_after(run: Run) -> None:
    Product.objects.create(sku="A", name="Lamp")
    Product.objects.create(sku="B", name="Desk")
    import_ = run("sku,name\nA,Lamp\n", review=True, missing="deactivate")
    assert read(difference_file(import_))[1:] == [
        ["removed", "", "B", "B", "B", "Desk", "Desk", "true", "false"]
    ]


def test_what_a_spreadsheet_would_run_is_guarded(run: Run) -> None:
    Product.objects.create(sku="A", name="=1+1", attributes={"=b": "@c"})
    import_ = run("sku,name,b\nA,'+2,-3\n", review=True, mapping={"b": "attribute:=b"})
    header, line = read(difference_file(import_))
    assert header[-1] == "attribute:=b after"
    assert line[5:] == ["'=1+1", "'+2", "'@c", "'-3"]


def test_a_line_break_in_the_name_of_an_attribute_stays_in_the_header(run: Run) -> None:
    data = 'sku,"a\rb"\nA,x\n'
    Product.objects.create(sku="A", name="Lamp")
    import_ = run(data, review=True, mapping={"a\rb": "attribute:a\rb"})
    header, line = read(difference_file(import_))
    assert header[-1] == "attribute:a\rb after"
    assert line[-1] == "x"


def test_it_comes_range_by_range_in_the_order_of_the_keys(run: Run, settings: Settings) -> None:
    settings.IMPORT_RANGE_ROWS = 10
    data = "sku,name\n" + "".join(f"s{number:03},Lamp\n" for number in range(99, -1, -1))
    import_ = run(data, review=True)
    assert import_.ranges.count() > 5
    lines = read(difference_file(import_))[1:]
    assert [line[2] for line in lines] == [f"s{number:03}" for number in range(100)]


def test_as_many_attributes_as_there_may_be_are_told_apart(run: Run) -> None:
    names = [f"{{a}} % {number}'" for number in range(MAX_ATTRIBUTES)]
    Product.objects.create(sku="A", name="Lamp", attributes=dict.fromkeys(names, "old"))
    values = [str(number) for number in range(MAX_ATTRIBUTES)]
    data = f"sku,{','.join(names)}\nA,{','.join(values)}\n"
    import_ = run(data, review=True, mapping={name: f"attribute:{name}" for name in names})
    assert import_.preview.difference.changed == {f"attribute:{name}": 1 for name in names}
    header, line = read(difference_file(import_))
    assert header[5::2] == [f"attribute:{name} now" for name in names]
    assert line[5::2] == ["old"] * MAX_ATTRIBUTES
    assert line[6::2] == values


def test_it_is_an_attachment(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    response = difference_response(import_)
    assert response["Content-Disposition"] == (
        f'attachment; filename="import-{import_.pk}-preview.csv"'
    )
    assert len(read(cast("Iterable[bytes]", response.streaming_content))) == 2


def test_there_is_none_without_a_review(run: Run) -> None:
    with pytest.raises(NotPrepared):
        difference_response(run("sku,name\nA,Lamp\n"))


def test_there_is_none_of_what_a_crash_has_emptied(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE imports_staging_{import_.pk}_{import_.lease_token}")
    with pytest.raises(NotPrepared):
        difference_response(import_)


def test_it_breaks_off_where_the_import_goes_on_meanwhile(run: Run, settings: Settings) -> None:
    settings.IMPORT_RANGE_ROWS = 1
    import_ = run("sku,name\nA,Lamp\nB,Desk\nC,Mug\n", review=True)
    pieces = difference_file(import_)
    next(pieces)
    assert requests.apply(Import.objects.get(pk=import_.pk))
    with pytest.raises(NotPrepared):
        list(pieces)
