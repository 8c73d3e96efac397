from __future__ import annotations

import errno
import hashlib
import io
from datetime import timedelta
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from imports import stored_file
from imports.intake import uploads
from imports.intake.uploads import Body, Checksum
from imports.models import Import, Upload
from imports.stored_file import StoredFile

CONTENT = b"sku,name\nA,Lamp\nB,Desk\n"


def begin(user: User, size: int = len(CONTENT)) -> Upload:
    return uploads.begin(user=user, filename="spring.csv", size_bytes=size, metadata="")


def receive(upload: Upload, data: bytes, **options: Any) -> Upload:
    """One request that brings `data` to where the upload stands."""
    fresh = Upload.objects.get(pk=upload.pk)
    arguments = {"offset": fresh.offset, "length": len(data), **options}
    return uploads.receive(fresh, io.BytesIO(data), **arguments)


def stands_at(upload: Upload) -> int:
    return Upload.objects.get(pk=upload.pk).offset


def content(upload: Upload) -> bytes:
    parts = Upload.objects.get(pk=upload.pk).parts
    if not parts:
        return b""
    with StoredFile(parts) as file:
        return file.readall()


def stored(upload: Upload) -> list[str]:
    try:
        return default_storage.listdir(upload.folder)[1]
    except FileNotFoundError:
        return []


