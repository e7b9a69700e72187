"""Add images to a library: found, decoded, extracted, committed, side by side.

Known files (same path, size and time) cost a look. Each commit takes some hundred
images at most or a few seconds of work: what was committed stays, whatever happens,
and the rest leaves no trace.
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from cbmir_gui.core.contents import FileDescription
from cbmir_gui.core.errors import (
    Cancelled,
    FileAccessError,
    ImageReadError,
    NoPixelDataError,
    UnsupportedImageError,
)
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import (
    ExtractorInfo,
    FailedFile,
    ImageSource,
    IndexRequest,
    IndexSummary,
)
from cbmir_gui.features.base import Extractor
from cbmir_gui.features.registry import find_extractor, open_extractor
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.entries import FileState, FoundAgain, NewImage
from cbmir_gui.library.imported import end_import
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import (
    Decoder,
    FeatureBatches,
    PreparedImage,
    decode_ahead,
    decoders_or_own,
    prepare,
)
from cbmir_gui.services.image_sources import file_state, find_sources
from cbmir_gui.services.import_look import skip_reason
from cbmir_gui.services.library_extractors import extractor_for
from cbmir_gui.services.staging import claim, delete_files, discard

COMMIT_IMAGES = 128
COMMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that the library does not know, as it is now."""

    source: ImageSource
    file: FileState


@dataclass(frozen=True, slots=True)
class NoImage:
    """What a file turned out to be that is no image."""

    reason: str


