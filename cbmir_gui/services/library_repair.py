"""Check a library, and mend what can be mended without losing anything.

What the library can do alone comes first (`library.mending`), then files that were
moved, then what the images' files are needed for: thumbnails and features.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cbmir_gui.core.errors import (
    Cancelled,
    CbmirError,
    DamagedImageError,
    FileAccessError,
    ImageReadError,
    LibraryError,
)
from cbmir_gui.core.library_check import LibraryCheck, LibraryRepair
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ExtractorInfo, FailedFile
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import Decoder, decode_ahead, decoders_or_own
from cbmir_gui.services.extracting import extract_missing
from cbmir_gui.services.moved_files import find_moved_files

_COMMIT_THUMBNAILS = 64


def check_library(folder: Path, progress: Progress = no_progress) -> LibraryCheck:
    """Read all of a library and say what is wrong with it; changes nothing.

    Raises
    ------
    LibraryError
        Not even its catalogue can be read.
    Cancelled
        `progress` asked to stop.
    """
    with Library.open(folder, read_only=True) as library:
        return library.verify(progress)


def repair_library(
    folder: Path,
    images: Path | None = None,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> LibraryRepair:
    """Mend a library; a copy of its catalogue is made before that is changed.

    Parameters
    ----------
    images
        Where to look for the files of images that are not where they were.
    decoders
        To read the images' files with; none: own ones.
    progress
        May raise `Cancelled`: the result then has no check at its end, and what was
        mended stays.

    Raises
    ------
    LibraryError
        Not even its catalogue can be read, or there is no folder `images`.
    LibraryBusyError, StorageError
        It cannot be changed: what was mended stays mended.
    EngineError
        The decoder does not work.
    Cancelled
        `progress` asked to stop before anything was changed.
    """
    if images is not None and not images.is_dir():
        raise LibraryError(
            f"There is no folder '{images.name}' to look for the images in. Check its "
            f"path, and that its disk is there."
        )
    before = check_library(folder, progress)
    run = _Repair(folder, progress)
    after = None
    with decoders_or_own(decoders) as lent, contextlib.suppress(Cancelled):
        run.mend(before, images, lent)
        run.extract(lent)
        after = check_library(folder, progress)
    return LibraryRepair(
        before=before,
        after=after,
        backup=run.backup,
        num_set_aside=run.num_set_aside,
        num_extracted=run.num_extracted,
        num_thumbnails=run.num_thumbnails,
        num_found=run.num_found,
        num_deleted=run.num_deleted,
        failed=tuple({entry.path: entry for entry in run.failed}.values()),
    )


@dataclass(slots=True)
class _Repair:
    """One repair while it goes on."""

    folder: Path
    progress: Progress
    backup: str = ""
    num_set_aside: int = 0
    num_extracted: int = 0
    num_thumbnails: int = 0
    num_found: int = 0
    num_deleted: int = 0
    failed: list[FailedFile] = field(default_factory=list)
    incomplete: list[ExtractorInfo] = field(default_factory=list)
    """Whose features have to be extracted again."""

    def mend(
        self, before: LibraryCheck, images: Path | None, decoders: Sequence[Decoder]
    ) -> None:
        """Do what holds the library's lock."""
        with Library.open(self.folder) as library:
            library.require_writable()
            findings = library.inspect(self.progress)
            self.backup, self.num_set_aside = library.mend(findings)
            # Most were swept when the library was opened.
            self.num_deleted = max(0, before.num_orphans - library.num_orphans())
            if images is not None and findings.moved:
                found = find_moved_files(findings.moved, images, self.progress)
                library.replace_paths(found)
                self.num_found = len(found)
            wanted = (*findings.damaged_thumbnails, *findings.no_thumbnails)
            self._make_thumbnails(library, wanted, decoders)
            hurt = {segment.extractor.key for segment, _ in findings.damaged}
            hurt |= {misplaced.extractor_key for misplaced in findings.misplaced}
            hurt.add(library.catalogue.default_extractor())
            self.incomplete = [
                info
                for info in library.catalogue.extractors()
                if info.key in hurt and library.catalogue.num_missing(info.key)
            ]

    def extract(self, decoders: Sequence[Decoder]) -> None:
        """Extract again what was lost, where the model that made it is still here."""
        for info in self.incomplete:
            if not _is_here(info):
                continue
            names = str(self.folder), info.model, info.layer
            summary = extract_missing(*names, decoders, self.progress)
            self.num_extracted += summary.added
            self.failed += summary.failed
            if summary.cancelled:
                raise Cancelled

    def _make_thumbnails(
        self, library: Library, image_ids: Sequence[str], decoders: Sequence[Decoder]
    ) -> None:
        made: list[tuple[str, bytes]] = []

        def commit() -> None:
            library.set_thumbnails(made)
            self.num_thumbnails += len(made)
            made.clear()

        def work(decoder: Decoder, task: tuple[str, list[str]]) -> bytes:
            return _thumbnail(decoder, *task)

        tasks = (
            (image_id, library.catalogue.paths(image_id)) for image_id in image_ids
        )
        line = decode_ahead(tasks, decoders, work, lambda: self.progress(0, 0))
        with contextlib.closing(line):
            for done, ((_, paths), outcome) in enumerate(line):
                self.progress(done, len(image_ids), "thumbnails")
                if isinstance(outcome, ImageReadError):
                    where = paths[0] if paths else ""
                    self.failed.append(FailedFile(where, str(outcome)))
                else:
                    made.append((image_ids[done], outcome))
                if len(made) >= _COMMIT_THUMBNAILS:
                    commit()
        commit()


def _thumbnail(decoder: Decoder, image_id: str, paths: Sequence[str]) -> bytes:
    """Make the thumbnail from the first file that still holds the image."""
    frame = int(image_id.rpartition(":")[2])
    failure: ImageReadError | None = None
    for path in paths:
        try:
            image = decoder.decode(Path(path), frame=frame, thumbnail=True)
        except ImageReadError as error:
            failure = failure or error
            continue
        if image.info.image_id == image_id:
            return image.thumbnail
        failure = failure or DamagedImageError(
            Path(path).name, "it has changed since it was added", "Add it again."
        )
    raise failure or FileAccessError(image_id[:8], "the library knows no file of it")


def _is_here(info: ExtractorInfo) -> bool:
    try:
        return find_extractor(info.model, info.layer).key == info.key
    except CbmirError:
        return False
