"""What the network and search process answers, where no record of `core` says it."""

from dataclasses import dataclass, field

from cbmir_gui.core.records import (
    MIDDLE_FRAME,
    ExtractorInfo,
    FailedFile,
    LibraryInfo,
    ModelInfo,
)


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What a training would find; counted without opening an image."""

    num_images: int
    classes: dict[str, int]
    """Number of images by class, without those that have none."""
    splits: dict[str, int]
    """Empty key: images whose split will be drawn."""
    num_missing: int
    """Files that are named but not there."""
    has_groups: bool
    """Every image says which patient (or the like) it belongs to."""
    sets: tuple[str, ...]
    """Sets that a manifest can be narrowed to."""
    num_unlabelled: int = 0
    """Images without a class."""
    only_tested: tuple[str, ...] = ()
    """Classes with images to test with alone."""
    problem: str = ""
    """Why a training without classes would not begin, as may be shown; or empty."""
    class_problem: str = ""
    """Why a training that learns classes would not."""


@dataclass(frozen=True, slots=True)
class Warmed:
    """The next search of this library need not load anything."""

    library_size: int


@dataclass(frozen=True, slots=True)
class LibraryList:
    """The libraries that have a plain name."""

    libraries: tuple[LibraryInfo, ...]


@dataclass(frozen=True, slots=True)
class ModelList:
    """The trained models, those with a problem too."""

    models: tuple[ModelInfo, ...]


@dataclass(frozen=True, slots=True)
class ExtractorList:
    """The ways to search a library."""

    extractors: tuple[ExtractorInfo, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """Images were removed; `undo` brings them back."""

    removed: int
    undo: str


@dataclass(frozen=True, slots=True)
class Restored:
    """Images are back."""

    restored: int


@dataclass(frozen=True, slots=True)
class Relabelled:
    """Images have a new class."""

    previous: dict[str, str] = field(default_factory=dict)
    """Former class by image_id."""


@dataclass(frozen=True, slots=True)
class WrittenIndex:
    """A JSON index that was written."""

    path: str
    num_images: int


@dataclass(frozen=True, slots=True)
class ReadIndex:
    """What a JSON index brought to a library, in images."""

    added: int
    completed: int
    """They were there without these features."""
    known: int
    without_file: int
    """Added, but their files are not where the index says, or have changed."""
    outdated: int
    """Left out: the library has newer images of their files."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """It was done; there is nothing to say."""


@dataclass(frozen=True, slots=True)
class ExampleImage:
    """One image of a class, to be looked at."""

    class_name: str
    path: str
    thumbnail: str
    """Base64 of a JPEG, longer side at most 96 px."""
    frame: int = MIDDLE_FRAME


@dataclass(frozen=True, slots=True)
class LookedImage:
    """One image that a finding is about."""

    path: str
    frame: int = MIDDLE_FRAME
    class_name: str = ""


LookedImages = tuple[LookedImage, ...]


@dataclass(frozen=True, slots=True)
class DataLook:
    """What opening every image of a data set showed."""

    examples: tuple[ExampleImage, ...]
    unreadable: tuple[FailedFile, ...]
    duplicates: tuple[LookedImages, ...]
    """Images with the same picture on the same side of the split: each counts."""
    across_splits: tuple[tuple[LookedImage, LookedImage], ...]
    """Images that nearly look the same, are used, and are in different splits."""
    conflicts: tuple[LookedImages, ...] = ()
    """Images with the same picture in different classes: left out of a training."""
    copies: tuple[LookedImages, ...] = ()
    """Of the same picture: one to learn from, the others left out of validation."""
    other_copies: tuple[LookedImages, ...] = ()
    """Such ones that only a training without classes leaves out."""
    tested_otherwise: tuple[LookedImages, ...] = ()
    """Of the same picture, some to test with, and not all of one class."""
    problem: str = ""
    """As in `DataSummary`, without the images that are left out."""
    class_problem: str = ""


@dataclass(frozen=True, slots=True)
class Adoption:
    """The extractor that a library uses, and the one to which it can be rolled back."""

    default: ExtractorInfo | None
    previous: ExtractorInfo | None


@dataclass(frozen=True, slots=True)
class CardDocument:
    """JSON text of a model's card."""

    card: str


@dataclass(frozen=True, slots=True)
class ModelName:
    """What a model is called here."""

    model: str


@dataclass(frozen=True, slots=True)
class Written:
    """The file that was written."""

    path: str


@dataclass(frozen=True, slots=True)
class RebuiltImage:
    """What an autoencoder makes of an image; the pictures are base64 of PNG files."""

    file_name: str
    frame: int
    num_frames: int
    mean_squared_error: float
    """Of values from 0 to 1."""
    seen: str
    rebuilt: str
    difference: str
    all_png: str
    """The three side by side."""


@dataclass(frozen=True, slots=True)
class EvaluationDocument:
    """JSON text of what `cbmir evaluate --json` prints."""

    document: str
