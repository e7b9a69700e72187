"""Every error that a user may read is born here.

::

    CbmirError                      may be shown to the user as it is
    ├── ImageReadError              one file could not be turned into pixels
    │   ├── UnsupportedImageError   not an image, or of a kind that is not read
    │   ├── DamagedImageError       recognised, but its data are broken
    │   ├── NoPixelDataError        a DICOM object without an image
    │   ├── FrameNotFoundError      the file has fewer frames
    │   ├── WindowNotFoundError     the frame has fewer VOI windows and LUTs
    │   ├── ImageTooLargeError      more pixels or bytes than the limit
    │   ├── FileAccessError         missing, empty, or no permission
    │   ├── DecoderCrashedError     the file killed the decoder process
    │   └── DecoderTimeoutError     the file took longer than the limit
    ├── LibraryError
    │   ├── LibraryNotFoundError    no such folder or name
    │   ├── NotALibraryError        a folder, but without a readable catalogue
    │   ├── LibraryVersionError     written by a newer program
    │   ├── LibraryExistsError      the name is taken
    │   ├── LibraryBusyError        another process is writing
    │   ├── LibraryDamagedError     a segment is missing or fails its checksum
    │   ├── LibraryUnreadableError  the disk or share does not give it now
    │   ├── LibraryMismatchError    features of another extractor
    │   │   └── LibraryOutdatedError   of the same one, before it was changed
    │   └── EmptyLibraryError       nothing to search
    ├── ModelError
    │   ├── ModelNotFoundError
    │   ├── ModelDamagedError       hash, shape or card do not agree
    │   └── LayerNotFoundError
    ├── DataError                   manifest or class folders cannot be used
    │   └── UnusableImagesError     too few of its images are left to learn from
    ├── TrainingError               a training run failed or cannot start
    ├── StorageError                disk full, read-only, input/output error
    └── EngineError                 a background process is not available

    Cancelled                       the user asked to stop; not an error
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cbmir_gui.core.write_cures import write_cure

if TYPE_CHECKING:
    from cbmir_gui.core.records import LeftOutImage


class CbmirError(Exception):
    """An error whose message may be shown to the user as it is."""


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """The user asked to stop."""


class ImageReadError(CbmirError):
    """One file could not be turned into pixels.

    Parameters
    ----------
    file_name : str
        The last path component only: folders may name patients.
    cause : str
        One sentence without a full stop at the start, e.g. ``"it is empty"``.
    cure : str
        What the user can do, one sentence.
    """

    def __init__(self, file_name: str, cause: str, cure: str = "") -> None:
        super().__init__(f"'{file_name}' cannot be read: {cause}. {cure}".rstrip())


class UnsupportedImageError(ImageReadError):
    """The file is not an image, or of a kind that is not read."""


class DamagedImageError(ImageReadError):
    """The file was recognised, but its data are broken."""


class NoPixelDataError(ImageReadError):
    """A DICOM object without an image, e.g. a report."""


class FrameNotFoundError(ImageReadError):
    """The file has fewer frames than asked for."""

    def __init__(self, file_name: str, frame: int, num_frames: int) -> None:
        super().__init__(
            file_name,
            f"frame {frame} was asked for, but it has {num_frames}",
            f"Choose a frame from 1 to {num_frames}.",
        )


class WindowNotFoundError(ImageReadError):
    """The frame has fewer VOI windows and LUTs than asked for."""

    def __init__(self, file_name: str, number: int, num_choices: int) -> None:
        cure = f"Choose one from 1 to {num_choices}." if num_choices else ""
        super().__init__(
            file_name,
            f"its window {number} was asked for, but it has {num_choices}",
            cure or "Choose 'first', 'minmax', or a centre and a width.",
        )


class ImageTooLargeError(ImageReadError):
    """More pixels or bytes than the limit."""


class FileAccessError(ImageReadError):
    """The file is missing or empty, or may not be read."""


class DecoderCrashedError(ImageReadError):
    """The file killed the decoder process."""

    def __init__(self, file_name: str) -> None:
        super().__init__(
            file_name,
            "the decoder stopped while reading it",
            "The file is probably damaged; the other files are not affected.",
        )


class DecoderTimeoutError(ImageReadError):
    """The file took longer than the limit."""

    def __init__(self, file_name: str, limit_s: float) -> None:
        super().__init__(
            file_name,
            f"decoding took longer than {limit_s:g} s",
            "The file is probably damaged or far too large.",
        )


class LibraryError(CbmirError):
    """A library cannot do what was asked."""


class LibraryNotFoundError(LibraryError):
    """No such folder or name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no library '{name}'. Choose another one with "
            f"Library > Open, or make it with Library > New (cbmir index)."
        )


class NotALibraryError(LibraryError):
    """A folder, but without a readable catalogue."""

    def __init__(self, name: str, cause: str = "it has no library.sqlite") -> None:
        super().__init__(
            f"The folder '{name}' is not a library: {cause}. "
            f"Choose a folder that contains library.sqlite and features."
        )


