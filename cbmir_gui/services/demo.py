"""Make the demo library: draw its images, then index them.

::

    feature_db/
      demo/                  the library; it gets this name when it is complete
      demo_images/           one folder of each kind, manifest.csv
        .library/            the library while it is being made

So whoever finds a library at `demo` finds all of it, and a run that was killed is
finished by the next one.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.durability import rename_and_sync, storage_errors
from cbmir_gui.core.errors import (
    Cancelled,
    LibraryDamagedError,
    LibraryExistsError,
    LibraryMismatchError,
    NotALibraryError,
)
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import IndexRequest, IndexSummary
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import Decoder
from cbmir_gui.services.indexing import index_library
from cbmir_gui.sources.phantoms.generator import NUM_PHANTOMS, generate_phantoms

DEMO_NAME = "demo"
_SCRATCH = ".library"


def build_demo(
    folder: Path | None = None,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
    model: str = "",
) -> IndexSummary:
    """Make what is missing of the demo library; quick if nothing is.

    Parameters
    ----------
    folder
        Of the library; none: the one named demo. The images go into a folder beside it.
    decoders
        To decode with, in parallel; none: own ones.
    progress
        Told of both phases on one scale. May raise `Cancelled`: the summary then says
        so, and the next call goes on from there.
    model
        Empty: the program's default.

    Raises
    ------
    LibraryExistsError
        There is something else in `folder`.
    LibraryError, ModelError, StorageError, EngineError
        The library, the model, the disk or the decoder fails.
    """
    folder = (folder or libraries_dir() / DEMO_NAME).absolute()
    images = folder.with_name(f"{folder.name}_images")
    is_complete = (folder / CATALOGUE_FILE).is_file()
    if not is_complete:
        find_extractor(model)  # without a model there is nothing to draw for
        _require_free(folder)
    try:
        manifest = generate_phantoms(images, _part(progress, 0))
    except Cancelled:
        return IndexSummary(str(folder), 0, 0, 0, (), 0.0, 0.0, cancelled=True)
    target = folder if is_complete else images / _SCRATCH
    request = IndexRequest(str(target), (str(manifest),), model=model)
    report = _part(progress, 1)
    if is_complete:
        return index_library(request, decoders, report)
    summary = _index_scratch(request, folder.name, decoders, report)
    if not summary.cancelled and summary.added + summary.known:
        with storage_errors(f"The library '{folder.name}'"):
            rename_and_sync(target, folder)
    return replace(summary, library=str(folder))


def _index_scratch(
    request: IndexRequest, name: str, decoders: Sequence[Decoder], progress: Progress
) -> IndexSummary:
    """Index into a library that nobody sees yet, so it may be started anew."""
    scratch = Path(request.library)
    _create(scratch, name)
    try:
        return index_library(request, decoders, progress)
    except (LibraryDamagedError, LibraryMismatchError, NotALibraryError):
        # It was left behind by an earlier run, perhaps with another model.
        with storage_errors(f"The library '{name}'"):
            shutil.rmtree(scratch)
        _create(scratch, name)
        return index_library(request, decoders, progress)


def _create(folder: Path, name: str) -> None:
    if not (folder / CATALOGUE_FILE).is_file():
        Library.create(folder, name).close()


def _require_free(folder: Path) -> None:
    """Make room for a library, as `Library.create` would."""
    with storage_errors(f"The library '{folder.name}'"):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    if folder.exists():
        raise LibraryExistsError(folder.name)


def _part(progress: Progress, number: int) -> Progress:
    """Report phase `number` (0 or 1) of two equally long ones."""

    def report(done: int, total: int, text: str = "") -> None:
        share = NUM_PHANTOMS * done // total if total else 0
        progress(number * NUM_PHANTOMS + share, 2 * NUM_PHANTOMS, text)

    return report
