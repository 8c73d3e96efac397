"""gzip and ZIP: the rows are those of the file inside, and nothing inside does harm."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.faults import FileFault
from product_files.reading import Limits, Record, archive, open_reader
from product_files.reading.limits import MIB
from product_files.reading.opening import open_content
from product_files.tests.workbooks import pack, parts_of, workbook

CSV = b"sku,name\nA1,Mug\nA2,Rug\n"
ROWS: list[Record] = [(2, ["A1", "Mug"], None), (3, ["A2", "Rug"], None)]


class Stream(io.BytesIO):
    """A file that zipfile can't go back in, as behind a pipe: it writes data descriptors."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def zipped(
    *files: tuple[str, bytes],
    method: int = zipfile.ZIP_DEFLATED,
    into: io.BytesIO | None = None,
    zip64: bool = False,
) -> bytes:
    file = into or io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in files:
            with made.open(
                zipfile.ZipInfo(name) if not method else name, "w", force_zip64=zip64
            ) as entry:
                entry.write(data)
    return file.getvalue()


def read(data: bytes, **limits: int) -> list[Record]:
    return list(open_reader(io.BytesIO(data), limits=Limits(**limits)))


def refused(data: bytes, **limits: int) -> str:
    with pytest.raises(FileFault) as fault:
        read(data, **limits)
    assert fault.value.detail.endswith(".")
    return fault.value.code


def with_flag(data: bytes, flag: int) -> bytes:
    """A ZIP archive whose entries have a flag set, where they stand and in the directory."""
    changed = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(magic) + offset
        (flags,) = struct.unpack_from("<H", data, at)
        struct.pack_into("<H", changed, at, flags | flag)
    return bytes(changed)


GZ = gzip.compress(CSV)
ZIP = zipped(("products.csv", CSV))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GZ, id="gzip"),
        pytest.param(gzip.compress(CSV[:7]) + gzip.compress(CSV[7:]), id="two members"),
        pytest.param(gzip.compress(b"") + GZ + gzip.compress(b""), id="empty members"),
        pytest.param(GZ + bytes(100_000), id="zeros behind gzip"),
        pytest.param(GZ + bytes(10) + gzip.compress(b""), id="zeros between members"),
        pytest.param(ZIP, id="zip"),
        pytest.param(zipped(("p.csv", CSV), method=zipfile.ZIP_STORED), id="stored"),
        pytest.param(zipped(("p.csv", CSV), into=Stream()), id="data descriptor"),
        pytest.param(zipped(("p.csv", CSV), zip64=True), id="zip64"),
        pytest.param(ZIP + b"garbage", id="garbage behind zip"),
        pytest.param(
            zipped(
                ("new/", b""),
                ("new/products.csv", CSV),
                ("new/.DS_Store", b"x"),
                ("__MACOSX/new/._products.csv", b"x"),
                ("Thumbs.db", b"x"),
            ),
            id="what systems add",
        ),
        pytest.param(zipped(("../../etc/passwd", CSV)), id="a name that leads out"),
        pytest.param(zipped(("products.xlsx", CSV)), id="a name that lies"),
        pytest.param(ZIP.replace(b"products.csv", b"\0roducts.csv"), id="no name"),
    ],
)
def test_the_rows_are_those_of_the_file_inside(data: bytes) -> None:
    assert read(data) == ROWS


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(gzip.compress(b""), "empty_file", id="gzip of nothing"),
        pytest.param(zipped(("p.csv", b"")), "empty_file", id="zip of nothing"),
        pytest.param(zipped(), "empty_file", id="empty zip"),
        pytest.param(zipped(("new/", b"")), "empty_file", id="folders alone"),
        pytest.param(zipped(("a.csv", CSV), ("b.csv", CSV)), "unsupported_format", id="two files"),
        pytest.param(
            zipped(*((f"{n}.csv", b"") for n in range(11_000))), "archive_unsafe", id="many files"
        ),
        pytest.param(
            zipped(("p.csv", CSV), method=zipfile.ZIP_LZMA), "unsupported_format", id="lzma"
        ),
        pytest.param(with_flag(ZIP, 1), "archive_unsafe", id="encrypted"),
        pytest.param(gzip.compress(GZ), "archive_unsafe", id="gzip in gzip"),
        pytest.param(gzip.compress(ZIP), "archive_unsafe", id="zip in gzip"),
        pytest.param(zipped(("p.csv.gz", GZ)), "archive_unsafe", id="gzip in zip"),
        pytest.param(zipped(("p.zip", ZIP)), "archive_unsafe", id="zip in zip"),
        pytest.param(zipped(("p.zip", zipped())), "archive_unsafe", id="empty zip in zip"),
        pytest.param(
            zipped(("p.xlsx", workbook([["sku"], ["A1"]]))), "archive_unsafe", id="xlsx in zip"
        ),
        pytest.param(
            gzip.compress(workbook([["sku"], ["A1"]])), "archive_unsafe", id="xlsx in gzip"
        ),
        pytest.param(
            gzip.compress(bytes(257) + b"ustar\x0000" + bytes(500)), "archive_unsafe", id="tar.gz"
        ),
        pytest.param(bytes(257) + b"ustar\x0000" + bytes(500), "unsupported_format", id="tar"),
        pytest.param(zipped(("p.pdf", b"%PDF-1.7\n")), "unsupported_format", id="pdf in zip"),
        pytest.param(GZ + b"garbage", "archive_unsafe", id="garbage behind gzip"),
        pytest.param(GZ[:-1], "archive_unsafe", id="gzip without its last byte"),
        pytest.param(GZ[:12], "archive_unsafe", id="gzip cut short"),
        pytest.param(GZ[:-8] + bytes(8), "archive_unsafe", id="gzip with a wrong checksum"),
        pytest.param(GZ + GZ[:15], "archive_unsafe", id="second member cut short"),
        pytest.param(ZIP[:-1], "unsupported_format", id="zip without its last byte"),
        pytest.param(ZIP[:20], "unsupported_format", id="zip cut short"),
        pytest.param(ZIP.replace(b"PK\x01", b"PK\x07"), "unsupported_format", id="no entry"),
        pytest.param(b"PK\x03\x04", "unsupported_format", id="a magic number alone"),
        pytest.param(b"\x1f\x8b", "archive_unsafe", id="two bytes of gzip"),
    ],
)  # fmt: skip
def test_archives_that_are_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_wrong_checksum_is_noticed() -> None:
    stored = zipped(("p.csv", CSV), method=zipfile.ZIP_STORED)
    assert refused(stored.replace(b"A2,Rug", b"A2,Mug")) == "archive_unsafe"


