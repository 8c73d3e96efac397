"""The stored file is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import connection

from conftest import SharedWorker
from imports.importing import FILE_GONE
from tests import oracle
from tests.faults.stacks import Stack, a_stack, in_the_middle_of_applying
from tests.faults.undisturbed import assert_failed, assert_undisturbed, staging_tables, stored

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shared_stack(stack_env: dict[str, str], shared_worker: SharedWorker) -> Iterator[Stack]:
    shared_worker.send_away()
    with a_stack(stack_env) as stack:
        yield stack


@pytest.fixture
def stack(transactional_db: None, empty_broker: None, shared_stack: Stack) -> Stack:
    return shared_stack


def test_deleted_before_reading(stack: Stack, small_sample: Path, user: User) -> None:
    import_ = stored(small_sample, user)
    before = oracle.catalogue()
    default_storage.delete(import_.parts[0])
    assert_failed(import_, "file_gone", FILE_GONE)
    assert oracle.catalogue() == before
    assert not import_.ledger.exists()


def test_deleted_between_reading_and_applying(stack: Stack, small_sample: Path, user: User) -> None:
    import_ = stored(small_sample, user)
    with in_the_middle_of_applying(import_):
        default_storage.delete(import_.parts[0])
    assert_undisturbed(import_, small_sample)


def test_deleted_and_the_staging_table_lost(stack: Stack, small_sample: Path, user: User) -> None:
    import_ = stored(small_sample, user)
    with in_the_middle_of_applying(import_), connection.cursor() as cursor:
        default_storage.delete(import_.parts[0])
        for table in staging_tables(import_):
            cursor.execute(f"TRUNCATE {table}")
        applied = oracle.catalogue()
    assert_failed(import_, "file_gone", FILE_GONE)
    assert oracle.catalogue() == applied
    with small_sample.open("rb") as file:
        default_storage.save(import_.parts[0], file)
    stack.retry(import_, user)
    assert_undisturbed(import_, small_sample)