class LibraryVersionError(LibraryError):
    """The library was written by a newer program."""

    def __init__(self, name: str, expected: int, received: int) -> None:
        super().__init__(
            f"The library '{name}' has format {received}; this program reads up to "
            f"format {expected}. Update the program to open it."
        )


class LibraryExistsError(LibraryError):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is already something at '{name}'. Choose another name, "
            f"or open the existing library."
        )


class LibraryBusyError(LibraryError):
    """Another process is writing to the library."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Another window or command is changing the library '{name}'. "
            f"Wait until it has finished, then try again."
        )


class LibraryDamagedError(LibraryError):
    """A segment is missing or fails its checksum, or the catalogue is broken."""

    def __init__(self, name: str, cause: str, else_cure: str = "") -> None:
        self.cause = cause
        super().__init__(
            f"The library '{name}' is damaged: {cause}. "
            f"See what can be mended: Library > Check library (cbmir library verify). "
            f"{else_cure}".rstrip()
        )


class LibraryUnreadableError(LibraryError):
    """The disk or share does not give a file; what is in it may be sound."""

    def __init__(self, name: str, cause: str, cure: str = "") -> None:
        self.cause = cause
        cure = cure or (
            "Check that its disk or network folder is there and that you may read it, "
            "then try again."
        )
        super().__init__(f"The library '{name}' cannot be read now: {cause}. {cure}")


class LibraryMismatchError(LibraryError):
    """The library holds features of another extractor."""

    def __init__(self, expected: str, received: str) -> None:
        super().__init__(
            f"This library holds '{expected}' features and none of '{received}'. "
            f"Choose '{expected}' or extract the library again."
        )


class LibraryOutdatedError(LibraryMismatchError):
    """The features are of this model and layer, but its weights have changed since."""

    def __init__(self, model: str) -> None:
        LibraryError.__init__(
            self,
            f"The features of this library were made by an earlier version of the "
            f"model '{model}'. Extract them again: Search > Model and layer > "
            f"Another model … (cbmir library adopt).",
        )


class EmptyLibraryError(LibraryError):
    """Nothing to search."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The library '{name}' has no images yet. Add some with "
            f"Library > Add folder, or drop them on the window."
        )


class ModelError(CbmirError):
    """A trained model cannot be used."""


class ModelNotFoundError(ModelError):
    """No model of that name."""

    def __init__(self, name: str, available: str) -> None:
        cure = (
            f"Choose one of: {available}."
            if available
            else "Train one with Retrain (cbmir train), or import one with "
            "'cbmir models import'."
        )
        super().__init__(f"There is no model '{name}'. {cure}")


class ModelDamagedError(ModelError):
    """Hash, shape or card of a model do not agree."""

    def __init__(self, name: str, cause: str) -> None:
        self.cause = cause
        super().__init__(
            f"The model '{name}' is damaged: {cause}. "
            f"Restore its folder from a backup, or delete it and train it again."
        )


class LayerNotFoundError(ModelError):
    """The model has no such feature layer."""

    def __init__(self, model: str, layer: str, available: str) -> None:
        super().__init__(
            f"The model '{model}' has no feature layer '{layer}'. "
            f"Choose one of: {available}."
        )


class DataError(CbmirError):
    """A manifest or a folder of class folders cannot be used."""


class UnusableImagesError(DataError):
    """Too few images are left to learn from, or to validate with."""

    left_out: tuple["LeftOutImage", ...] = ()
    """The images that could not be used."""

    def __init__(self, message: str, left_out: Sequence["LeftOutImage"]) -> None:
        self.left_out = tuple(left_out)
        super().__init__(message)


class TrainingError(CbmirError):
    """A training run failed or cannot start."""


class StorageError(CbmirError):
    """Disk full, read-only, or an input/output error.

    Parameters
    ----------
    what : str
        What was to be written, the beginning of a sentence.
    cause : str or OSError
        One sentence without a full stop, or what the system raised: then the cure
        fits its errno.
    """

    def __init__(self, what: str, cause: str | OSError) -> None:
        code = 0
        if isinstance(cause, OSError):
            code = cause.errno or 0
            cause = cause.strerror or "input/output error"
        super().__init__(
            f"{what} could not be written: {cause}. Nothing was lost; "
            f"{write_cure(code)}, "
            f"then try again."
        )


class EngineError(CbmirError):
    """A background process is not available."""


def all_errors() -> dict[str, type[CbmirError]]:
    """Return every error class by its name."""
    found: dict[str, type[CbmirError]] = {}
    waiting: list[type[CbmirError]] = [CbmirError]
    while waiting:
        error = waiting.pop()
        found[error.__name__] = error
        waiting.extend(error.__subclasses__())
    return found


def restore_error(name: str, message: str) -> CbmirError:
    """Rebuild an error that another process raised, from its class name and text.

    An unknown name becomes a plain `CbmirError` with the same message.
    """
    error_class = all_errors().get(name, CbmirError)
    error = error_class.__new__(error_class)
    error.args = (message,)
    return error
