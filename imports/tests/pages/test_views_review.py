"""The page of an import that waits for its review, and of one that was applied after it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from imports.tests.conftest import Run
from jobs import runner
from products.catalogue import create_product
from products.models import Product


def test_a_review_shows_cells_side_by_side(client: Client, run: Run) -> None:
    Product.objects.create(sku="A", name="Lamp", price=1)
    data = "sku,name,price\nA,Lamp,\nB,Mug <b>,3\nB,Desk,3\nX,,\n"
    import_ = run(data, review=True, mode="update")
    page = shown(client.get(f"/imports/{import_.pk}/"))
    assert "A Price 1.00 → empty" in page
    assert (
        "The price would be emptied in 1 of 1 products that the file names and the catalogue has."
        in page
    )
    assert "1 to fix, not in the catalogue" in page
    assert 'Line 4: There is no product with the SKU "B".' in page
    assert "Line 3: B is repeated; line 4 counts." in page
    assert "Count again" not in page


def test_a_review_is_counted_again_only_when_asked(client: Client, run: Run, user: User) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    url = f"/imports/{import_.pk}/"
    create_product(sku="A", name="Lamp", changed_by=user)
    for _ in range(2):
        page = shown(client.get(url))
        assert "Products were changed after this was counted" in page
        assert "Apply 1 change " in page
    assert client.post(f"{url}count/")["Location"] == url
    page = shown(client.get(url))
    assert "Products were changed" not in page
    assert "This import would change nothing in the catalogue." in page


def test_a_result_that_is_not_what_was_said_is_reported(
    client: Client, run: Run, user: User
) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    create_product(sku="A", name="Lamp", changed_by=user)
    client.post(f"/imports/{import_.pk}/apply/")
    runner.advance_alone(import_.pk)
    assert "The preview counted 1 new, the result is 0 new" in shown(
        client.get(f"/imports/{import_.pk}/")
    )


def test_a_review_from_before_there_were_previews_can_be_counted(client: Client, run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    import_.preview.delete()
    assert "Count now" in shown(client.get(f"/imports/{import_.pk}/"))
    client.post(f"/imports/{import_.pk}/count/")
    assert "Apply 1 change " in shown(client.get(f"/imports/{import_.pk}/"))


def test_a_difference_that_can_not_be_reported_says_why(client: Client, run: Run) -> None:
    done, waiting = run("sku,name\nA,Lamp\n"), run("sku,name\nB,Lamp\n", review=True)
    answer = client.get(f"/imports/{done.pk}/preview.csv")
    assert answer.status_code == 409
    assert "This import is not." in shown(answer)
    client.post(f"/imports/{done.pk}/count/")
    assert "not waiting for a review" in shown(client.get(f"/imports/{done.pk}/"))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE imports_staging_{waiting.pk}_{waiting.lease_token}")
    answer = client.get(f"/imports/{waiting.pk}/preview.csv")
    assert (answer.status_code, "the file is read again." in shown(answer)) == (
        409,
        True,
    )
    client.post(f"/imports/{waiting.pk}/count/")
    assert "database had to recover" in shown(client.get(f"/imports/{waiting.pk}/"))


def shown(answer: Any) -> str:
    """The text of a page, in one line."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))