def index_library(
    request: IndexRequest,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> IndexSummary:
    """Add files, folders and manifests to a library, made if it does not exist.

    A manifest's rows bring class, diagnosis, modality and group. Images of plain
    folders have no class: the names of folders may be those of patients. With `splits`
    or `class_folders` a folder is read as DATA, and its folders are the classes.

    Parameters
    ----------
    request
        What to add, and with which extractor.
    decoders
        To decode with, in parallel; none: own ones.
    progress
        May raise `Cancelled`: the summary then says so, and what was committed stays.

    Raises
    ------
    DataError
        A manifest cannot be used, or files that were unpacked are gone.
    LibraryMismatchError
        No model is named, and the library's own model has changed since.
    LibraryError, ModelError, StorageError, EngineError
        The library, the model, the disk or the decoder fails.
    """
    start = time.monotonic()
    failed: list[FailedFile] = []
    with contextlib.ExitStack() as stack:
        stack.callback(discard, request.staged)  # of which nothing is left once claimed
        try:
            sources = find_sources(request, failed.append, progress)
        except Cancelled:
            return IndexSummary(request.library, 0, 0, 0, (), 0.0, 0.0, cancelled=True)
        if not sources:
            return IndexSummary(request.library, 0, 0, 0, tuple(failed), 0.0, 0.0)
        library, info = _open(request, stack)
        sources = _claim(request, sources, library, stack)
        run = _Run(library, len(sources), progress, failed)
        try:
            new = run.find_new(sources)
            if new:
                progress(run.num_done, run.total, "loading the model")
                extractor = open_extractor(info.model, info.layer)
                ready = stack.enter_context(decoders_or_own(decoders))
                run.add(new, extractor, ready)
            cancelled = False
        except Cancelled:
            cancelled = True
    seconds = time.monotonic() - start
    return IndexSummary(
        library=request.library,
        added=len(run.added_ids),
        known=run.num_known,
        duplicate=run.num_duplicate,
        failed=tuple(failed),
        seconds=seconds,
        images_per_second=len(run.added_ids) / seconds if seconds else 0.0,
        cancelled=cancelled,
        skipped=tuple(run.skipped),
        added_ids=tuple(run.added_ids),
    )


def _open(
    request: IndexRequest, stack: contextlib.ExitStack
) -> tuple[Library, ExtractorInfo]:
    """Open the library; one is made only if there is a use for it."""
    folder = Path(request.library)
    if (folder / CATALOGUE_FILE).exists():
        library = stack.enter_context(Library.open(folder))
        library.require_writable()
        return library, extractor_for(library, request.model, request.layer)
    info = find_extractor(request.model, request.layer)
    open_extractor(info.model, info.layer)  # a damaged model leaves no library behind
    return stack.enter_context(Library.create(folder)), info


def _claim(
    request: IndexRequest,
    sources: Sequence[ImageSource],
    library: Library,
    stack: contextlib.ExitStack,
) -> list[ImageSource]:
    """Move files out of archives to their place; those not added go at the end."""
    folder = Path(request.library)
    claimed = claim(request.staged, sources, folder)
    new = {source.path for source in claimed} - {source.path for source in sources}

    def tidy() -> None:
        known = library.catalogue.image_ids_at
        delete_files((Path(path) for path in new if not known(path)), folder)
        end_import(folder)

    if request.staged:
        stack.callback(tidy)
    return claimed


@dataclass(slots=True)
class _Run:
    """One indexing run: its counts, and the images that wait for the next commit."""

    library: Library
    total: int
    progress: Progress
    failed: list[FailedFile]
    added_ids: list[str] = field(default_factory=list)
    num_known: int = 0
    num_duplicate: int = 0
    num_done: int = 0
    last_commit_s: float = 0.0
    images: list[NewImage] = field(default_factory=list)
    pending_ids: set[str] = field(default_factory=set)
    found_again: list[FoundAgain] = field(default_factory=list)
    skipped: list[FailedFile] = field(default_factory=list)

    def find_new(self, sources: Sequence[ImageSource]) -> list[Candidate]:
        """Return the files that the library does not know as they are now."""
        new = []
        for source in sources:
            try:
                file = file_state(source)
            except FileAccessError as error:
                self._fail(source, error)
                continue
            if self.library.find_path(
                file.path, file.size_bytes, file.mtime_ns, source.frame
            ):
                self.num_known += 1
                self.num_done += 1
                self._report()
            else:
                new.append(Candidate(source, file))
        return new

    def add(
        self,
        candidates: Sequence[Candidate],
        extractor: Extractor,
        decoders: Sequence[Decoder],
    ) -> None:
        """Decode, extract and commit."""

        def work(decoder: Decoder, candidate: Candidate) -> PreparedImage | NoImage:
            return _prepare(extractor, decoder, candidate.source)

        features = FeatureBatches(extractor)
        self.last_commit_s = time.monotonic()
        line = decode_ahead(candidates, decoders, work, self._report)
        with contextlib.closing(line):
            for candidate, outcome in line:
                if isinstance(outcome, ImageReadError):
                    self._fail(candidate.source, outcome)
                elif isinstance(outcome, NoImage):
                    self._skip(candidate.source, outcome)
                elif self._take(candidate, outcome):
                    features.append(outcome.network_input)
                if self._is_commit_due():
                    self._commit(features)
                self._report(Path(candidate.source.path).name)
        self._commit(features)

    def _report(self, text: str = "") -> None:
        self.progress(self.num_done, self.total, text)

    def _take(self, candidate: Candidate, image: PreparedImage) -> bool:
        """Keep an image for the next commit; return whether it is new."""
        self.num_done += 1
        image_id = image.info.image_id
        if image_id in self.pending_ids or self.library.has_image(image_id):
            self._find_again(image_id, candidate.file)
            return False
        self.pending_ids.add(image_id)
        self.images.append(
            NewImage(image.info, candidate.source, candidate.file, image.thumbnail)
        )
        return True

    def _fail(self, source: ImageSource, error: ImageReadError) -> None:
        self.failed.append(FailedFile(source.path, str(error)))
        self.num_done += 1

    def _skip(self, source: ImageSource, found: NoImage) -> None:
        self.skipped.append(FailedFile(source.path, found.reason))
        self.num_done += 1

    def _find_again(self, image_id: str, file: FileState) -> None:
        if file.path in self.library.catalogue.paths(image_id):
            self.num_known += 1  # touched, not changed
        else:
            self.num_duplicate += 1
        self.found_again.append(FoundAgain(image_id, file))

    def _is_commit_due(self) -> bool:
        is_late = time.monotonic() - self.last_commit_s > COMMIT_S
        return is_late or len(self.images) >= COMMIT_IMAGES

    def _commit(self, features: FeatureBatches) -> None:
        if self.images:
            self.library.add(self.images, features.extractor_info, features.take())
        self.added_ids += [image.info.image_id for image in self.images]
        self.library.add_paths(self.found_again)
        self.images, self.found_again = [], []
        self.pending_ids = set()
        self.last_commit_s = time.monotonic()


def _prepare(
    extractor: Extractor, decoder: Decoder, source: ImageSource
) -> PreparedImage | NoImage:
    """Prepare an image, or say as a look does what the file is instead."""
    path = Path(source.path)
    try:
        return prepare(extractor, decoder, path, source.frame)
    except (NoPixelDataError, UnsupportedImageError):
        described = cast("FileDescription", decoder.ask("describe", path))
        if not described.skip_reason:
            raise
        return NoImage(skip_reason(described))
