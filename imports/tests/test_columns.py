from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection

from imports import staging, stored_file
from imports.columns import MAX_EXAMPLE_RECORDS, begin, read_columns
from imports.intake.submitting import submit
from imports.models import Import, Reject
from imports.tests.conftest import Run
from jobs import requests, runner
from jobs.leases import Lease, claim
from product_files.faults import FileFault
from products.models import Product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unsent")]


def held(data: bytes, user: User | None = None) -> Import:
    file = ContentFile(data, name="x.csv")
    return submit(file=file, filename="x.csv", user=user, held=True, review=True)


def advance(import_: Import) -> Import:
    runner.advance_alone(import_.pk)
    import_.refresh_from_db()
    return import_


def test_the_first_values_of_each_column_are_shown() -> None:
    rows = b"A,,1\nB,,1\nBAD\nC,  ,2\nD,x,3\n"
    file_columns = read_columns(held(b"code,note,n\n" + rows))
    assert file_columns.header == ["code", "note", "n"]
    assert file_columns.example_values == [["A", "B", "C"], ["x"], ["1", "2", "3"]]


def test_only_the_beginning_is_looked_at() -> None:
    rows = b"".join(b"%d,\n" % number for number in range(MAX_EXAMPLE_RECORDS)) + b"LAST,x\n"
    assert read_columns(held(b"code,note\n" + rows)).example_values[1] == []


def test_a_long_value_is_shortened() -> None:
    [[value]] = read_columns(held(b"code\n" + b"x" * 10_000 + b"\n")).example_values
    assert len(value) == 60


def test_another_delimiter_gives_other_columns() -> None:
    import_ = held(b"code;name,x\nA;Lamp,1\n")
    assert read_columns(import_, delimiter=",").header == ["code;name", "x"]
    assert read_columns(import_, delimiter=";").header == ["code", "name,x"]
    with pytest.raises(FileFault):
        read_columns(import_, delimiter="!")


def test_a_file_that_is_gone_is_reported() -> None:
    import_ = held(b"sku\nA\n")
    stored_file.delete(import_.parts)
    with pytest.raises(FileNotFoundError):
        read_columns(import_)


def test_a_held_import_is_read_only_when_its_columns_are_chosen(run: Run, user: User) -> None:
    import_ = advance(held(b"code,label\nA,Lamp\n", user))
    assert (import_.status, import_.rows_read) == ("pending", 0)
    assert begin(import_, mapping={"code": "sku", "label": "name"}, review=False)
    assert advance(import_).status == "completed"
    assert Product.objects.get().name == "Lamp"


@pytest.mark.parametrize(
    "title",
    [
        # With the columns chosen, each of these names the SKU as the header does.
        b"Code",
        b"Code,list",
        b"Spring\tCode",
    ],
)
def test_what_was_shown_is_what_is_read(run: Run, user: User, title: bytes) -> None:
    import_ = held(title + b"\n\nCode;Label;RRP\nA;Lamp;1\nB;Desk;2\n", user)
    for mapping in (
        {"Code": "sku", "Label": "name", "RRP": "ignore"},
        {"Code": "sku", "Label": "ignore", "RRP": "name"},
    ):
        assert read_columns(import_).header == ["Code", "Label", "RRP"]
        assert begin(import_, mapping=mapping)
        import_ = advance(import_)
        assert (import_.status, import_.error_detail) == ("review", "")
        assert (import_.header_line, import_.rows_read) == (3, 2)


def test_a_file_is_read_as_shown_each_time(run: Run, user: User) -> None:
    import_ = held(b"Code\n\nCode;Label\nA;Lamp\n", user)
    assert begin(import_, mapping={"Code": "sku", "Label": "name"})
    requests.cancel(import_)
    assert requests.retry(import_)
    assert advance(import_).header_line == 3


def test_a_review_is_read_anew_with_other_columns(run: Run) -> None:
    import_ = run("sku,name,price,rrp\nA,Lamp,x,1\nB,Desk,2,2\n", review=True)
    assert import_.progress.rejected == 1
    assert begin(import_, mapping=import_.mapping | {"price": "ignore", "rrp": "price"})
    import_ = advance(import_)
    assert (import_.status, import_.progress.rejected) == ("review", 0)
    assert not Reject.objects.exists()
    assert requests.apply(import_)
    import_ = advance(import_)
    assert (import_.status, import_.progress.created) == ("completed", 2)
    assert set(Product.objects.values_list("price", flat=True)) == {1, 2}


def test_what_was_reported_of_a_review_does_not_go_back(run: Run) -> None:
    import_ = run("sku,name,price\nA,Lamp,x\n", review=True)
    percent = import_.progress.percent
    assert begin(import_, mapping={"sku": "sku", "name": "name", "price": "ignore"})
    import_.refresh_from_db()
    assert import_.progress.percent >= percent
    assert (import_.header, import_.header_line, import_.encoding_samples) == ([], None, [])


def test_what_was_applied_meanwhile_is_not_read_anew(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    assert requests.apply(import_)
    assert not begin(import_, mapping={"sku": "name"})
    import_.refresh_from_db()
    assert import_.mapping["sku"] == "sku"


def staged(import_: Import) -> list[str]:
    names = connection.introspection.table_names()
    return [name for name in names if name.startswith(f"imports_staging_{import_.pk}_")]


def test_what_was_staged_for_other_columns_goes_when_it_is_read_anew(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    for _ in range(3):
        assert begin(import_, mapping=import_.mapping)
        import_ = advance(import_)
        assert staged(import_) == [staging.table_name(import_.pk, import_.lease_token)]


def test_what_can_not_be_dropped_yet_hinders_nobody(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    [earlier] = staged(import_)
    assert begin(import_, mapping=import_.mapping)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        other.cursor().execute(f"SELECT FROM {earlier}")
        assert advance(import_).status == "review"
        assert len(staged(import_)) == 2
    finally:
        other.close()
    assert requests.cancel(import_)
    assert staged(import_) == []


def test_whoever_read_it_before_is_fenced_out(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    earlier = Lease(import_.pk, import_.lease_token)
    assert begin(import_, mapping=import_.mapping)
    assert not earlier.renew()
    lease = claim(import_.pk)
    assert lease
    assert lease.token > earlier.token + 1
    assert not earlier.renew()
