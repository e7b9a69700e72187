"""Every element of a DICOM file, for people: bounded, and never stopped by one."""

from collections.abc import Iterator, Sized
from pathlib import Path
from typing import TypeGuard

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from cbmir_gui.core.errors import UnsupportedImageError
from cbmir_gui.core.tags import TagRow, TagTable
from cbmir_gui.imaging.content import file_format, read_file
from cbmir_gui.imaging.dicom_errors import translated_errors
from cbmir_gui.imaging.dicom_file import (
    UNDEFINED_LENGTH,
    PixelElement,
    open_data_set,
    pixel_element,
    read_elements,
)
from cbmir_gui.imaging.identifying import is_identifying
from cbmir_gui.imaging.patient_words import PatientWords, read_patient_words

MAX_ROWS = 20_000
MAX_ITEMS = 200
"""Of one sequence."""
MAX_DEPTH = 24
MAX_VALUE_LENGTH = 1000
_MAX_EFFORT = 5 * 10**8
"""Letters that are searched for the patient's words, times the letters of these."""
_MAP_FROM_BYTES = 2**16
_BINARY_VRS = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN"})
_PRIVATE_CREATOR = range(0x10, 0x100)


def read_tags(path: Path, show_patient_data: bool = False) -> TagTable:
    """Return the elements of a file, pixel data as their size.

    Parameters
    ----------
    show_patient_data
        Also values that may tell who the patient is, which are held back otherwise, and
        the patient's words in all others.

    Raises
    ------
    UnsupportedImageError
        It is no DICOM file.
    ImageReadError
        It cannot be read at all.
    """
    data = read_file(path, _MAP_FROM_BYTES)
    if file_format(data) != "DICOM":
        raise UnsupportedImageError(
            path.name,
            "it is no DICOM file, and only these have tags",
            "Choose a DICOM image.",
        )
    with translated_errors(path.name):
        opened = open_data_set(data, path.name)
        ds, is_whole = read_elements(opened)
        lister = _Lister(show_patient_data, read_patient_words(ds))
        lister.add(opened.meta, 0)
        lister.add(ds, 0)
        pixels = pixel_element(opened.stream, ds) if is_whole else None
        if pixels is not None:
            lister.add_pixels(pixels, len(opened.data))
    problem = lister.problem
    if not is_whole:
        problem = "The file is damaged: what follows these elements cannot be read."
    return TagTable(tuple(lister.rows), lister.num_hidden, problem)


