"""Which images a request names: files, folders, manifests, each image once."""

from collections.abc import Iterator
from pathlib import Path

from cbmir_gui.core.errors import FileAccessError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import MIDDLE_FRAME, ImageSource, IndexRequest
from cbmir_gui.library.entries import FileState
from cbmir_gui.sources.folders import (
    LEFT_BEHIND,
    OnFailed,
    find_files,
    has_class_folders,
)
from cbmir_gui.sources.manifests import read_sources


def find_sources(
    request: IndexRequest, on_failed: OnFailed, progress: Progress = no_progress
) -> list[ImageSource]:
    """Return the images that a request names, each file once.

    Raises
    ------
    DataError
        A manifest cannot be used.
    Cancelled
        `progress` asked to stop.
    """
    found: dict[tuple[str, int], ImageSource] = {}
    for file in request.selection:
        for frame in file.frames or (MIDDLE_FRAME,):
            source = ImageSource(file.path, frame, file.class_name)
            found.setdefault((source.path, frame), source)
    for name in request.paths:
        path = Path(name).expanduser().absolute()
        for source in _sources_of(path, request, on_failed):
            progress(0, 0, "looking for files")
            found.setdefault((source.path, source.frame), source)
    return list(found.values())


def file_state(source: ImageSource) -> FileState:
    """Return the file as it is now.

    Raises
    ------
    FileAccessError
        It is missing, or may not be looked at.
    """
    path = Path(source.path)
    try:
        status = path.stat()
    except OSError as error:
        cause = error.strerror or "it cannot be opened"
        cure = "Check that it is there and that you may read it."
        raise FileAccessError(path.name, cause, cure) from error
    return FileState(source.path, status.st_size, status.st_mtime_ns)


def _sources_of(
    path: Path, request: IndexRequest, on_failed: OnFailed
) -> Iterator[ImageSource]:
    is_manifest = path.suffix.lower() == ".csv" and path.is_file()
    is_labelled = path.is_dir() and (
        bool(request.splits) or (request.class_folders and has_class_folders(path))
    )
    if is_manifest or is_labelled:
        yield from read_sources(path, request.set_name, request.splits, request.label)
    else:
        # A DICOMDIR is no image, but is said to be skipped.
        for file in find_files([path], on_failed, LEFT_BEHIND):
            yield ImageSource(str(file))
