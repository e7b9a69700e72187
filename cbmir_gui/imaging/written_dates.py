"""The ways in which people write a date, as patterns."""

import re
from collections.abc import Iterator

from cbmir_gui.imaging.word_borders import (
    BESIDE,
    BETWEEN,
    NO_DIGIT_AFTER,
    NO_LETTER_BEFORE,
    apart_from_digits,
)

_MONTHS = "jan feb (?:mae?r|mrz) apr ma[iy] jun jul aug sep o[ck]t nov de[cz]"


def parse_date(value: str) -> tuple[str, str, str] | None:
    """Return year, month and day of a date (DA), also as it once was written."""
    day_first = re.fullmatch(r"(\d\d)\.(\d\d)\.(\d{4})", value)
    parts = day_first.groups()[::-1] if day_first else re.split("[./-]", value)
    digits = "".join(parts)
    if len(digits) != 8 or not digits.isdecimal() or not digits.isascii():
        return None
    year, month, day = digits[:4], digits[4:6], digits[6:]
    is_date = "01" <= month <= "12" and "01" <= day <= "31"
    return (year, month, day) if is_date else None


def date_forms(year: str, month: str, day: str) -> Iterator[str]:
    """Yield patterns for the ways to write a date, in folded text."""
    yield f"{year}{month}{day}"
    for compact in (f"{day}{month}{year}", f"{month}{day}{year}"):
        yield apart_from_digits(compact)
    day, short_month = f"0?{day.lstrip('0')}", f"0?{month.lstrip('0')}"
    name = rf"{_MONTHS.split()[int(month) - 1]}[^\W\d_]*"
    for parts in (
        (year, short_month, day),
        (day, short_month, year),
        (short_month, day, year),
    ):
        yield apart_from_digits(BESIDE.join(parts))
    for parts in (
        (year[2:], short_month, day),
        (day, short_month, year[2:]),
        (short_month, day, year[2:]),
    ):
        yield apart_from_digits("[./-]".join(parts))
    ordinal = r"(?:st|nd|rd|th)?"
    year = f"(?:{year}|{year[2:]})"
    yield apart_from_digits(BETWEEN.join((f"{day}{ordinal}", name, year)))
    american = BETWEEN.join((name, f"{day}{ordinal}", year))
    yield f"{NO_LETTER_BEFORE}{american}{NO_DIGIT_AFTER}"
