import io

import pytest

from product_files.faults import FileFault
from product_files.reading.markup import MAX_DEPTH, MAX_NAMES, MAX_PART_BYTES, elements


def found(xml: str) -> list[tuple[str, dict[str, str]]]:
    return list(elements(io.BytesIO(xml.encode())))


def test_elements_in_their_order_without_prefixes() -> None:
    xml = '<x:a xmlns:x="u"><x:b r:id="1" n="&lt;"/>text<c/></x:a>'
    assert found(xml) == [("a", {"x": "u"}), ("b", {"id": "1", "n": "<"}), ("c", {})]


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<a>",
        "<a></b>",
        "<a>&b;</a>",
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1),
        "<a>" + "".join(f"<b{number}/>" for number in range(MAX_NAMES + 1)) + "</a>",
        f"<a>{' ' * (MAX_PART_BYTES + 1)}</a>",
    ],
    ids=range(9),
)
def test_what_no_spreadsheet_writes(xml: str) -> None:
    with pytest.raises(FileFault) as fault:
        found(xml)
    assert fault.value.code == "archive_unsafe"


def test_nesting_that_is_just_allowed() -> None:
    assert len(found("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH)) == MAX_DEPTH
