"""What a cell of a workbook says, as text: what a person would have typed into a CSV file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

# Makes text of the number that a cell holds.
Format = Callable[[str], str]

# As it stands, a number needs nothing done: it has no more digits than a spreadsheet knows.
_SOUND: Final = re.compile(
    r"0|-?[1-9][0-9]*|-?(?=[0-9.]{3,16}$)(?:0|[1-9][0-9]*)\.[0-9]*[1-9]", re.ASCII
)
# So many digits of a fraction does a spreadsheet show; those behind are noise of binary fractions.
_DIGITS: Final = ".15g"
# The exponents for which digits are still legible without one.
_PLAIN: Final = range(-16, 22)

_ZEROS: Final = re.compile(r"0{2,}")
_WHOLE: Final = re.compile(r"[0-9]+")
# What of a format does not stand for a part of the value: quoted, bracketed, escaped, padding.
_LITERALS: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|[\\_*].')
_ELAPSED: Final = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_DATE_PARTS: Final = re.compile(r"[ymdhs]", re.IGNORECASE)

# Formats that every spreadsheet knows by number; those of East Asia are dates as well.
_BUILT_IN_DATES: Final = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])

# In seconds.
DAY: Final = 86_400

_DURATION: Final = re.compile(r"PT([0-9]{1,9})H([0-9]{1,9})M([0-9]{1,9}(?:[.,][0-9]*)?)S")

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES: Final = range(0xD800, 0xE000)


def number(value: str) -> str:
    """A number without exponent, noise, or zeros that say nothing; other text as it stands."""
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
    """A day or a moment, to the second; what is none stays as it stands."""
    try:
        found = datetime.fromisoformat(value) + timedelta(microseconds=500_000)
    except (ValueError, OverflowError):
        return value
    return _day_or_moment(found.replace(microsecond=0))


def duration(value: str) -> str:
    """A time of day; a length of a day or more as a number of days; other text as it stands."""
    found = _DURATION.fullmatch(value)
    if not found:
        return value
    hours, minutes, seconds = found.groups()
    total = 3600 * int(hours) + 60 * int(minutes) + round(float(seconds.replace(",", ".")))
    if total < DAY:
        return time(total // 3600, total // 60 % 60, total % 60).isoformat()
    return number(str(total / DAY))


def unescape(text: str) -> str:
    """`_x000D_` and the like, which stand for characters that XML does not have."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if code in _SURROGATES else chr(code)


def compile_format(number_id: int, code: str, *, since_1904: bool) -> Format:
    """How numbers of a format are told: dates by ISO 8601, `00123` with its zeros, others plainly.

    `code` is empty for a format that is built in.
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
    """A day, a moment, or (before the first day) a time; what is none stays a number."""
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
