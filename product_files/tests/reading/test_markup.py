import io

import pytest

from product_files.faults import FileFault
from product_files.reading.markup import DEPTH, NAMES, PART_BYTES, elements


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
        "<a>" * (DEPTH + 1) + "</a>" * (DEPTH + 1),
        "<a>" + "".join(f"<b{number}/>" for number in range(NAMES + 1)) + "</a>",
        f"<a>{' ' * (PART_BYTES + 1)}</a>",
    ],
    ids=range(9),
)
def test_what_no_spreadsheet_writes(xml: str) -> None:
    with pytest.raises(FileFault) as fault:
        found(xml)
    assert fault.value.code == "archive_unsafe"


def test_nesting_that_is_just_allowed() -> None:
    assert len(found("<a>" * DEPTH + "</a>" * DEPTH)) == DEPTH
