"""Look at files, folders, DICOMDIRs and archives before they are added to a library."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from cbmir_gui.core.archive_files import is_archive
from cbmir_gui.core.contents import (
    FileDescription,
    ImportContents,
    MediumReferences,
)
from cbmir_gui.core.errors import DataError, ImageReadError, UnsupportedImageError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import FailedFile
from cbmir_gui.services.decode_ahead import Decoder, decode_ahead, decoders_or_own
from cbmir_gui.services.import_groups import FoundImage, group_images
from cbmir_gui.services.staging import discard, stage
from cbmir_gui.sources.dicomdir import is_dicomdir, resolve_references
from cbmir_gui.sources.folders import (
    LEFT_BEHIND,
    class_folders,
    find_files,
    has_class_folders,
)

MAX_FILES = 200_000
_ADD_IT_ITSELF = "it is a ZIP archive; add it by itself"


def look_at_import(
    paths: Sequence[str],
    place: Path,
    decoders: Sequence[Decoder] = (),
    progress: Progress = no_progress,
) -> ImportContents:
    """Describe every file below `paths`, and group what has an image.

    Parameters
    ----------
    place
        Where archives are unpacked to; see `services.staging`.
    decoders
        To read with, in parallel; none: own ones.
    progress
        May raise `Cancelled`: then nothing of an archive stays.

    Raises
    ------
    DataError
        There are more than `MAX_FILES` files.
    StorageError
        There is no room for what is in an archive.
    EngineError
        The decoder cannot be started.
    """
    with decoders_or_own(decoders) as ready, contextlib.ExitStack() as undo:
        look = _Look(place, ready, progress)
        undo.callback(lambda: discard(look.staged))
        files = look.find([Path(name).expanduser().absolute() for name in paths])
        images = look.describe(files)
        contents = ImportContents(
            studies=group_images(images),
            skipped=tuple(look.skipped),
            unreadable=tuple(look.unreadable),
            staged=tuple(look.staged),
            archives=tuple(look.archives),
        )
        undo.pop_all()
    return contents


def skip_reason(described: FileDescription) -> str:
    """Return why a file is no image, and what to do with an archive; else empty."""
    reason = described.skip_reason
    return _ADD_IT_ITSELF if reason.endswith("ZIP archive") else reason


class _Look:
    """One look: what was found so far."""

    def __init__(
        self, place: Path, decoders: Sequence[Decoder], progress: Progress
    ) -> None:
        self._place = place
        self._decoders = decoders
        self._progress = progress
        self._classes: dict[Path, str] = {}
        self._names: dict[Path, str] = {}
        self.skipped: list[FailedFile] = []
        self.unreadable: list[FailedFile] = []
        self.staged: list[str] = []
        self.archives: list[str] = []

    def find(self, paths: Sequence[Path]) -> list[Path]:
        """Return the files at and below `paths`, each once, archives unpacked."""
        found: dict[Path, None] = {}
        for path in paths:
            for file in self._files_of(path):
                found[file] = None
                self._progress(0, 0, "Looking for files")
                if len(found) > MAX_FILES:
                    raise DataError(
                        f"'{path.name}' holds more than {MAX_FILES:,} files. Add its "
                        f"folders one by one."
                    )
        return list(found)

    def describe(self, files: Sequence[Path]) -> list[FoundImage]:
        """Return the files that have an image; the others are noted."""
        images: list[FoundImage] = []
        num_done = 0

        def work(decoder: Decoder, path: Path) -> FileDescription:
            return cast("FileDescription", decoder.ask("describe", path))

        def report() -> None:
            self._progress(num_done, len(files), "Reading what the files say")

        line = decode_ahead(files, self._decoders, work, report)
        with contextlib.closing(line):
            for path, outcome in line:
                num_done += 1
                if isinstance(outcome, ImageReadError):
                    self.unreadable.append(FailedFile(str(path), str(outcome)))
                elif outcome.skip_reason:
                    self.skipped.append(FailedFile(str(path), skip_reason(outcome)))
                else:
                    images.append(self._found(path, outcome))
                report()
        return images

    def _files_of(self, path: Path) -> Iterator[Path]:
        if is_dicomdir(path) and path.is_file():
            yield from self._named_by(path)
        elif is_archive(path):
            yield from self._unpacked(path)
        else:
            if has_class_folders(path):
                self._classes |= class_folders(path)
            for file in find_files([path], self.unreadable.append, LEFT_BEHIND):
                if is_dicomdir(file):
                    self._named_by(file)  # only to say what is missing
                else:
                    yield file

    def _named_by(self, dicomdir: Path) -> list[Path]:
        """Return the files that a DICOMDIR names; it is no image itself."""
        try:
            answer = self._decoders[0].ask("references", dicomdir)
        except UnsupportedImageError as error:
            self.skipped.append(FailedFile(str(dicomdir), str(error)))
            return []
        except ImageReadError as error:
            self.unreadable.append(FailedFile(str(dicomdir), str(error)))
            return []
        reason = "it is a DICOMDIR, a table of contents without an image"
        self.skipped.append(FailedFile(str(dicomdir), reason))
        file_ids = cast("MediumReferences", answer).file_ids
        return resolve_references(dicomdir, file_ids, self.unreadable.append)

    def _unpacked(self, archive: Path) -> Iterator[Path]:
        try:
            staged = stage(archive, self._place, self.skipped.append, self._progress)
        except DataError as error:
            self.unreadable.append(FailedFile(str(archive), str(error)))
            return
        self.staged.append(str(staged.folder))
        self.archives.append(archive.name)
        self._names |= dict.fromkeys((staged.folder, staged.home), archive.name)
        for file in staged.files:
            if is_dicomdir(file):
                self._named_by(file)
            else:
                yield file

    def _found(self, path: Path, described: FileDescription) -> FoundImage:
        classes = self._classes
        class_folder = next(filter(classes.__contains__, path.parents), None)
        class_name = classes[class_folder] if class_folder else ""
        return FoundImage(path, described, self._names.get(path.parent, ""), class_name)
