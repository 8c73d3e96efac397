"""What is removed after a review is what the review has shown."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from imports.models import Import
from imports.review import previewing, reviewing
from imports.review.reviewing import OtherRemovals
from imports.tests.conftest import Run
from products.catalogue import create_product
from products.models import Product


@pytest.fixture
def reviewed(run: Run, user: User) -> Import:
    """It would delete one product of three."""
    for sku in "ABC":
        create_product(sku=sku, name="Lamp", changed_by=user)
    return run("sku,name\nA,Lamp\nB,Lamp\n", review=True, missing="delete")


def test_what_was_shown_is_removed(reviewed: Import) -> None:
    assert reviewing.apply(reviewed)
    reviewed.refresh_from_db()
    assert reviewed.status == "applying"


def test_products_that_came_since_are_not_removed_unseen(reviewed: Import, user: User) -> None:
    create_product(sku="D", name="Lamp", changed_by=user)
    with pytest.raises(OtherRemovals, match="Count again"):
        reviewing.apply(reviewed)
    assert previewing.count_again(reviewed)
    assert reviewing.apply(reviewed)


def test_most_of_the_catalogue_is_not_removed_after_counting_again(
    reviewed: Import, user: User
) -> None:
    for sku in "DEFG":
        create_product(sku=sku, name="Lamp", changed_by=user)
    assert previewing.count_again(reviewed)
    with pytest.raises(OtherRemovals, match="would remove 5 products"):
        reviewing.apply(reviewed)
    reviewed.confirm_missing = 5
    assert reviewing.apply(reviewed)


def test_what_an_import_only_adds_needs_no_second_look(run: Run, user: User) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    create_product(sku="D", name="Lamp", changed_by=user)
    assert reviewing.apply(import_)


def test_a_file_that_has_to_be_read_again_is_looked_at_then(reviewed: Import, user: User) -> None:
    create_product(sku="D", name="Lamp", changed_by=user)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE imports_staging_{reviewed.pk}_{reviewed.lease_token}")
    assert reviewing.apply(reviewed)


def test_page_and_api_say_so(reviewed: Import, user: User, client: Client) -> None:
    create_product(sku="D", name="Lamp", changed_by=user)
    client.force_login(user)
    page = client.post(f"/imports/{reviewed.pk}/apply/", follow=True).content.decode()
    assert "Count again, and check what would be removed." in page
    answer = client.post(f"/api/imports/{reviewed.pk}/apply/")
    assert (answer.status_code, answer.json()["code"]) == (409, "preview_outdated")
    assert Product.objects.count() == 4
