"""Texts as they compare: without case, accents, and the widths of letters."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WRITTEN_OUT = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
    # What is spoken is written in either kana.
    | {chr(katakana): chr(katakana - 0x60) for katakana in range(0x30A1, 0x30F7)}
)
"""Letters that Unicode does not take apart, and katakana as hiragana."""
_HANGUL = range(0xAC00, 0xD7A4)
"""Syllables, which Unicode takes apart into sounds that others share."""


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text as it compares, and where its letters stood."""

    letters: str
    places: tuple[int, ...]
    """Of each letter its place in the text; empty: the same."""

    def span(self, text: str, start: int, end: int) -> tuple[int, int]:
        """Return the span of `text`, with its accents, that `letters[start:end]` is."""
        if not self.places:
            return start, end
        last = self.places[end - 1] + 1
        while last < len(text) and unicodedata.combining(text[last]):
            last += 1
        return self.places[start], last


def fold(text: str) -> str:
    """Return a text as it compares."""
    return text.lower() if text.isascii() else "".join(map(_fold_letter, text))


def fold_with_places(text: str) -> FoldedText:
    """Return a text as it compares, so that what is found in it can be replaced."""
    if text.isascii():
        return FoldedText(text.lower(), ())
    folded = [_fold_letter(letter) for letter in text]
    places = (place for place, letters in enumerate(folded) for _ in letters)
    return FoldedText("".join(folded), tuple(places))


@lru_cache(maxsize=2**14)
def _fold_letter(letter: str) -> str:
    if ord(letter) in _HANGUL:
        return letter
    apart = unicodedata.normalize("NFKD", letter.casefold()).casefold()
    plain = (part for part in apart if not _is_unseen(part))
    return "".join(plain).translate(_WRITTEN_OUT)


def _is_unseen(letter: str) -> bool:
    """Tell whether a letter is an accent, or a soft hyphen and its like."""
    return bool(unicodedata.combining(letter)) or unicodedata.category(letter) == "Cf"
