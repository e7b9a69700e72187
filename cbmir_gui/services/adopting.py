"""Let a library use another model, and go back: the former features stay.

Adopting extracts what the library lacks into new segments while searches go on with
the old ones. Only when all of them are there, one transaction makes the new extractor
the default and remembers the former. Cancelled or killed before, the library is as it
was but for features that the next attempt need not extract again.
"""

from collections.abc import Sequence
from pathlib import Path

from cbmir_gui.core.errors import (
    CbmirError,
    EmptyLibraryError,
    LibraryError,
    ModelError,
)
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import (
    ExtractorInfo,
    FailedFile,
    IndexSummary,
    LibraryInfo,
)
from cbmir_gui.engine.operation_answers import Adoption
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import Decoder
from cbmir_gui.services.extracting import run_extraction
from cbmir_gui.services.library_extractors import default_extractor
from cbmir_gui.services.search_choices import choose_extractor

MAX_LOST_SHARE = 0.1
"""With more of its images unreadable a library keeps its model: a disk is missing."""


def adopt_model(
    library: str,
    model: str,
    layer: str = "",
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> IndexSummary:
    """Give a library all features of a model, then make it the default.

    Parameters
    ----------
    library
        Its folder.
    model, layer
        Empty layer: the model's default one.
    decoders
        To decode with, in parallel; none: own ones.
    progress
        May raise `Cancelled`: the summary then says so, the default is the former one,
        and what was extracted stays.

    Returns
    -------
    summary
        `added` counts images with new features; `failed` those that searches will not
        find any more, because their files cannot be read.

    Raises
    ------
    EmptyLibraryError
        There is nothing to extract.
    LibraryError, ModelError, StorageError, EngineError
        The library, the model, the disk or the decoder fails, or too many images
        cannot be read: the default is the former one.
    """
    if model and not layer:
        # Else it would be the library's, where that uses another layer of the model.
        layer = find_extractor(model).layer
    return run_extraction(library, model, layer, decoders, progress, _switch)


def set_default(folder: Path, model: str, layer: str = "") -> LibraryInfo:
    """Choose among the extractors that a library has features of.

    Raises
    ------
    LibraryMismatchError
        It has none of this model and layer; `adopt_model` makes them.
    LibraryError, ModelError, StorageError
    """
    with Library.open(folder) as library:
        library.set_default_extractor(choose_extractor(library, model, layer).key)
        return library.info()


def roll_back(folder: Path) -> LibraryInfo:
    """Go back to the extractor that was the default before the present one.

    Raises
    ------
    LibraryError
        None is remembered.
    ModelError
        Its model was deleted or trained anew since.
    StorageError
    """
    with Library.open(folder) as library:
        previous = _held(library, library.catalogue.previous_extractor())
        if previous is not None:
            _require_model(previous)
        library.roll_back_default()
        return library.info()


def adopted(folder: Path) -> Adoption:
    """Return what a library uses, and what it can be rolled back to.

    Raises
    ------
    LibraryError
        It cannot be read.
    """
    with Library.open(folder, read_only=True) as library:
        previous = _held(library, library.catalogue.previous_extractor())
        return Adoption(default_extractor(library), previous)


def _switch(
    library: Library, info: ExtractorInfo, failed: Sequence[FailedFile]
) -> None:
    num_images = library.catalogue.num_images()
    if not num_images:
        raise EmptyLibraryError(library.catalogue.name)
    if len(failed) > MAX_LOST_SHARE * num_images:
        raise LibraryError(
            f"The library '{library.catalogue.name}' keeps its model: {len(failed)} of "
            f"its {num_images} images cannot be read, e.g. {failed[0].reason} Put the "
            f"files back, or say where they are with 'cbmir library move', then adopt "
            f"'{info.model}' again."
        )
    library.set_default_extractor(info.key)


def _held(library: Library, key: str) -> ExtractorInfo | None:
    found = [info for info in library.catalogue.extractors() if info.key == key]
    return found[0] if found else None


def _require_model(previous: ExtractorInfo) -> None:
    try:
        is_same = find_extractor(previous.model, previous.layer).key == previous.key
    except CbmirError:
        is_same = False
    if not is_same:
        raise ModelError(
            f"The library cannot go back to '{previous.model}': this model was deleted "
            f"or changed since. Import it again, or choose another one of the "
            f"library's models."
        )
