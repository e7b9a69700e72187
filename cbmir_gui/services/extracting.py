"""Give the images that a library has the features of another extractor.

Used after a model was trained again, and to search a library by a further model.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cbmir_gui.core.errors import Cancelled, DamagedImageError, ImageReadError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import (
    ExtractorInfo,
    FailedFile,
    ImageRecord,
    IndexSummary,
)
from cbmir_gui.features.base import Extractor
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import (
    Decoder,
    FeatureBatches,
    PreparedImage,
    decode_ahead,
    decoders_or_own,
    prepare,
)
from cbmir_gui.services.library_extractors import default_extractor, named_extractor

COMMIT_IMAGES = 128

Task = tuple[ImageRecord, list[str]]
"""An image and the files that hold it."""


def extract_missing(
    library: str,
    model: str = "",
    layer: str = "",
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> IndexSummary:
    """Extract the features that an extractor has not made yet; costs only those.

    At the end the extractor becomes the library's default if it takes the place of an
    older version of the default one: same model and layer, new weights.

    Parameters
    ----------
    library
        Its folder.
    model, layer
        Empty: as in the library's default.
    decoders
        To decode with, in parallel; none: own ones.
    progress
        May raise `Cancelled`: the summary then says so, and what was committed stays.

    Returns
    -------
    summary
        `added` counts images with new features.

    Raises
    ------
    LibraryError, ModelError, StorageError, EngineError
        The library, the model, the disk or the decoder fails.
    """
    names = library, model, layer
    return run_extraction(*names, decoders, progress, _succeed_default)


def run_extraction(
    library: str,
    model: str,
    layer: str,
    decoders: Sequence[Decoder],
    progress: Progress,
    finish: Callable[[Library, ExtractorInfo, Sequence[FailedFile]], None],
) -> IndexSummary:
    """Extract as `extract_missing` does, and let `finish` decide what follows.

    Parameters
    ----------
    finish
        Called with the library, still open to be changed, the extractor and the
        files that could not be read; not if the run was cancelled.
    """
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(Library.open(Path(library)))
        opened.require_writable()
        info = named_extractor(opened, model, layer)
        progress(0, 0, "loading the model")
        extractor = open_extractor(info.model, info.layer)
        ready = stack.enter_context(decoders_or_own(decoders))
        added, failed, cancelled = _extract(opened, extractor, ready, progress)
        if not cancelled:
            finish(opened, extractor.info, failed)
    seconds = time.monotonic() - start
    return IndexSummary(
        library=library,
        added=added,
        known=0,
        duplicate=0,
        failed=tuple(failed),
        seconds=seconds,
        images_per_second=added / seconds if seconds else 0.0,
        cancelled=cancelled,
    )


def _extract(
    library: Library,
    extractor: Extractor,
    decoders: Sequence[Decoder],
    progress: Progress,
) -> tuple[int, list[FailedFile], bool]:
    """Return the number of images extracted, the failed ones, whether cancelled."""
    missing = library.missing(extractor.info.key)
    features = FeatureBatches(extractor)
    failed: list[FailedFile] = []
    pending: list[str] = []
    num_added = 0

    def report(text: str = "") -> None:
        progress(num_added + len(pending) + len(failed), len(missing), text)

    def work(decoder: Decoder, task: Task) -> PreparedImage:
        return _prepare_unchanged(extractor, decoder, task)

    def commit() -> int:
        library.add_features(pending, extractor.info, features.take())
        return len(pending)

    line = decode_ahead(_tasks(library, missing), decoders, work, report)
    try:
        with contextlib.closing(line):
            for (record, _), outcome in line:
                if isinstance(outcome, ImageReadError):
                    failed.append(FailedFile(record.path, str(outcome)))
                else:
                    pending.append(record.image_id)
                    features.append(outcome.network_input)
                report(Path(record.path).name)
                if len(pending) >= COMMIT_IMAGES:
                    num_added += commit()
                    pending.clear()
        num_added += commit()
    except Cancelled:
        return num_added, failed, True
    return num_added, failed, False


def _tasks(library: Library, records: Sequence[ImageRecord]) -> Iterator[Task]:
    for record in records:
        yield record, library.catalogue.paths(record.image_id)


def _prepare_unchanged(
    extractor: Extractor, decoder: Decoder, task: Task
) -> PreparedImage:
    """Read an image from the first of its files that still holds it."""
    record, paths = task
    failure: ImageReadError | None = None
    for path in paths:
        try:
            image = prepare(extractor, decoder, Path(path), record.frame)
        except ImageReadError as error:
            failure = failure or error
            continue
        if image.info.image_id == record.image_id:
            return image
        failure = failure or DamagedImageError(
            Path(path).name, "it has changed since it was added", "Add it again."
        )
    raise failure or DamagedImageError(record.image_id[:8], "it has no file")


def _succeed_default(
    library: Library, info: ExtractorInfo, _: Sequence[FailedFile]
) -> None:
    """Make an extractor the default that is a newer version of the present one."""
    default = default_extractor(library)
    held = {other.key for other in library.catalogue.extractors()}
    if (
        default is not None
        and (default.model, default.layer) == (info.model, info.layer)
        and info.key in held
    ):
        library.set_default_extractor(info.key)
