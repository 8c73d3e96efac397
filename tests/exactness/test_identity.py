"""When two SKUs are the same: if the database's `lower()` of their NFC forms is the same."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from django.db import connection
from rest_framework.test import APIClient

from products.models import Product
from tests import oracle
from tests.exactness.engine import Engine, counts_of

EVERY_CHARACTER = "generate_series(1, 1114111) c WHERE c NOT BETWEEN 55296 AND 57343"


def select(sql: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [(left, right) for left, right in cursor]


def with_case() -> dict[str, str]:
    """{character: its lower case in the database}, if the database or Python changes it."""
    lowered = dict(
        select(f"SELECT chr(c), lower(chr(c)) FROM {EVERY_CHARACTER} AND lower(chr(c)) <> chr(c)")
    )
    everything = map(chr, range(1, sys.maxunicode + 1))
    return {c: lowered.get(c, c) for c in everything if c in lowered or c.lower() != c}


def spellings(character: str, lower: str) -> Iterator[str]:
    for text in {character, lower, character.lower(), character.upper(), character.casefold()}:
        yield from {text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}


def test_every_character_that_has_a_case(engine: Engine) -> None:
    characters = with_case()
    assert len(characters) > 1_300
    skus = [sku for c, lower in characters.items() for sku in spellings(c, lower)]
    before: oracle.Catalogue = {}
    for seed in (1, 2):
        random.Random(seed).shuffle(skus)
        data = "sku,name\n" + "".join(f"{sku},Lamp\n" for sku in skus)
        catalogue, counts = oracle.expect(data.encode(), before)
        import_ = engine.run(data.encode(), range_rows=len(skus) // 5)
        assert import_.status == "completed", import_.error_detail
        assert counts_of(import_.progress) == counts
        assert oracle.catalogue() == catalogue
        before = catalogue


def newer_compositions() -> list[tuple[str, str]]:
    """(decomposed, composed) of the characters that only the database composes."""
    composed = select(
        f"SELECT normalize(chr(c), NFD), chr(c) FROM {EVERY_CHARACTER} AND chr(c) IS NFC NORMALIZED"
        " AND chr(c) IS NOT NFD NORMALIZED"
    )
    newer = [(a, c) for a, c in composed if unicodedata.normalize("NFC", a) != c]
    if not newer:
        pytest.skip("Python and PostgreSQL know the same compositions here.")
    return newer


def test_a_composition_that_python_does_not_know_yet(engine: Engine) -> None:
    pairs = newer_compositions()
    data = "sku,name\nA,Lamp\n" + "".join(f"{sku},Lamp\n" for pair in pairs for sku in pair)
    import_ = engine.run(data.encode())
    assert import_.status == "completed", import_.error_detail
    progress = import_.progress
    assert (progress.created, progress.duplicate) == (len(pairs) + 1, len(pairs))
    assert set(Product.objects.values_list("sku", flat=True)) == {"A", *(c for _, c in pairs)}


def test_a_person_may_write_it_too(engine: Engine, api: APIClient) -> None:
    apart, composed = newer_compositions()[0]
    api.raise_request_exception = False
    answer = api.post("/api/products/", {"sku": apart, "name": "Lamp"})
    assert answer.status_code == 201, answer.content
    assert answer.json()["sku"] == composed
