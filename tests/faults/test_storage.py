"""A disk is full: that of the uploads, or that of the database."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from pytest_django import DjangoDbBlocker
from rest_framework.authtoken.models import Token

from conftest import SharedWorker
from imports.models import Import
from jobs.errors import DISK_FULL
from stack import accounts
from tests import oracle
from tests.faults.databases import a_database
from tests.faults.servers import a_folder
from tests.faults.stacks import Stack, a_stack, in_the_middle_of_applying
from tests.faults.undisturbed import BEFORE, assert_failed, assert_undisturbed, stored
from tests.processes import wait_until
from tests.tus import TusClient

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

MIB = 1024 * 1024
MAX_TRIES = 2


def assert_answers(stack: Stack, user: User) -> None:
    """Whoever looks gets what is there."""
    client = stack.client(user)
    assert client.get("/api/products/").json()["results"]
    assert client.get("/api/imports/").json()["results"]


# --- Disks with little room ---------------------------------------------------------------


@dataclass(frozen=True)
class Disk:
    """A file system of a few megabytes, some of which a filler takes."""

    folder: Path

    def fill(self, *, but: int = 0) -> None:
        """Leave `but` bytes free."""
        self.make_room()
        with (self.folder / "filler").open("wb") as filler:
            room = shutil.disk_usage(self.folder).free - but
            os.posix_fallocate(filler.fileno(), 0, room)

    def make_room(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)


@contextmanager
def a_disk(folder: Path, mebibytes: int) -> Iterator[Disk]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk can't be mounted here: {getattr(error, 'stderr', error)}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


# --- The disk of the uploads --------------------------------------------------------------


@pytest.fixture
def small_media(
    transactional_db: None, stack_env: dict[str, str], shared_worker: SharedWorker
) -> Iterator[tuple[Disk, Stack]]:
    """A site whose uploads have 4 MiB."""
    shared_worker.send_away()
    with (
        a_folder() as var,
        a_disk(var.root / "media", 4) as disk,
        a_stack(stack_env | {"VAR_DIR": str(var.root)}) as stack,
    ):
        yield disk, stack


def files_in(disk: Disk) -> list[Path]:
    return [path for path in disk.folder.rglob("*") if path.is_file() and path.name != "filler"]


def assert_no_room_for(file: Path, disk: Disk, stack: Stack, user: User) -> None:
    answer = stack.client(user).upload(file)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert files_in(disk) == []
    assert not Import.objects.exists()


@pytest.fixture
def light_sample(tmp_path: Path) -> Path:
    """Small enough to be received in memory."""
    path = tmp_path / "light.csv"
    call_command("sample_products", str(path), rows=10_000, seed=4)
    return path


def test_no_room_for_an_upload(
    small_media: tuple[Disk, Stack], sample: Path, light_sample: Path, user: User
) -> None:
    disk, stack = small_media
    # One is received on the disk; the other in memory, and then put there.
    assert light_sample.stat().st_size < 2.5 * MIB < 4 * MIB < sample.stat().st_size
    assert_no_room_for(sample, disk, stack, user)
    disk.fill(but=MIB // 2)
    assert_no_room_for(light_sample, disk, stack, user)
    disk.make_room()
    assert_undisturbed(stack.upload(light_sample, user), light_sample)


def test_no_room_for_a_part(
    small_media: tuple[Disk, Stack], light_sample: Path, user: User
) -> None:
    disk, stack = small_media
    content = light_sample.read_bytes()
    client = TusClient(stack.url, Token.objects.get_or_create(user=user)[0].key)
    upload = client.create(len(content))
    client.patch(upload, 0, content[:1_000])
    disk.fill(but=MIB // 2)
    answer = client.patch(upload, 1_000, content[1_000:])
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert [file.stat().st_size for file in files_in(disk)] == [1_000]
    disk.make_room()
    client.go_on(upload, content, part_bytes=len(content))
    done = stack.client(user).wait(client.start_import(upload)["id"])
    assert done["sha256"] == hashlib.sha256(content).hexdigest()


# --- The disk of the database -------------------------------------------------------------


@pytest.fixture(scope="module")
def small_database(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    stack_env: dict[str, str],
    shared_worker: SharedWorker,
) -> Iterator[tuple[Disk, Stack]]:
    """A site whose tables, but not the server's log, are on a disk of 64 MiB."""
    shared_worker.send_away()
    with a_folder() as var, a_disk(var.root / "disk", 64) as disk, django_db_blocker.unblock():
        space = disk.folder / "space"
        space.mkdir()
        if account := accounts.choose(space):
            os.chown(space, account.uid, account.gid)
        setup = (
            f"CREATE TABLESPACE small LOCATION '{space}'",
            "ALTER DATABASE product_importer SET TABLESPACE small",
        )
        with a_database(setup=setup) as database:
            env = {"DATABASE_URL": database.url, "JOB_MAX_TRIES": str(MAX_TRIES)}
            with a_stack(stack_env | env) as stack:
                yield disk, stack


@pytest.fixture
def cramped(
    small_database: tuple[Disk, Stack], transactional_db: None, empty_broker: None
) -> Iterator[tuple[Disk, Stack]]:
    yield small_database
    small_database[0].make_room()


def test_no_room_to_stage(cramped: tuple[Disk, Stack], small_sample: Path, user: User) -> None:
    disk, stack = cramped
    import_ = stored(small_sample, user)
    before = oracle.catalogue()
    disk.fill(but=MIB)
    assert_failed(import_, "database_error", DISK_FULL)
    assert oracle.catalogue() == before
    assert_answers(stack, user)
    disk.make_room()
    stack.retry(import_, user)
    assert_undisturbed(import_, small_sample)


def test_no_room_to_apply(cramped: tuple[Disk, Stack], small_sample: Path, user: User) -> None:
    disk, stack = cramped
    import_ = stored(small_sample, user)
    with in_the_middle_of_applying(import_):
        disk.fill(but=MIB // 4)
    wait_until(lambda: has_given_up(import_), seconds=60, what="the last try")
    # That it failed has to be written too.
    disk.fill(but=MIB)
    assert_failed(import_, "database_error", DISK_FULL)
    assert_nothing_half_applied(import_)
    assert_answers(stack, user)
    disk.make_room()
    stack.retry(import_, user)
    assert_undisturbed(import_, small_sample)


def has_given_up(import_: Import) -> bool:
    outstanding = import_.ranges.filter(number__in=import_.outstanding_ranges())
    return not outstanding.filter(tries__lt=MAX_TRIES).exists()


def assert_nothing_half_applied(import_: Import) -> None:
    """The counts of the ledger agree with the catalogue."""
    progress = import_.progress
    written = sum(product.name != BEFORE for product in oracle.catalogue().values())
    assert written == progress.created + progress.updated
