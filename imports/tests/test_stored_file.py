from __future__ import annotations

import errno
import hashlib
import io
from collections.abc import Iterator

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from imports.stored_file import StoredFile, delete, delete_folder, store
from product_files.reading import open_reader
from product_files.tests.workbooks import pack, workbook


def test_parts_are_read_as_one_and_hashed() -> None:
    parts = [*store(ContentFile(b"sku,na")), *store(ContentFile(b"")), *store(ContentFile(b"me\n"))]
    with StoredFile(parts) as file:
        assert file.read(3) == b"sku"
        assert b"".join(iter(lambda: file.read(4), b"")) == b",name\n"
        assert file.sha256 == hashlib.sha256(b"sku,name\n").hexdigest()


def test_all_parts_are_read_at_once() -> None:
    parts = [*store(ContentFile(b"sku,na")), *store(ContentFile(b"me\n"))]
    with StoredFile(parts) as file:
        assert file.read() == b"sku,name\n"


def test_a_folder_goes_but_for_what_is_still_named() -> None:
    parts = [part for _ in range(3) for part in store(ContentFile(b"x"), folder="uploads/a")]
    delete_folder("uploads/a", keep=parts[:1])
    assert [default_storage.exists(part) for part in parts] == [True, False, False]
    delete_folder("uploads/a")
    assert not default_storage.exists("uploads/a")
    delete_folder("uploads/a")


PIECES = (b"sku,na", b"", b"me\nA1,", b"Mug\n")
WHOLE = b"".join(PIECES)
SHA256 = hashlib.sha256(WHOLE).hexdigest()


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return [part for piece in PIECES for part in store(ContentFile(piece))]


@given(
    st.lists(
        st.tuples(st.integers(-20, 20), st.sampled_from([0, 1, 2]), st.integers(0, 9)), max_size=8
    )
)
def test_parts_can_be_gone_back_and_forth_in_like_one_file(
    parts: list[str], steps: list[tuple[int, int, int]]
) -> None:
    plain = io.BytesIO(WHOLE)
    with StoredFile(parts) as file:
        for offset, whence, size in steps:
            base = (0, plain.tell(), len(WHOLE))[whence]
            if base + offset < 0:
                with pytest.raises(OSError, match="beginning"):
                    file.seek(offset, whence)
                continue
            assert file.seek(offset, whence) == plain.seek(base + offset)
            assert read_fully(file, size) == plain.read(size)
            assert file.tell() == plain.tell()
        assert file.sha256 == SHA256
        assert file.sha256 == SHA256


def read_fully(file: StoredFile, size: int) -> bytes:
    """As much as there is: one read may end where a part does."""
    data = b""
    while len(data) < size and (piece := file.read(size - len(data))):
        data += piece
    return data


def test_reading_in_order_opens_each_part_once_and_hashes_on_the_way(
    parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    opens = default_storage.open

    def count(name: str) -> File[bytes]:
        opened.append(name)
        return opens(name)

    monkeypatch.setattr(default_storage, "open", count)
    with StoredFile(parts) as file:
        while file.read(5):
            pass
        assert file.sha256 == SHA256
    assert opened == parts


def test_the_name_of_a_user_is_no_path() -> None:
    file = ContentFile(b"x", name="../../etc/passwd")
    (part,) = store(file)
    assert part.startswith("imports/")
    assert "passwd" not in part


def test_a_part_that_is_gone_is_not_found() -> None:
    parts = store(ContentFile(b"x"))
    delete(parts)
    with pytest.raises(FileNotFoundError), StoredFile(parts) as file:
        file.read()


def test_nothing_is_kept_of_what_does_not_fit() -> None:
    class TooLarge(ContentFile[bytes]):
        """The disk is full when half of it is written."""

        def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
            yield b"half"
            raise OSError(errno.ENOSPC, "No space left on device")

    store(ContentFile(b"x"))
    before = default_storage.listdir("imports")
    with pytest.raises(OSError, match="No space left"):
        store(TooLarge(b"half and half"))
    assert default_storage.listdir("imports") == before


@pytest.mark.parametrize("name", ["list.zip", "list.xlsx"])
def test_a_container_may_be_cut_into_parts_anywhere(name: str) -> None:
    plain = b"sku,name\nA,Lamp\n"
    data = pack({"list.csv": plain}) if name == "list.zip" else workbook([["sku"], ["A"]])
    for cut in range(1, len(data), 5):
        parts = [*store(ContentFile(data[:cut])), *store(ContentFile(data[cut:]))]
        with StoredFile(parts) as file:
            [(line, cells, code)] = open_reader(file)
        assert (line, cells[0], code) == (2, "A", None)
        delete(parts)
