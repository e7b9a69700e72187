"""The ways in which people write a patient's id, as patterns.

Each pattern reads a text in one way only, so that none takes long to fail: separators,
zeros and what follows them have no letter in common.
"""

from collections.abc import Iterator

from cbmir_gui.imaging.word_borders import (
    BETWEEN,
    NO_DIGIT_AFTER,
    NO_DIGIT_BEFORE,
    PARTS,
    alone,
    apart_from_digits,
    bordered,
    has_ideographs,
)

LONG_ID = 6
"""Digits of it occur in other numbers by chance hardly ever."""
_LONG_WORD = 4
"""So many letters and digits of an id stand beside others."""
_PART = 5
"""Digits that tell of an id without its letters."""
_ALONE = 3
"""So few digits are an id only if they stand alone."""
_JOINED = "[-_]"
"""Joins letters and digits of an id; a space parts words and numbers, too."""

_ZEROS = r"[0\W_]{0,64}"
"""Parts of an id that are zero, and what separates them."""


def id_forms(value: str) -> set[str]:
    """Return patterns for the ways to write a folded id."""
    parts = PARTS.findall(value)
    own = [part for part in parts if part.strip("0")]
    word = "".join(map(_stripped, own))
    if not word:
        return set()
    if not word.isdecimal():
        digits = {part for part in own if part.isdecimal()}
        long_parts = {part for part in digits if len(_stripped(part)) >= _PART}
        forms = _mixed_forms(value, parts, word)
        forms |= {apart_from_digits(_padded(part)) for part in long_parts}
        return forms | {_grouped(part) for part in long_parts if len(part) >= LONG_ID}
    pattern = _written(parts, BETWEEN, needs_zeros=len(word) < LONG_ID)
    if len(word) <= _ALONE:
        return {alone(pattern)}
    if len(word) < LONG_ID:
        return {apart_from_digits(pattern)}
    # Zeros are counted from their first on: from each, a long run would take for ever.
    return {f"(?<!0){pattern}", _grouped(word)}


def number_forms(value: str) -> Iterator[str]:
    """Yield the ways to write an id of digits among numbers, if it is long enough."""
    digits = value.strip()
    if digits.isdecimal() and digits.isascii():
        if len(digits.lstrip("0")) >= LONG_ID:
            yield apart_from_digits(_padded(digits))
        elif len(digits) >= LONG_ID:
            yield apart_from_digits(digits)


def _mixed_forms(value: str, parts: list[str], word: str) -> set[str]:
    """Return patterns for an id of letters, or of letters and digits.

    A short one must not be found in "T1 sag" or "CT 12": its letters and digits stand
    apart only if it is written so itself or has zeros, and these are left out only
    where something joins the rest.
    """
    if len(word) >= LONG_ID or has_ideographs(word):
        return {_apart(_written(parts, BETWEEN), parts)}
    own = [_stripped(part) for part in parts if part.strip("0")]
    has_zeros = own != parts
    is_spaced = any(letter.isspace() for letter in value.strip())
    gap = BETWEEN if has_zeros or is_spaced else f"{_JOINED}{{0,3}}"
    forms = {_written(parts, gap, needs_zeros=True, padding="0+")}
    is_short = len(word) < _LONG_WORD
    if has_zeros and len(own) > 1:
        forms.add(_written(own, f"{_JOINED}{{{int(is_short)},3}}"))
    if is_short:
        return {alone(form) for form in forms}
    if word.isalpha():
        return {bordered(form, word) for form in forms}
    return {_apart(form, parts) for form in forms}


def _written(
    parts: list[str], gap: str, needs_zeros: bool = False, padding: str = "0*"
) -> str:
    """Return a pattern for the parts of an id, one after the other.

    Parameters
    ----------
    gap
        Pattern for what stands between two parts that are not zero.
    needs_zeros
        Whether parts that are zero must be written.
    padding
        Pattern for the leading zeros of a part that has any.
    """
    zeros = f"{BETWEEN}0{_ZEROS}" if needs_zeros else _ZEROS
    pattern, is_after_zeros = "", False
    for part in parts:
        if not part.strip("0"):
            # Those before all others are padding of an id.
            is_after_zeros = bool(pattern)
        elif is_after_zeros:
            pattern += zeros + _stripped(part)
            is_after_zeros = False
        else:
            pattern += (gap if pattern else "") + _padded(part, padding)
    return f"{pattern}{zeros}(?<=0)" if is_after_zeros and needs_zeros else pattern


def _grouped(digits: str) -> str:
    """Return a pattern for digits as people write them in groups."""
    return apart_from_digits("0*" + r"[\W_]?".join(_stripped(digits)))


def _apart(pattern: str, parts: list[str]) -> str:
    """Return a pattern that no digit may stand beside where it has one itself."""
    before = NO_DIGIT_BEFORE if parts[0].isdecimal() else ""
    return f"{before}{pattern}{NO_DIGIT_AFTER if parts[-1].isdecimal() else ''}"


def _stripped(part: str) -> str:
    return part.lstrip("0") if part.isdecimal() else part


def _padded(part: str, padding: str = "0*") -> str:
    """Return a pattern for a part, of digits with any leading zeros."""
    if not part.isdecimal():
        return part
    return (padding if part.startswith("0") else "0*") + _stripped(part)
