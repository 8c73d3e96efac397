from __future__ import annotations

import csv
import io

from imports.models import Import
from imports.rejects_file import rejects_file
from imports.tests.conftest import Run
from products.models import Product


def rows_of(import_: Import) -> list[list[str]]:
    text = b"".join(rejects_file(import_)).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_original_columns_then_line_code_and_message(run: Run) -> None:
    import_ = run("price,sku,note,name\nx,A,hm,Lamp\n1,B,,Desk\n1,,hm,Chair\n")
    header, *rows = rows_of(import_)
    assert header == ["price", "sku", "note", "name", "line", "code", "message"]
    assert [row[:6] for row in rows] == [
        ["x", "A", "hm", "Lamp", "2", "price_invalid"],
        ["1", "", "hm", "Chair", "4", "sku_missing"],
    ]
    assert all(row[6].endswith(".") for row in rows)


def test_short_rows_are_padded_and_surplus_cells_kept_aside(run: Run) -> None:
    header, *rows = rows_of(run("sku,name\nA\nB,Lamp,extra,more\n"))
    assert header == ["sku", "name", "line", "code", "message", "extra"]
    assert [row[:4] for row in rows] == [
        ["A", "", "2", "wrong_column_count"],
        ["B", "Lamp", "3", "wrong_column_count"],
    ]
    assert [row[5] for row in rows] == ["", "extra,more"]


def test_columns_of_the_file_keep_their_names_and_ours_get_a_prefix(run: Run) -> None:
    header, _ = rows_of(run("sku,name,Line,code\n,Lamp,7,x\n"))
    assert header == ["sku", "name", "Line", "code", "reject_line", "reject_code", "message"]


def test_bytes_that_are_no_text_are_shown(run: Run) -> None:
    _, first, second = rows_of(run(b"sku,name\nA,Caf\xe9\nB,L\0mp\n" + b"C,L\xc3\xa4mp\n" * 5))
    assert first[:4] == ["A", r"Caf\xe9", "2", "bad_encoding"]
    assert second[:4] == ["B", r"L\x00mp", "3", "nul_character"]


def test_cells_that_a_spreadsheet_would_run_are_guarded_and_come_back_as_they_were(
    run: Run,
) -> None:
    import_ = run('sku,name,price\n=1+1,"=HYPERLINK(""x"")",never\n')
    _, row = rows_of(import_)
    assert row[:2] == ["'=1+1", '\'=HYPERLINK("x")']
    corrected = b"".join(rejects_file(import_)).replace(b"never", b"5", 1)
    run(corrected)
    product = Product.objects.get()
    assert (product.sku, product.name) == ("=1+1", '=HYPERLINK("x")')
    assert product.price == 5


def test_a_guard_that_a_foreign_file_has_already_is_not_doubled(run: Run) -> None:
    _, row = rows_of(run("sku,name,price\n'=1,'quoted',x\n"))
    assert row[:2] == ["'=1", "'quoted'"]


def test_rejects_of_reading_and_of_applying_stand_in_file_order(run: Run) -> None:
    import_ = run("sku,name,price\nA,Lamp,1\nB,,x\nC,Desk,1\n", mode="update")
    assert [row[3:5] for row in rows_of(import_)[1:]] == [
        ["2", "not_found"],
        ["3", "name_missing"],
        ["4", "not_found"],
    ]


def test_an_import_without_rejects_has_a_header_alone(run: Run) -> None:
    assert len(rows_of(run("sku,name\nA,Lamp\n"))) == 1