@pytest.mark.parametrize(
    "data", [gzip.compress(bytes(5 * MIB)), zipped(("bomb.csv", bytes(5 * MIB)))]
)
def test_a_bomb_is_refused_by_its_ratio(data: bytes) -> None:
    assert refused(data) == "archive_unsafe"


def test_a_bomb_that_lies_about_its_size() -> None:
    bomb = b"sku\n" + b"A1\n" * MIB
    data = zipped(("bomb.csv", bomb))
    lying = data.replace(struct.pack("<I", len(bomb)), struct.pack("<I", 100))
    assert lying != data
    assert refused(lying) == "archive_unsafe"


def test_small_files_of_equal_rows_are_no_bombs() -> None:
    content = b"sku,name\n" + b"A1,Mug\n" * 100_000
    assert len(content) > 400 * len(gzip.compress(content))
    assert len(read(gzip.compress(content))) == 100_000


def test_a_part_that_packs_well_is_no_bomb_in_a_workbook_that_does_not() -> None:
    styles = f"<styleSheet>{'<dxf/>' * 500_000}</styleSheet>"
    picture = {"xl/media/1.png": Random(1).randbytes(100_000)}
    parts = parts_of('<row r="1"><c><v>1</v></c></row><row><c><v>2</v></c></row>')
    assert refused(pack(parts | {"xl/styles.xml": styles})) == "archive_unsafe"
    assert len(read(pack(parts | picture | {"xl/styles.xml": styles}))) == 1


