"""Add files after a look at them: series by every n-th image, archives, DICOMDIRs."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.archive_files import is_archive
from cbmir_gui.core.contents import FILE_ONCE, select_every
from cbmir_gui.core.errors import Cancelled, DataError
from cbmir_gui.core.paths import unpacked_dir
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import IndexRequest, IndexSummary
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.imported import IMPORTED, place_beside, sweep_beside
from cbmir_gui.services.decode_ahead import Decoder, decoders_or_own
from cbmir_gui.services.import_look import look_at_import
from cbmir_gui.services.indexing import index_library
from cbmir_gui.services.staging import sweep_left_overs
from cbmir_gui.sources.dicomdir import is_dicomdir


def needs_look(path: str) -> bool:
    """Tell whether a path is an archive or a DICOMDIR, not images or a folder."""
    file = Path(path).expanduser()
    return is_dicomdir(file) or is_archive(file)


def import_paths(
    request: IndexRequest,
    every: int = FILE_ONCE,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> IndexSummary:
    """Look at the paths of a request, then add what was found.

    Parameters
    ----------
    every
        Take every n-th image of each series, or `FILE_ONCE`.

    Raises
    ------
    DataError
        A manifest is among the paths, or there are far too many files.
    LibraryError, ModelError, StorageError, EngineError
        As `index_library`.
    """
    manifest = next((path for path in request.paths if path.endswith(".csv")), "")
    if manifest or request.set_name or request.splits:
        raise DataError(
            "A manifest names its images itself, frame by frame. Index it alone, "
            "without --every, archives and DICOMDIRs."
        )

    with decoders_or_own(decoders) as ready, staging_place(request.library) as place:
        try:
            contents = look_at_import(request.paths, place, ready, progress)
        except Cancelled:
            return IndexSummary(request.library, 0, 0, 0, (), 0.0, 0.0, cancelled=True)
        selection = tuple(
            file for group in contents.groups for file in select_every(group, every)
        )
        chosen = replace(request, paths=(), selection=selection, staged=contents.staged)
        summary = index_library(chosen, ready, progress)
    return replace(
        summary,
        failed=(*contents.unreadable, *summary.failed),
        skipped=(*contents.skipped, *summary.skipped),
    )


@contextlib.contextmanager
def staging_place(library: str) -> Iterator[Path]:
    """Lend where archives are unpacked: in the library, or beside it if there is none.

    A library is made only if there is something to add; files are moved to it then,
    which takes no time where they are on its disk. Without a name it is a folder for
    what is only looked at; what a killed process left there goes first.
    """
    sweep_left_overs()
    folder = Path(library).absolute()
    if not library:
        yield unpacked_dir()
    elif (folder / CATALOGUE_FILE).exists():
        yield folder / IMPORTED
    else:
        beside = place_beside(folder)
        sweep_beside(folder.parent)
        try:
            yield beside
        finally:
            with contextlib.suppress(OSError):  # it was not needed, or is still used
                beside.rmdir()