class _Lister:
    """Collects rows until there are enough."""

    def __init__(self, show_patient_data: bool, words: PatientWords) -> None:
        self._show = show_patient_data
        self._words = words
        self._effort = 0
        self.rows: list[TagRow] = []
        self.num_hidden = 0
        self.problem = ""

    def add(self, ds: Dataset, depth: int, is_inside: bool = False) -> None:
        """List the elements of a data set.

        `is_inside`: a sequence around them may tell who the patient is.
        """
        for tag in list(ds.keys()):
            if self._has_enough():
                return
            self._add_element(ds, tag, depth, is_inside)

    def add_pixels(self, pixels: PixelElement, num_bytes: int) -> None:
        """List the pixel data by their size."""
        size, kind = pixels.length, "binary"
        if size == UNDEFINED_LENGTH:
            size, kind = num_bytes - pixels.offset, "compressed"
        tag = {"FloatPixelData": "0008", "DoubleFloatPixelData": "0009"}
        number = tag.get(pixels.keyword, "0010")
        value = f"{kind}, {size:,} bytes"
        row = TagRow(0, f"(7FE0,{number})", pixels.keyword, pixels.vr or "OW", value)
        self.rows.append(row)

    def _has_enough(self) -> bool:
        """Tell whether what follows is left out, and say so in `problem`."""
        has_enough = len(self.rows) >= MAX_ROWS or self._effort > _MAX_EFFORT
        if has_enough:
            self.problem = f"Only the first {len(self.rows):,} elements are shown."
        return has_enough

    def _add_element(
        self, ds: Dataset, tag: BaseTag, depth: int, is_inside: bool
    ) -> None:
        keyword = keyword_for_tag(tag)
        try:
            element = ds[tag]
            vr, value = str(element.VR), element.value
            if tag.is_private:
                keyword = _private_keyword(element)
            stored = _as_text(element)
        except Exception:  # noqa: BLE001 - pydicom raises anything at all
            raw: object = ds.get_item(tag, keep_deferred=True)
            vr, value = str(getattr(raw, "VR", None) or ""), None
            stored = f"cannot be read, {_raw_length(raw):,} bytes"
        self._effort += self._words.effort * len(stored)
        clean = self._words.hide(stored, vr, MAX_VALUE_LENGTH)
        short = stored[:MAX_VALUE_LENGTH]
        is_cut = len(stored) > MAX_VALUE_LENGTH
        shown = _explained(short if self._show else clean, is_cut, value, vr)
        if tag.is_private and not self._show:
            keyword = self._words.hide(keyword)
        is_own = tag.is_private and tag.element not in _PRIVATE_CREATOR
        marked = is_inside or is_identifying(keyword, vr, is_own)
        has_words = clean != short
        is_sequence = isinstance(value, Sequence)
        is_told = bool(shown) and not is_sequence and value is not None
        is_hidden = marked and is_told and not self._show
        self.num_hidden += is_hidden or (has_words and not self._show)
        self.rows.append(
            TagRow(
                depth,
                f"({tag.group:04X},{tag.element:04X})",
                keyword,
                vr,
                "" if is_hidden else shown,
                marked or has_words,
                is_hidden,
            )
        )
        if isinstance(value, Sequence):
            self._add_items(value, depth + 1, marked)

    def _add_items(self, items: Sequence, depth: int, is_inside: bool) -> None:
        if depth > MAX_DEPTH:
            self._add_note(depth, "nested too deeply to be shown")
            return
        for number, item in enumerate(items, start=1):
            if self._has_enough():
                return
            if number > MAX_ITEMS:
                self._add_note(depth, f"{len(items) - MAX_ITEMS:,} more items")
                return
            self.rows.append(TagRow(depth, "", f"Item {number}", "", ""))
            self.add(item, depth + 1, is_inside)

    def _add_note(self, depth: int, text: str) -> None:
        self.rows.append(TagRow(depth, "", "…", "", text))


def _private_keyword(element: DataElement) -> str:
    if element.tag.element in _PRIVATE_CREATOR:
        return "Private creator"
    creator = getattr(element, "private_creator", None)
    return f"Private: {_printable(str(creator))[:64]}" if creator else "Private"


def _as_text(element: DataElement) -> str:
    value = element.value
    if isinstance(value, Sequence):
        return "1 item" if len(value) == 1 else f"{len(value):,} items"
    if element.VR in _BINARY_VRS or isinstance(value, bytes | bytearray):
        size = len(value) if hasattr(value, "__len__") else 0
        return f"binary, {size:,} bytes"
    if value is None:
        return ""
    return _printable("\\".join(_some(value)) if _is_list(value) else str(value))


def _explained(text: str, is_cut: bool, value: object, vr: str) -> str:
    if is_cut:
        rest = f"{len(value):,} values" if _is_list(value) else "shortened"
        text = f"{text} … ({rest})"
    name = getattr(value, "name", "") if vr == "UI" else ""
    return f"{text} ({name})" if name and name != str(value) else text


def _is_list(value: object) -> TypeGuard[Sized]:
    return hasattr(value, "append")


def _some(values: object) -> Iterator[str]:
    """Yield as many values as are shown."""
    length = 0
    for value in values:  # type: ignore[attr-defined]
        text = str(value)
        yield text
        length += len(text) + 1
        if length > MAX_VALUE_LENGTH:
            return


def _printable(text: str) -> str:
    text = text[: 2 * MAX_VALUE_LENGTH]
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _raw_length(raw: object) -> int:
    value = getattr(raw, "value", None)
    return len(value) if isinstance(value, bytes) else 0