@pytest.mark.parametrize("packed", [gzip.compress, lambda content: zipped(("p.csv", content))])
def test_limits_of_sizes_packed_and_unpacked(packed: Callable[[bytes], bytes]) -> None:
    content = b"sku\n" + b"".join(b"A%d\n" % (n * n) for n in range(2000))
    data = packed(content)
    assert len(read(data, unpacked_bytes=len(content))) == 2000
    assert refused(data, unpacked_bytes=len(content) - 1) == "too_large"
    assert refused(data, file_bytes=len(data) - 1) == "too_large"


def test_a_gzip_file_of_very_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 20)
    assert read(GZ + 20 * gzip.compress(b"")) == ROWS
    assert refused(GZ + 21 * gzip.compress(b"")) == "archive_unsafe"


def test_a_directory_that_says_it_is_huge() -> None:
    end = bytearray(ZIP)
    at = end.rindex(b"PK\x05\x06")
    struct.pack_into("<I", end, at + 12, 0x7FFF_FFFF)
    assert refused(bytes(end)) == "unsupported_format"


def test_a_directory_that_is_huge_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(*((f"{number}.csv", b"") for number in range(100)))
    assert refused(data) == "unsupported_format"
    monkeypatch.setattr(archive, "MAX_DIRECTORY_BYTES", 4000)
    assert refused(data) == "archive_unsafe"


def test_progress_counts_the_bytes_of_the_stored_file() -> None:
    content = b"sku\n" + b"".join(b"A%d\n" % zlib.crc32(b"%d" % n) for n in range(300_000))
    for data in (gzip.compress(content), zipped(("p.csv", content))):
        reader = open_reader(io.BytesIO(data))
        seen = [reader.bytes_read]
        seen += [reader.bytes_read for _ in reader]
        assert seen == sorted(seen)
        assert seen[0] < len(data) - 1000
        assert len(data) - 200 <= seen[-1] <= len(data)


def test_a_large_archive_takes_little_memory() -> None:
    texts = Random(1)
    content = b"sku,name\n" + b"".join(
        b"A%d,%b\n" % (at, texts.randbytes(500).hex().encode()) for at in range(20_000)
    )
    for data in (gzip.compress(content, 1), zipped(("p.csv", content))):
        tracemalloc.start()
        try:
            assert sum(1 for _ in open_reader(io.BytesIO(data))) == 20_000
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 10 * MIB


@given(
    st.binary(max_size=60).map(lambda data: b"sku,name\n" + data)
    | st.text(st.sampled_from('sku,"\r\n;é\0'), max_size=60).map(str.encode)
)
def test_any_bytes_read_the_same_from_a_container(data: bytes) -> None:
    def outcome(stored: bytes) -> list[Record] | str:
        try:
            return read(stored)
        except FileFault as fault:
            return fault.code

    plain = outcome(data)
    assert outcome(gzip.compress(data)) == plain
    assert outcome(zipped(("p.csv", data))) == plain


SAMPLES = {
    "gzip": gzip.compress(CSV * 3) + gzip.compress(CSV),
    "zip": zipped(("new/", b""), ("p.csv", CSV * 4)),
    "zip with descriptors": zipped(("p.csv", CSV), into=Stream(), zip64=True),
    "workbook": workbook([["sku", "name", "price"], ["A1", "Mug", 1.5], ["A2", "R\nug", True]]),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_container_that_is_cut_anywhere_is_read_or_refused(name: str) -> None:
    data = SAMPLES[name]
    for length in range(1, len(data)):
        survive(data[:length])


@pytest.mark.parametrize("name", SAMPLES)
@given(st.data())
def test_a_container_that_is_damaged_anywhere_is_read_or_refused(
    name: str, data: st.DataObject
) -> None:
    sample = bytearray(SAMPLES[name])
    places = st.integers(0, len(sample) - 1)
    for at in data.draw(st.lists(places, min_size=1, max_size=4)):
        sample[at] = data.draw(st.integers(0, 255))
    survive(bytes(sample))


def survive(data: bytes) -> None:
    """Rows or a FileFault; anything else comes through."""
    with suppress(FileFault):
        read(data)


def test_a_zip_archive_needs_a_file_to_go_back_in() -> None:
    class Pipe:
        def read(self, size: int, /) -> bytes:
            return ZIP[:size]

    with pytest.raises(TypeError):
        open_content(Pipe(), Limits(file_bytes=10**9))
