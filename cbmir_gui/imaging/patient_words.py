"""A patient's names, numbers and birth date, found in whatever people wrote.

They are typed into descriptions, labels and codes. How a word counts:

- Letter case and accents do not matter; Mueller is Müller and Muller.
- Words of six letters count anywhere, of four and five where no letter stands before
  them (Ella is no part of a patella), shorter ones where none stands beside them,
  ideographs, kana and hangul anywhere.
- One letter, or a particle such as "de", counts only beside another word of the name:
  alone it is far more often a side, a vertebra, or ordinary language. Titles do not
  count, nor what stands in the place of a name ("ANONYMOUS").
- Numbers count with and without leading zeros; up to three digits stand alone.
- Letters and digits of an id count however they are separated. A short one counts as it
  is written: where T001 is the patient, "T-1" and "T 001" are hidden, "T1" is not.
- The birth date counts in each order of year, month and day, also with the month's
  English or German name; two digits of the year only between separators.

Types that hold numbers by their meaning give away an id only if it is long: a matrix of
512 rows is no patient. A date that is meant as one stays: newborns and phantoms are
examined on the day of their birth, and hiding it would tell it.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from pydicom.dataset import Dataset

from cbmir_gui.imaging.dicom_values import items, texts
from cbmir_gui.imaging.folded_text import fold, fold_with_places
from cbmir_gui.imaging.nobody import is_nobody
from cbmir_gui.imaging.word_borders import (
    BESIDE,
    BETWEEN,
    NO_LETTER_AFTER,
    NO_LETTER_BEFORE,
    PARTS,
    bordered,
    has_ideographs,
)
from cbmir_gui.imaging.written_dates import date_forms, parse_date
from cbmir_gui.imaging.written_ids import LONG_ID, id_forms, number_forms


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HIDDEN = "…"
"""Stands where a word of the patient stood."""
_NUMBER_VRS = frozenset(
    {"AS", "DS", "IS", "TM", "UI"}
    | {"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"}
)
"""Types that hold numbers by their meaning (PS3.5 table 6.2-1)."""
_DATE_VRS = frozenset({"DA", "DT"})
_NUMBERS = re.compile(r"[\d.,:+\\/ eE-]*[DWMY]?")
_NAMES = (
    "PatientName",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "ResponsiblePerson",
)
_IDS = ("PatientID", "OtherPatientIDs", "PatientBirthDateInAlternativeCalendar")
_MAX_VALUES = 64
_MAX_HOLDERS = 256
_MAX_LENGTH = 256
"""Three component groups of 64 letters (PS3.5 6.2.1), and what separates them."""
_MAX_WORD = 64
_MAX_LETTERS = 1024
"""Of all names, and of all ids: what is searched for them takes time for each."""
_LONGEST_FOUND = 512
"""Letters, at least, that are searched beyond those shown."""
_LONG_WORD = 4
_PARTICLES = _words(
    """
    af al auf aus bin bint da dal de degli dei del della den der des di do dos du e el
    een het i im la las le les lo los of op t te ten ter the und van vander ver vom von
    vor y zu zum zur
    """
)
_TITLES = _words(
    """
    dipl doktor dr frau hc herr herrn ii iii ing iv jr jun md med miss mr mrs ms phd
    prof sen sr
    """
)


@dataclass(frozen=True, slots=True)
class PatientWords:
    """What finds the words by which one patient is known."""

    _text: re.Pattern[str] | None = field(default=None, repr=False)
    _number: re.Pattern[str] | None = field(default=None, repr=False)
    effort: int = field(default=0, repr=False)
    """What it takes to search one letter, in letters of patterns."""

    def hide(self, value: str, vr: str = "LO", length: int = sys.maxsize) -> str:
        """Return a value with `HIDDEN` for each word of the patient in it.

        Parameters
        ----------
        vr
            Value representation (PS3.5 6.2) of what the value stands in.
        length
            Letters of the value that are wanted: the rest is left out, and not searched
            further than a word may reach that begins before.
        """
        value = value[: length + _LONGEST_FOUND]
        pattern = self._pattern(value, vr)
        if pattern is None:
            return value[:length]
        folded = fold_with_places(value)
        shown, end = [], 0
        for found in pattern.finditer(folded.letters):
            first, last = folded.span(value, *found.span())
            if first >= length:
                break
            shown.append(value[end:first])
            end = last
        return HIDDEN.join([*shown, value[end:length]])

    def occur_in(self, value: str, vr: str = "LO") -> bool:
        """Tell whether a value holds a word of the patient."""
        pattern = self._pattern(value, vr)
        return pattern is not None and pattern.search(fold(value)) is not None

    def _pattern(self, value: str, vr: str) -> re.Pattern[str] | None:
        # Careless files have text in the place of a number.
        if vr not in _NUMBER_VRS | _DATE_VRS or not _NUMBERS.fullmatch(value):
            return self._text
        return None if vr in _DATE_VRS else self._number


def read_patient_words(ds: Dataset) -> PatientWords:
    """Return the words of the patient whom a data set describes."""
    holders = list(islice(_holders(ds), _MAX_HOLDERS))
    names = _bounded(_values(holders, _NAMES), _MAX_LENGTH)
    births = _bounded(_values(holders, ("PatientBirthDate",)), _MAX_WORD)
    dates = {date for value in births if (date := parse_date(value))}
    ids = _bounded(_values(holders, _IDS), _MAX_WORD)
    ids |= {
        value for value in births if not parse_date(value) and len(value) >= LONG_ID
    }
    text = _name_forms(names)
    for value in ids:
        text |= id_forms(fold(value))
    effort = sum(map(len, text))
    for date in dates:
        text |= set(date_forms(*date))
    numbers = {form for value in ids for form in number_forms(value)}
    numbers |= {f"{year}\\.?{month}\\.?{day}" for year, month, day in dates}
    return PatientWords(_pattern(text), _pattern(numbers), effort)


def _holders(ds: Dataset) -> Iterator[Dataset]:
    """Yield where the patient is described: now, elsewhere, and before a correction."""
    yield ds
    yield from islice(items(ds, "OtherPatientIDsSequence"), _MAX_VALUES)
    for original in islice(items(ds, "OriginalAttributesSequence"), _MAX_VALUES):
        yield from islice(items(original, "ModifiedAttributesSequence"), _MAX_VALUES)


def _values(holders: Iterable[Dataset], keywords: tuple[str, ...]) -> Iterator[str]:
    for holder in holders:
        for keyword in keywords:
            for value in texts(holder, keyword)[:_MAX_VALUES]:
                if not is_nobody(value):
                    yield value.split("^")[0] if keyword in _IDS else value


def _bounded(values: Iterable[str], length: int) -> set[str]:
    """Return distinct values while there are few letters, each cut to a length."""
    found, num_letters = set[str](), 0
    for value in values:
        if value[:length] not in found:
            found.add(value[:length])
            num_letters += len(value[:length])
        if num_letters >= _MAX_LETTERS:
            break
    return found


def _pattern(words: set[str]) -> re.Pattern[str] | None:
    return re.compile(_any_of(words)) if words else None


def _any_of(words: set[str]) -> str:
    # The first that fits is taken: of Ann and Annabel it must not be Ann.
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


def _name_forms(names: Iterable[str]) -> set[str]:
    """Return patterns for the words of names, and for weak ones beside them."""
    strong, weak = set[str](), set[str]()
    for value in names:
        for group in fold(value).split("="):
            _add_name(group, strong, weak)
    if not strong or not weak:
        return strong
    beside = f"{NO_LETTER_BEFORE}(?:{_any_of(weak)}){NO_LETTER_AFTER}"
    # Bounded: a text may hold nothing but weak words.
    before, after = f"(?:{beside}{BESIDE}){{0,4}}", f"(?:{BESIDE}{beside}){{0,4}}"
    return {f"{before}(?:{_any_of(strong)}){after}"}


def _add_name(group: str, strong: set[str], weak: set[str]) -> None:
    """Add the words of one component group of a name (PS3.5 6.2.1)."""
    components = []
    for place, component in enumerate(group.split("^")):
        chunks = re.split(r"[\s,]+", component)
        # What has digits is an id: of LUNG1-001 a lung tells nothing.
        for chunk in chunks:
            if re.search(r"\d", chunk):
                strong |= id_forms(chunk)
        words = PARTS.findall(" ".join(c for c in chunks if not re.search(r"\d", c)))
        words = [
            word[:_MAX_WORD]
            for word in words
            if len(word) < _LONG_WORD or not is_nobody(word)
        ]
        # The fourth and fifth are prefix and suffix.
        components.append([w for w in words if place < 3 or w not in _TITLES])
    all_words = {word for words in components for word in words}
    own = {
        w
        for place, words in enumerate(components)
        for w in words
        if not _is_weak(w, place < 2 and len(words) == 1)
    }
    own = own or {word for word in all_words if len(word) > 1}
    strong |= {bordered(_spelt(word), word) for word in own}
    weak |= {_spelt(word) for word in all_words - own}
    family, given = components[0], [word for part in components[1:3] for word in part]
    between = "" if own else BETWEEN
    for words in (family, given, family + given, given + family):
        if len(words) > 1:
            spelt = between.join(map(_spelt, words))
            strong.add(bordered(spelt, "".join(words)))


def _is_weak(word: str, is_whole: bool) -> bool:
    """Tell whether a word means the patient only beside other words of the name."""
    if has_ideographs(word):
        return False
    return len(word) == 1 or (word in _PARTICLES and not is_whole)


def _spelt(word: str) -> str:
    """Return a pattern for the ways to write a folded word."""
    spelt = re.sub("([aou])e?", r"\1E", re.escape(word))
    return spelt.replace("E", "e?")
