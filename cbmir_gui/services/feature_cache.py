"""Features of images that were evaluated before, so that they are extracted once.

The cache of a model is an ordinary library, hidden beside the others; deleting its
folder costs nothing but time. Labels are not taken from it.
"""

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from cbmir_gui.core.errors import FileAccessError, ImageReadError
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import (
    ExtractorInfo,
    FailedFile,
    FloatArray,
    ImageSource,
)
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.entries import FileState, FoundAgain, NewImage
from cbmir_gui.library.feature_table import fill_rows
from cbmir_gui.library.library import Library
from cbmir_gui.services.all_layers import AllLayers
from cbmir_gui.services.decode_ahead import Decoder, PreparedImage, decode_ahead
from cbmir_gui.services.image_sources import file_state

CACHE_FOLDER = ".evaluation"
_COMMIT_SIZE = 64

ReadImage = tuple[ImageSource, FileState, PreparedImage]


@dataclass(frozen=True, slots=True, eq=False)
class CachedImages:
    """What could be read of a list of sources, in its order."""

    sources: tuple[ImageSource, ...]
    image_ids: tuple[str, ...]
    failed: tuple[FailedFile, ...]

    def distinct(self) -> "CachedImages":
        """Return the first source of each content, as a library would keep it."""
        first: dict[str, ImageSource] = {}
        for image_id, source in zip(self.image_ids, self.sources, strict=True):
            first.setdefault(image_id, source)
        return CachedImages(tuple(first.values()), tuple(first), self.failed)


class FeatureCache:
    """The cached features of one model; close it, or use it in a with statement.

    Parameters
    ----------
    layers : AllLayers
        The model.

    Raises
    ------
    LibraryBusyError
        Another evaluation of the model is running.
    StorageError
        The cache cannot be written.
    """

    def __init__(self, layers: AllLayers) -> None:
        self._layers = layers
        folder = _folder_of(layers.infos[0].model)
        if (folder / CATALOGUE_FILE).is_file():
            self._library = Library.open(folder)
        else:
            self._library = Library.create(folder)

    def __enter__(self) -> Self:
        """Use the cache in a with statement."""
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the cache."""
        self._library.close()

    def add(
        self,
        sources: Sequence[ImageSource],
        decoder: Decoder,
        progress: Progress = no_progress,
    ) -> CachedImages:
        """Extract what is not there yet; a file that cannot be read is skipped.

        Raises
        ------
        Cancelled
            `progress` asked to stop; what was extracted stays.
        """
        states: dict[int, FileState] = {}
        results: list[str | FailedFile] = []
        for number, source in enumerate(sources):
            try:
                states[number] = file_state(source)
                results.append(self._find(states[number], source.frame))
            except FileAccessError as error:
                results.append(FailedFile(source.path, str(error)))
        lacking = self._lacking()
        wanted = {
            number: sources[number]
            for number, result in enumerate(results)
            if isinstance(result, str) and (not result or result in lacking)
        }
        images: list[ReadImage] = []
        num_done = 0

        def report() -> None:
            progress(num_done, len(wanted), "Extracting features")

        line = decode_ahead(wanted.items(), [decoder], self._prepare, report)
        with contextlib.closing(line):
            for (number, source), outcome in line:
                num_done += 1
                if isinstance(outcome, ImageReadError):
                    results[number] = FailedFile(source.path, str(outcome))
                else:
                    results[number] = outcome.info.image_id
                    images.append((source, states[number], outcome))
                if len(images) >= _COMMIT_SIZE:
                    self._store(images)
                    images = []
                report()
        self._store(images)
        return _collect(sources, results)

    def features(self, image_ids: Sequence[str], info: ExtractorInfo) -> FloatArray:
        """Return (len(image_ids), feature_dim) of images that `add` returned."""
        layout = self._library.catalogue.feature_layout(info.key)
        features = np.empty((len(image_ids), info.feature_dim), np.float32)
        if layout is not None and image_ids:
            place_of = dict(zip(layout.image_ids, layout.places, strict=True))
            places = [place_of[image_id] for image_id in image_ids]
            fill_rows(self._library.folder, layout.segments, places, features)
        return features

    def _find(self, state: FileState, frame: int) -> str:
        return self._library.find_path(
            state.path, state.size_bytes, state.mtime_ns, frame
        )

    def _lacking(self) -> set[str]:
        """Return the images that lack features of some layer."""
        return {
            record.image_id
            for info in self._layers.infos
            for record in self._library.missing(info.key)
        }

    def _prepare(
        self, decoder: Decoder, item: tuple[int, ImageSource]
    ) -> PreparedImage:
        """Decode an image; only the network's input is kept of its pixels."""
        _, source = item
        image = decoder.decode(Path(source.path), source.frame)
        return PreparedImage(image.info, b"", self._layers.preprocess(image.pixels))

    def _store(self, images: Sequence[ReadImage]) -> None:
        """Extract and commit; the same content may be there already, or come twice."""
        again = []
        new: dict[str, tuple[NewImage, PreparedImage]] = {}
        known: dict[str, PreparedImage] = {}
        for source, state, image in images:
            image_id = image.info.image_id
            is_known = self._library.has_image(image_id)
            if is_known or image_id in new:
                again.append(FoundAgain(image_id, state))
            if is_known:
                known[image_id] = image
            elif image_id not in new:
                new[image_id] = NewImage(image.info, source, state), image
        self._extract_new(list(new.values()))
        self._library.add_paths(again)
        self._extract_known(known)

    def _extract_new(self, images: Sequence[tuple[NewImage, PreparedImage]]) -> None:
        if not images:
            return
        features = self._layers.extract([image.network_input for _, image in images])
        first, *others = self._layers.infos
        entries = [entry for entry, _ in images]
        self._library.add(entries, first, features[first.layer])
        image_ids = [entry.info.image_id for entry in entries]
        for info in others:
            self._library.add_features(image_ids, info, features[info.layer])

    def _extract_known(self, images: dict[str, PreparedImage]) -> None:
        """Add what known images lack, e.g. after a retrain; one pass for all layers."""
        missing = {
            info.layer: {
                record.image_id for record in self._library.missing(info.key)
            }.intersection(images)
            for info in self._layers.infos
        }
        names = sorted(set().union(*missing.values()))
        if not names:
            return
        features = self._layers.extract([images[name].network_input for name in names])
        for info in self._layers.infos:
            rows = [
                row for row, name in enumerate(names) if name in missing[info.layer]
            ]
            self._library.add_features(
                [names[row] for row in rows], info, features[info.layer][rows]
            )


def drop_cache(model: str) -> None:
    """Delete what is kept of a model that was deleted."""
    shutil.rmtree(_folder_of(model), ignore_errors=True)


def _folder_of(model: str) -> Path:
    return libraries_dir() / CACHE_FOLDER / model


def _collect(
    sources: Sequence[ImageSource], results: Sequence[str | FailedFile]
) -> CachedImages:
    read = [
        (source, result)
        for source, result in zip(sources, results, strict=True)
        if isinstance(result, str)
    ]
    return CachedImages(
        sources=tuple(source for source, _ in read),
        image_ids=tuple(image_id for _, image_id in read),
        failed=tuple(item for item in results if isinstance(item, FailedFile)),
    )
