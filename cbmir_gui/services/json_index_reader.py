"""Reads a JSON index, and believes nothing of it that was not checked."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from cbmir_gui.core.errors import DataError, EngineError
from cbmir_gui.core.records import ExtractorInfo, FloatArray
from cbmir_gui.engine.messages import decode_record
from cbmir_gui.services.json_index import FIELD_TYPES, FORMAT, VERSION
from cbmir_gui.services.json_stream import JsonError, JsonStream
from cbmir_gui.sources.class_names import class_name_problem

_HEADING = ("format", "version", "library", "extractor")
_MAX_HEADING_CHARS = 2**16
_MAX_TEXT = 4096
"""Letters of a name or a path."""
_MAX_SIDE = 2**17
_CHARS_PER_VALUE = 40
_IMAGE_ID = re.compile(r"[0-9a-f]{64}:([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True, eq=False)
class IndexedImage:
    """One image of an index."""

    path: Path
    """Absolute."""
    image_id: str
    frame: int
    num_frames: int
    width: int
    height: int
    class_name: str
    diagnosis: str
    modality: str
    body_part: str
    group: str
    features: FloatArray
    """(feature_dim,)"""


class JsonIndex:
    """An index whose heading was read.

    Parameters
    ----------
    stream
        Of the file.
    file : Path
        Its name is told, and paths in it are relative to its folder.

    Raises
    ------
    DataError
        It is not such an index.
    """

    def __init__(self, stream: TextIO, file: Path) -> None:
        self._file = file
        self._json = JsonStream(stream)
        self.extractor = self._read_heading()
        """Who made the features, as the file says."""

    def images(self) -> Iterator[IndexedImage]:
        """Yield the images, each checked; once.

        Raises
        ------
        DataError
            The file is damaged, or an image is not described as it must be.
        """
        max_chars = 2**16 + _CHARS_PER_VALUE * self.extractor.feature_dim
        seen: set[str] = set()
        content_at: dict[Path, str] = {}
        try:
            self._json.take("[")
            while self._json.peek() not in {"]", ""}:
                if seen:
                    self._json.take(",")
                entry = self._json.value(max_chars)
                image = self._image(entry, len(seen) + 1)
                if image.image_id in seen:
                    raise self._error(f"image {len(seen) + 1} stands there twice")
                seen.add(image.image_id)
                content = content_of(image.image_id)
                if content_at.setdefault(image.path, content) != content:
                    raise self._error(f"image {len(seen)} has the file of another one")
                yield image
            self._json.take("]")
            self._json.take("}")
        except JsonError as error:
            raise self._error(f"after {len(seen)} images {error}") from error
        if self._json.peek():
            raise self._error("something follows its end")
        if not seen:
            raise self._error("it holds no image")

    def _read_heading(self) -> ExtractorInfo:
        """Read up to the images; they come last."""
        heading: dict[str, Any] = {}
        try:
            self._json.take("{")
            while (name := self._name()) != "images":
                if name not in _HEADING or name in heading:
                    raise self._error(f"it has an unknown field '{str(name)[:40]}'")
                heading[name] = self._json.value(_MAX_HEADING_CHARS)
                self._json.take(",")
        except JsonError as error:
            raise self._error(f"at its start {error}") from error
        missing = [name for name in _HEADING if name not in heading]
        if missing:
            raise self._error(f"it does not say its {missing[0]} before the images")
        if heading["format"] != FORMAT or heading["version"] != VERSION:
            raise self._error(f"it is not of the format {FORMAT}, version {VERSION}")
        try:
            extractor = decode_record(ExtractorInfo, heading["extractor"])
        except EngineError as error:
            raise self._error(
                f"its extractor is not described well: {error}"
            ) from error
        if not 0 < extractor.feature_dim < 2**24:
            raise self._error(f"it names {extractor.feature_dim} values per image")
        return extractor

    def _name(self) -> Any:
        name = self._json.value(_MAX_HEADING_CHARS)
        self._json.take(":")
        return name

    def _image(self, entry: Any, number: int) -> IndexedImage:
        where = f"image {number}"
        if not isinstance(entry, dict):
            raise self._error(f"{where} is no object")
        unknown = sorted(set(entry).symmetric_difference(FIELD_TYPES))
        if unknown:
            what = "has an unknown field" if unknown[0] in entry else "lacks the field"
            raise self._error(f"{where} {what} '{unknown[0][:40]}'")
        for name, kind in FIELD_TYPES.items():
            if type(entry[name]) is not kind:
                raise self._error(f"'{name}' of {where} is not a {kind.__name__}")
            if kind is str and not _is_text(entry[name], is_path=name == "file"):
                raise self._error(f"'{name}' of {where} is no text of usual length")
        problem = class_name_problem(entry["class"])
        if problem:
            raise self._error(f"the class of {where} has a name {problem}")
        named = _IMAGE_ID.fullmatch(entry["image_id"])
        if named is None or int(named[1]) != entry["frame"]:
            raise self._error(f"'image_id' of {where} is not that of its frame")
        if not entry["frame"] <= entry["num_frames"] < 2**31:
            raise self._error(f"'num_frames' of {where} is {entry['num_frames']}")
        for side in ("width", "height"):
            if not 0 < entry[side] <= _MAX_SIDE:
                raise self._error(f"'{side}' of {where} is {entry[side]}")
        return IndexedImage(
            path=(self._file.parent / entry["file"]).absolute(),
            image_id=entry["image_id"],
            frame=entry["frame"],
            num_frames=entry["num_frames"],
            width=entry["width"],
            height=entry["height"],
            class_name=entry["class"],
            diagnosis=entry["diagnosis"],
            modality=entry["modality"],
            body_part=entry["body_part"],
            group=entry["group"],
            features=self._features(entry["features"], where),
        )

    def _features(self, values: list[Any], where: str) -> FloatArray:
        expected = self.extractor.feature_dim
        if len(values) != expected:
            raise self._error(
                f"{where} has {len(values)} values, but its extractor makes {expected}"
            )
        if not all(type(value) in {int, float} for value in values):
            raise self._error(f"a value of {where} is no number")
        try:
            with np.errstate(over="ignore"):
                features = np.array(values, np.float64).astype(np.float32)
        except OverflowError:
            features = np.array([np.inf], np.float32)
        if not np.isfinite(features).all():
            raise self._error(f"a value of {where} is too large")
        return features

    def _error(self, what: str) -> DataError:
        return DataError(
            f"'{self._file.name}' cannot be read as an index: {what}. Export it again "
            f"with 'cbmir library export-index'."
        )


@contextlib.contextmanager
def open_index(file: Path) -> Iterator[JsonIndex]:
    """Open an index and read its heading.

    Raises
    ------
    DataError
        There is no such file, or it is not an index.
    """
    try:
        # Paths need not be text: they come as they were written.
        stream = file.open(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(
            f"'{file.name}' cannot be opened: {error.strerror or error}. Check its "
            f"name, and that you may read it."
        ) from error
    with stream:
        yield JsonIndex(stream, file)


def content_of(image_id: str) -> str:
    """Return the SHA-256 of the file that holds an image."""
    return image_id.rpartition(":")[0]


def _is_text(value: str, *, is_path: bool) -> bool:
    if len(value) > _MAX_TEXT or "\0" in value or (is_path and not value):
        return False
    try:
        value.encode(errors="surrogateescape" if is_path else "strict")
    except UnicodeEncodeError:
        return False
    return True
