from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from imports.tests.conftest import Run
from imports.tests.test_importing import HEADER, codes, counts, product
from jobs import requests, runner
from products.models import Product


@pytest.mark.parametrize("bad", ["B,Desk,,x,\n", ",Desk,,1,\n"])
def test_abort_on_error_writes_nothing_and_shows_the_rows(run: Run, bad: str) -> None:
    import_ = run(HEADER + "A,Lamp,,1,\n" + bad, on_error="abort")
    assert (import_.status, import_.error_code) == ("failed", "too_many_errors")
    assert not Product.objects.exists()
    assert len(codes()) == import_.progress.rejected == 1


def test_abort_on_error_also_asks_the_catalogue(run: Run) -> None:
    product()
    import_ = run("sku,name\nNEW,Desk\nA,Lamp\n", on_error="abort", mode="create")
    assert import_.error_code == "too_many_errors"
    assert Product.objects.count() == 1
    assert codes() == [(3, "already_exists")]


def test_removing_most_of_the_catalogue_has_to_be_confirmed(run: Run) -> None:
    for sku in "ABC":
        product(sku=sku)
    refused = run("sku,name\nA,Lamp\n", missing="delete")
    assert refused.error_code == "too_many_missing"
    assert Product.objects.count() == 3
    confirmed = run("sku,name\nA,Lamp\n", missing="delete", confirm_missing=2)
    assert counts(confirmed) == {"unchanged": 1, "removed": 2}


def test_a_file_that_would_remove_too_much_shows_its_bad_rows(run: Run) -> None:
    """Once, also where a review had shown them already."""
    product()
    data = "sku,name\nA,Lamp\n,Rug\nNEW,Bed\n"
    import_ = run(data, missing="delete", mode="update", review=True)
    assert codes() == [(3, "sku_missing")]
    assert requests.cancel(import_)
    for sku in "BC":
        product(sku=sku)
    assert requests.retry(import_)
    runner.advance_alone(import_.pk)
    import_.refresh_from_db()
    assert import_.error_code == "too_many_missing"
    assert codes() == [(3, "sku_missing"), (4, "not_found")]
    assert counts(import_) == {"rejected": 2}


def test_a_retry_does_not_judge_what_it_has_written_itself(run: Run, settings: Settings) -> None:
    settings.IMPORT_RANGE_ROWS = 1
    import_ = run("sku,name\nA,Lamp\nB,Desk\nC,Rug\n", mode="create", on_error="abort", review=True)
    assert requests.apply(import_)
    runner.advance(import_.pk, spread=lambda *_: None)  # one range alone
    assert 0 < Product.objects.count() < 3
    assert requests.cancel(import_)
    assert requests.retry(import_)
    runner.advance_alone(import_.pk)
    import_.refresh_from_db()
    assert (import_.status, counts(import_)) == ("completed", {"created": 3})


def test_what_the_catalogue_refuses_since_a_review_ends_its_retry(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", mode="create", on_error="abort", review=True)
    assert requests.cancel(import_)
    product(sku="a")
    assert requests.retry(import_)
    runner.advance_alone(import_.pk)
    import_.refresh_from_db()
    assert (import_.error_code, counts(import_)) == ("too_many_errors", {"rejected": 1})
