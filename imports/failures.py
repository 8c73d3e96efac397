"""Why an import ends before it has written everything: every code, and all its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from product_files.faults import FILE_WORDS, Words

_LOOK_AT_THE_LOG: Final = "If it stops again, ask whoever runs this system to look at the log."
_CONTINUE: Final = f"Continue this import: it goes on where it stopped. {_LOOK_AT_THE_LOG}"
_UPLOAD_AGAIN: Final = (
    "Upload the file again: rows that were written already will count as unchanged."
    f" {_LOOK_AT_THE_LOG}"
)
# Codes of imports that can go on where they stopped, as long as their file is kept.
_RESUMABLE: Final = ("interrupted", "database_error")

FAILURE_WORDS: Final[Mapping[str, Words]] = {
    **FILE_WORDS,
    "mapping_invalid": Words(
        title="The columns don't match the mapping",
        short="Columns don't match",
        advice="Check which column is to become which field, and upload the file again.",
    ),
    "too_many_errors": Words(
        title="Some rows need fixing first",
        short="Rows need fixing",
        advice="You asked for all rows or none; the rows that need fixing are below.",
    ),
    "too_many_missing": Words(
        title="Too many products are not in the file",
        short="Too many products missing",
        advice="Check that the file is complete. If it is, import it again and leave alone the"
        " products that are not in it.",
    ),
    "file_gone": Words(
        title="The uploaded file is gone",
        short="File gone",
        advice="When you upload it again, rows that were written already will count as unchanged.",
    ),
    "interrupted": Words(
        title="Interrupted too often", short="Interrupted too often", advice=_CONTINUE
    ),
    "database_error": Words(
        title="The database reported an error",
        short="Database error",
        advice=_CONTINUE,
    ),
    "expired": Words(
        title="Nobody continued it in time",
        short="Expired",
        advice="Continue this import if you still need it.",
    ),
}

# For a code that another version of this system has written.
_UNKNOWN: Final = Words(
    title="Something went wrong",
    short="Failed",
    advice="Try again. If it happens again, ask whoever runs this system to look at the log.",
)


def failure_of(code: str, *, has_file: bool) -> Words:
    """The words of the code with which an import ended; `has_file` if its file is still kept."""
    words = FAILURE_WORDS.get(code, _UNKNOWN)
    return words if has_file or code not in _RESUMABLE else replace(words, advice=_UPLOAD_AGAIN)
