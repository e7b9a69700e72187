"""Make or extend a library from a JSON index, without a network."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import DataError, FileAccessError, ImageReadError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import (
    DecodedImage,
    ExtractorInfo,
    ImageInfo,
    ImageSource,
)
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import Decoder, decode_ahead, decoders_or_own
from cbmir_gui.services.image_sources import file_state
from cbmir_gui.services.json_index_reader import IndexedImage, content_of, open_index
from cbmir_gui.services.library_extractors import extractor_for

_COMMIT_IMAGES = 128


@dataclass(slots=True)
class ImportedIndex:
    """What an import did."""

    library: str
    """Folder."""
    added: int = 0
    completed: int = 0
    """Images that were there, and have these features now."""
    known: int = 0
    """Images that were there with these features."""
    without_file: int = 0
    """Added images whose file is not where the index says, or has changed: they are
    found, but have no thumbnail."""
    outdated: int = 0
    """Images left out: the library holds another image of the file that the index
    names, and the file does not hold the index's one."""


def import_index(
    file: Path,
    folder: Path,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> ImportedIndex:
    """Add the images of an index to a library, made if it does not exist.

    The whole index is checked before anything is written. The images' files are read
    for their thumbnails where they are as they were.

    Parameters
    ----------
    decoders
        To read the files with; none: own ones.
    progress
        May raise `Cancelled`: what was committed stays.

    Raises
    ------
    DataError
        The file is not an index, or was made by a model with other weights.
    ModelNotFoundError, LayerNotFoundError
        The model that made it is not here.
    LibraryMismatchError
        The library has features of the same model with other weights.
    LibraryError, StorageError, EngineError
        The library, the disk or the decoder fails.
    """
    info, num_images = _check(file, progress)
    with contextlib.ExitStack() as stack:
        library = stack.enter_context(_open_library(folder, info))
        ready = stack.enter_context(decoders_or_own(decoders))
        index = stack.enter_context(open_index(file))
        run = _Import(library, info, ImportedIndex(str(folder)))
        num_done = 0

        def report(text: str = "") -> None:
            progress(num_done, num_images, text)

        line = decode_ahead(index.images(), ready, _read_file, report)
        stack.enter_context(contextlib.closing(line))
        for image, outcome in line:
            report(image.path.name)
            run.take(image, None if isinstance(outcome, ImageReadError) else outcome)
            num_done += 1
        run.commit()
    return run.result


def _check(file: Path, progress: Progress) -> tuple[ExtractorInfo, int]:
    """Read the whole index; return this program's extractor, and how many images."""
    with open_index(file) as index:
        known = find_extractor(index.extractor.model, index.extractor.layer)
        _require_same(file, index.extractor, known)
        num_images = 0
        for _ in index.images():
            num_images += 1
            progress(0, 0, "Checking the index")
    return known, num_images


def _require_same(file: Path, made_by: ExtractorInfo, known: ExtractorInfo) -> None:
    is_same = made_by.key == known.key and made_by.feature_dim == known.feature_dim
    if is_same and made_by.weights_sha256 == known.weights_sha256:
        return
    raise DataError(
        f"The features in '{file.name}' were made by another '{known.model} "
        f"{known.layer}' ({made_by.key[:120]}) than the one here ({known.key}), so no "
        f"query could be compared with them. Import that model with 'cbmir models "
        f"import', or index the images again."
    )


def _open_library(folder: Path, info: ExtractorInfo) -> Library:
    if not (folder / CATALOGUE_FILE).exists():
        return Library.create(folder)
    library = Library.open(folder)
    try:
        library.require_writable()
        extractor_for(library, info.model, info.layer)
    except BaseException:
        library.close()
        raise
    return library


def _read_file(decoder: Decoder, image: IndexedImage) -> DecodedImage:
    """Read an image for its thumbnail and what its header says."""
    decoded = decoder.decode(
        image.path, frame=image.frame, max_side_px=1, thumbnail=True
    )
    if decoded.info.image_id != image.image_id:
        raise FileAccessError(image.path.name, "it has changed since it was indexed")
    return decoded


@dataclass(slots=True)
class _Import:
    """One import: what waits for the next commit, and what was done."""

    library: Library
    info: ExtractorInfo
    result: ImportedIndex
    lacking: set[str] = field(init=False)
    """Images of the library without these features."""
    new: list[tuple[NewImage, IndexedImage]] = field(default_factory=list)
    to_complete: list[IndexedImage] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Look at the library."""
        self.lacking = {
            record.image_id for record in self.library.missing(self.info.key)
        }

    def take(self, image: IndexedImage, decoded: DecodedImage | None) -> None:
        """Keep an image for the next commit; None where its file cannot be read."""
        if image.image_id in self.lacking:
            self.to_complete.append(image)
        elif self.library.has_image(image.image_id):
            self.result.known += 1
        else:
            self._take_new(image, decoded)
        if len(self.new) + len(self.to_complete) >= _COMMIT_IMAGES:
            self.commit()

    def _take_new(self, image: IndexedImage, decoded: DecodedImage | None) -> None:
        source = _source_of(image)
        file = None if decoded is None else _state_of(source)
        if decoded is not None and file is not None:
            new = NewImage(decoded.info, source, file, decoded.thumbnail)
        elif self._holds_another(image):
            # Only a file that was read may take a path from an image of the library.
            self.result.outdated += 1
            return
        else:
            # No file has this size: the next indexing of its folder looks at it again.
            new = NewImage(_info_of(image), source, FileState(source.path, 0, 0))
            self.result.without_file += 1
        self.new.append((new, image))

    def _holds_another(self, image: IndexedImage) -> bool:
        known = self.library.catalogue.image_ids_at(str(image.path))
        return any(content_of(name) != content_of(image.image_id) for name in known)

    def commit(self) -> None:
        """Write what waits."""
        if self.new:
            features = np.stack([image.features for _, image in self.new])
            self.library.add([entry for entry, _ in self.new], self.info, features)
        if self.to_complete:
            features = np.stack([image.features for image in self.to_complete])
            names = [image.image_id for image in self.to_complete]
            self.library.add_features(names, self.info, features)
        self.result.added += len(self.new)
        self.result.completed += len(self.to_complete)
        self.new, self.to_complete = [], []


def _source_of(image: IndexedImage) -> ImageSource:
    return ImageSource(
        str(image.path),
        frame=image.frame,
        class_name=image.class_name,
        diagnosis=image.diagnosis,
        modality=image.modality,
        group=image.group,
    )


def _state_of(source: ImageSource) -> FileState | None:
    """Return the state of a file; None if it has gone since it was read."""
    try:
        return file_state(source)
    except FileAccessError:
        return None


def _info_of(image: IndexedImage) -> ImageInfo:
    return ImageInfo(
        image_id=image.image_id,
        file_name=image.path.name,
        width=image.width,
        height=image.height,
        frame=image.frame,
        num_frames=image.num_frames,
        modality=image.modality,
        body_part=image.body_part,
    )
