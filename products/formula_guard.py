"""The guard against cells that a spreadsheet would run as a formula.

Every CSV file that leaves the system puts one `'` in front of a cell that begins, after any
number of `'`, like a formula; the import takes one off. So what was exported comes back exactly.
"""

import re
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")


def guard(text: str) -> str:
    """The cell as it is written to a file."""
    return "'" + text if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The cell as it was before `guard`; a cell that only looks guarded loses its `'` too."""
    return text[1:] if _GUARDED.match(text) else text
