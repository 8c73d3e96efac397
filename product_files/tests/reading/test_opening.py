import io

import pytest

from product_files.faults import FileFault
from product_files.reading.limits import Limits
from product_files.reading.opening import open_content


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"BZh91AY&SY", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (bytes(257) + b"ustar", "tar"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
    ],
)
def test_other_formats_are_refused_by_name(data: bytes, name: str) -> None:
    with pytest.raises(FileFault, match=name) as fault:
        open_content(io.BytesIO(data), Limits())
    assert fault.value.code == "unsupported_format"


@pytest.mark.parametrize("data", [b"x" * 256 + b"mustard", b"BZhandel,sku\n", b"PAR1,sku\n"])
def test_text_that_only_begins_like_another_format_is_text(data: bytes) -> None:
    content = open_content(io.BytesIO(data), Limits())
    assert content.encoding == "utf-8"
    assert b"".join(line for lines in content.lines() for line in lines) == data
