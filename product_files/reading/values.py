"""The values of a workbook's cells as text: what a person would have typed into a CSV file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

# A function that makes text of the number in a cell.
Format = Callable[[str], str]

# A number that is text as it stands: it has no more digits than a spreadsheet knows.
_SOUND: Final = re.compile(
    r"0|-?[1-9][0-9]*|-?(?=[0-9.]{3,16}$)(?:0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII
)
# The digits that a spreadsheet shows; those behind are noise of binary fractions.
_DIGITS: Final = ".15g"
# The exponents with which a number is still legible when it is written in digits alone.
_PLAIN: Final = range(-16, 22)

_ZEROS: Final = re.compile(r"0{2,}")
_WHOLE: Final = re.compile(r"[0-9]+")
# The parts of a format that stand for no part of the value: quoted, bracketed, escaped, padding.
_LITERALS: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\_*].')
_ELAPSED: Final = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_DATE_PARTS: Final = re.compile(r"[ymdhs]", re.IGNORECASE)

# The date formats that every spreadsheet knows by number, those of East Asia included.
_BUILT_IN_DATES: Final = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])

# Seconds in a day.
DAY: Final = 86_400

_DURATION: Final = re.compile(r"PT([0-9]{1,9})H([0-9]{1,9})M([0-9]{1,9}(?:[.,][0-9]*)?)S")

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES: Final = range(0xD800, 0xE000)


def number(value: str) -> str:
    """A number without exponent, noise or needless zeros; other text as it stands."""
    if _SOUND.fullmatch(value):
        return value
    try:
        digits = Decimal(value)
    except InvalidOperation:
        return value
    if not digits.is_finite() or digits.adjusted() not in _PLAIN:
        return value
    if digits != digits.to_integral_value():
        digits = Decimal(format(float(digits), _DIGITS))
    return format(digits.normalize(), "f") if digits else "0"


def boolean(value: str) -> str:
    return {"1": "true", "0": "false"}.get(value, value)


def moment(value: str) -> str:
    """A day or a moment, rounded to the second; other text as it stands."""
    try:
        found = datetime.fromisoformat(value) + timedelta(microseconds=500_000)
    except (ValueError, OverflowError):
        return value
    return _day_or_moment(found.replace(microsecond=0))


def duration(value: str) -> str:
    """A time of day; if it is a day or more, a number of days; other text as it stands."""
    found = _DURATION.fullmatch(value)
    if not found:
        return value
    hours, minutes, seconds = found.groups()
    exact = 3600 * int(hours) + 60 * int(minutes) + float(seconds.replace(",", "."))
    total = round(exact)
    if exact < DAY:
        total = min(total, DAY - 1)
        return time(total // 3600, total // 60 % 60, total % 60).isoformat()
    return number(str(total / DAY))


def unescape(text: str) -> str:
    """The text with `_x000D_` and the like, for which XML has no characters, replaced."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if code in _SURROGATES else chr(code)


def compile_format(number_id: int, code: str, *, since_1904: bool) -> Format:
    """The function that makes text of numbers with a format.

    Dates become ISO 8601, `00123` keeps its zeros, and other numbers are written plainly. `code` is
    empty for a format that is built in.
    """
    if _ZEROS.fullmatch(code):
        return lambda value: _padded(value, len(code))
    if _is_date(number_id, code):
        epoch = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        return lambda value: _date(value, epoch)
    return number


def _is_date(number_id: int, code: str) -> bool:
    if not code:
        return number_id in _BUILT_IN_DATES
    if _ELAPSED.search(code):
        return False
    return bool(_DATE_PARTS.search(_LITERALS.sub("", code.partition(";")[0])))


def _padded(value: str, width: int) -> str:
    plain = number(value)
    return plain.zfill(width) if _WHOLE.fullmatch(plain) else plain


def _date(value: str, epoch: datetime) -> str:
    """A day, a moment, or (before the first day) a time of day; otherwise the number itself."""
    try:
        seconds = round(float(value) * DAY)
        found = epoch + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return number(value)
    day = seconds // DAY
    if day == 0:
        return found.time().isoformat()
    # Spreadsheets believe that 1900 was a leap year, and its 60th day a 29th of February.
    is_before = epoch.year == 1899 and day <= 60
    if day < 0 or (is_before and day == 60):
        return number(value)
    return _day_or_moment(found + timedelta(days=is_before))


def _day_or_moment(found: datetime) -> str:
    return found.date().isoformat() if found.time() == time() else found.isoformat()
