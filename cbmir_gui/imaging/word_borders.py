"""What may stand beside and between the letters of a word, as patterns."""

import re

PARTS = re.compile(r"[^\W\d_]+|\d+")
"""Letters or digits without a break."""
BETWEEN = r"[\W_]{0,3}"
BESIDE = r"[\W_]{1,3}"
NO_LETTER_BEFORE, NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?![^\W\d_])"
NO_DIGIT_BEFORE, NO_DIGIT_AFTER = r"(?<!\d)", r"(?!\d)"
_ALONE_BEFORE, _ALONE_AFTER = r"(?<![^\W_])(?<!\d[.,])", r"(?![^\W_]|[.,]\d)"
_IDEOGRAPHS = re.compile(
    r"[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
_SHORT_WORD, _LONG_WORD = 3, 6
"""Letters of a word that needs both borders at most, and of one that needs none."""


def has_ideographs(word: str) -> bool:
    """Tell whether a word is of a script that writes words without spaces."""
    return _IDEOGRAPHS.search(word) is not None


def alone(pattern: str) -> str:
    """Return a pattern that is no part of a word or of a number."""
    return f"{_ALONE_BEFORE}{pattern}{_ALONE_AFTER}"


def apart_from_digits(pattern: str) -> str:
    """Return a pattern that no digit may stand beside."""
    return f"{NO_DIGIT_BEFORE}{pattern}{NO_DIGIT_AFTER}"


def bordered(pattern: str, word: str) -> str:
    """Return a pattern for a word of letters with the borders that its length needs."""
    if len(word) >= _LONG_WORD or has_ideographs(word):
        return pattern
    if len(word) > _SHORT_WORD:
        return f"{NO_LETTER_BEFORE}{pattern}"
    return f"{NO_LETTER_BEFORE}{pattern}{NO_LETTER_AFTER}"