class Breaking:
    """A body whose connection breaks when its bytes are gone."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        if data := self._data.read(size):
            return data
        raise ConnectionResetError


# --- What arrives -------------------------------------------------------------------------


@given(data=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400)), part=st.integers(1, 99))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.django_db
def test_any_cutting_gives_the_same_bytes(
    data: bytes, cuts: list[int], part: int, user: User
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.UPLOAD_PART_BYTES", part)
        patch.setattr("django.conf.settings.UPLOADS_PER_USER", 1_000)
        upload = begin(user, len(data))
        edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        for start, end in pairwise(edges):
            assert receive(upload, data[start:end]).offset == end
    assert content(upload) == data
    assert Upload.objects.get(pk=upload.pk).is_complete


def test_a_large_body_is_stored_in_parts(user: User, settings: Settings) -> None:
    settings.UPLOAD_PART_BYTES = 10
    upload = receive(begin(user), CONTENT)
    assert [default_storage.size(name) for name in upload.parts] == [10, 10, 3]
    assert content(upload) == CONTENT


@pytest.mark.parametrize(("arrived", "kept"), [(0, 0), (5, 5), (10, 10), (17, 17)])
def test_what_came_before_a_break_is_kept(
    user: User, settings: Settings, arrived: int, kept: int
) -> None:
    settings.UPLOAD_PART_BYTES = 10
    upload = begin(user)
    body: Body
    for body in (Breaking(CONTENT[:arrived]), io.BytesIO(b"")):
        fresh = Upload.objects.get(pk=upload.pk)
        uploads.receive(fresh, body, offset=fresh.offset, length=len(CONTENT) - fresh.offset)
        assert stands_at(upload) == kept
    receive(upload, CONTENT[kept:])
    assert content(upload) == CONTENT


@pytest.mark.parametrize("algorithm", uploads.ALGORITHMS)
def test_a_checksum_is_kept_to(user: User, settings: Settings, algorithm: str) -> None:
    settings.UPLOAD_PART_BYTES = 10
    upload = begin(user)
    right = Checksum(algorithm, hashlib.new(algorithm, CONTENT).digest())
    with pytest.raises(uploads.ChecksumMismatch):
        receive(upload, CONTENT[::-1], checksum=right)
    assert (stands_at(upload), stored(upload)) == (0, [])
    receive(upload, CONTENT, checksum=right)
    assert content(upload) == CONTENT


def test_a_checksum_of_fewer_bytes_than_were_reported_fits_nothing(user: User) -> None:
    upload = begin(user)
    checksum = Checksum("sha1", hashlib.sha1(CONTENT[:5]).digest())
    with pytest.raises(uploads.ChecksumMismatch):
        receive(upload, CONTENT[:5], length=len(CONTENT), checksum=checksum)
    assert (stands_at(upload), stored(upload)) == (0, [])


def test_of_a_broken_request_with_a_checksum_nothing_is_kept(user: User) -> None:
    upload = begin(user)
    checksum = Checksum("sha1", hashlib.sha1(CONTENT).digest())
    with pytest.raises(uploads.ChecksumMismatch):
        uploads.receive(
            upload, Breaking(CONTENT[:5]), offset=0, length=len(CONTENT), checksum=checksum
        )
    assert (stands_at(upload), stored(upload)) == (0, [])


def test_a_part_belongs_where_the_upload_stands(user: User) -> None:
    upload = begin(user)
    receive(upload, CONTENT[:5])
    for offset in (0, 4, 6, 100):
        with pytest.raises(uploads.OffsetMoved):
            receive(upload, CONTENT[offset:][:1], offset=offset)
    assert content(upload) == CONTENT[:5]


def test_more_than_the_file_has_is_refused_unread(user: User) -> None:
    upload = begin(user)
    receive(upload, CONTENT[:5])
    with pytest.raises(uploads.TooLarge):
        receive(upload, b"", length=len(CONTENT) - 4)
    assert stands_at(upload) == 5


def test_parts_are_not_without_number(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_PARTS", 2)
    upload = begin(user)
    for _ in range(2):
        receive(upload, b"x")
    with pytest.raises(uploads.TooManyParts):
        receive(upload, b"x")


def test_a_full_disk_keeps_the_parts_before(
    user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UPLOAD_PART_BYTES = 10
    upload = begin(user)
    save = default_storage.save

    def fill(name: str, file: Any) -> str:
        if stored(upload):
            raise OSError(errno.ENOSPC, "No space left on device")
        return save(name, file)

    monkeypatch.setattr(default_storage, "save", fill)
    with pytest.raises(OSError, match="No space left"):
        receive(upload, CONTENT)
    monkeypatch.undo()
    assert (stands_at(upload), len(stored(upload))) == (10, 1)
    receive(upload, CONTENT[10:])
    assert content(upload) == CONTENT


# --- Several at once ----------------------------------------------------------------------


class Meeting:
    """A body whose last bytes come when all others are as far."""

    def __init__(self, data: bytes, barrier: Barrier) -> None:
        self._data = io.BytesIO(data)
        self._barrier = barrier

    def read(self, size: int, /) -> bytes:
        if self._data.tell() == 0:
            self._barrier.wait(60)
        return self._data.read(size)


@pytest.mark.django_db(transaction=True)
def test_of_several_at_one_offset_one_counts(user: User) -> None:
    upload, count = begin(user), 4
    barrier = Barrier(count)
    outcomes: list[str] = []

    def send(number: int) -> None:
        body = Meeting(bytes([65 + number]) * 5, barrier)
        try:
            uploads.receive(Upload.objects.get(pk=upload.pk), body, offset=0, length=5)
            outcomes.append("kept")
        except uploads.OffsetMoved:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=send, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept"] + ["refused"] * (count - 1)
    assert stands_at(upload) == 5
    assert len(stored(upload)) == 1
    assert len(set(content(upload))) == 1


def test_a_part_comes_too_late_for_an_upload_that_is_gone(user: User) -> None:
    upload = begin(user)
    late = Upload.objects.get(pk=upload.pk)
    uploads.terminate(upload)
    with pytest.raises(uploads.OffsetMoved):
        uploads.receive(late, io.BytesIO(CONTENT), offset=0, length=len(CONTENT))
    assert stored(upload) == []


# --- Limits -------------------------------------------------------------------------------


def test_a_file_over_the_limit_is_refused_at_once(user: User, settings: Settings) -> None:
    settings.IMPORT_FILE_BYTES = 100
    begin(user, 100)
    with pytest.raises(uploads.TooLarge):
        begin(user, 101)


def test_an_account_has_so_many_unfinished_uploads(user: User, settings: Settings) -> None:
    settings.UPLOADS_PER_USER = 2
    first = begin(user)
    begin(user)
    with pytest.raises(uploads.TooManyUploads):
        begin(user)
    begin(User.objects.create_user("ben"))
    uploads.terminate(first)
    begin(user)


# --- What becomes of it -------------------------------------------------------------------


def make_import(upload: Upload) -> Import:
    import_ = Import.objects.create(kind="import", size_bytes=1, parts=upload.parts)
    uploads.hand_over(upload, import_)
    return import_


def expire(upload: Upload, *, minutes: int = 2) -> None:
    past = timezone.now() - timedelta(minutes=minutes)
    Upload.objects.filter(pk=upload.pk).update(expires_at=past)


def test_an_upload_is_found_by_its_owner_alone(user: User) -> None:
    upload = begin(user)
    assert uploads.find(upload.pk, user) == upload
    with pytest.raises(uploads.UploadOfAnother):
        uploads.find(upload.pk, User.objects.create_user("ben"))
    with pytest.raises(uploads.UnknownUpload):
        uploads.find(uuid4(), user)


def test_an_import_takes_an_upload_once(user: User) -> None:
    upload = receive(begin(user), CONTENT)
    import_ = make_import(upload)
    with pytest.raises(uploads.UploadUsed) as used:
        make_import(upload)
    assert used.value.import_id == import_.pk
    with pytest.raises(uploads.UploadUsed):
        uploads.find(upload.pk, user)
    with pytest.raises(uploads.UploadUsed):
        uploads.terminate(upload)
    assert content(upload) == CONTENT


def test_what_is_complete_can_be_reported(user: User) -> None:
    upload = receive(begin(user), CONTENT[:5])
    with pytest.raises(uploads.UploadIncomplete) as incomplete:
        uploads.find_complete(upload.pk, user)
    assert "5 of 23 bytes" in incomplete.value.detail
    receive(upload, CONTENT[5:])
    assert uploads.find_complete(upload.pk, user) == upload


def test_terminating_deletes_the_parts(user: User) -> None:
    upload = receive(begin(user), CONTENT)
    uploads.terminate(upload)
    assert stored(upload) == []
    for again in (uploads.terminate, lambda upload: uploads.find(upload.pk, user)):
        with pytest.raises(uploads.UnknownUpload):
            again(upload)


def test_a_part_puts_the_expiry_off(user: User) -> None:
    upload = begin(user)
    before = Upload.objects.get(pk=upload.pk).expires_at
    receive(upload, b"x")
    assert Upload.objects.get(pk=upload.pk).expires_at > before


def test_an_expired_upload_takes_nothing(user: User) -> None:
    upload = begin(user)
    expire(upload)
    with pytest.raises(uploads.OffsetMoved):
        receive(upload, CONTENT)
    with pytest.raises(uploads.UnknownUpload):
        uploads.find(upload.pk, user)
    assert stored(upload) == []


def test_what_has_expired_is_swept(user: User) -> None:
    upload, lasting = receive(begin(user), CONTENT), receive(begin(user), CONTENT)
    expire(upload)
    uploads.sweep()
    assert list(Upload.objects.all()) == [lasting]
    assert (stored(upload), len(stored(lasting))) == ([], 1)


def test_one_that_can_not_be_removed_keeps_none_of_the_others(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = begin(user), begin(user)
    expire(stuck)
    expire(other)
    remove = stored_file.delete_folder

    def refuse_one(folder: str, **options: Any) -> None:
        if folder == stuck.folder:
            raise PermissionError
        remove(folder, **options)

    monkeypatch.setattr(stored_file, "delete_folder", refuse_one)
    uploads.sweep()
    assert list(Upload.objects.all()) == [stuck]


def test_a_moment_is_left_to_who_is_about_to_use_it(user: User) -> None:
    upload = begin(user)
    expire(upload, minutes=0)
    uploads.sweep()
    assert Upload.objects.filter(pk=upload.pk).exists()


def test_sweeping_leaves_an_import_its_parts_and_nothing_else(user: User) -> None:
    upload = receive(begin(user), CONTENT)
    import_ = make_import(upload)
    default_storage.save(f"{upload.folder}/stored-and-never-counted", io.BytesIO(b"x"))
    expire(upload)
    uploads.sweep()
    assert [f"{upload.folder}/{name}" for name in stored(upload)] == import_.parts
    assert not Upload.objects.exists()
    with StoredFile(import_.parts) as file:
        assert file.readall() == CONTENT


def test_uploads_of_a_deleted_account_wait_for_their_end(user: User) -> None:
    upload = receive(begin(user), CONTENT)
    user.delete()
    expire(upload)
    uploads.sweep()
    assert stored(upload) == []
