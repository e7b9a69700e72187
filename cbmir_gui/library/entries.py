"""What the catalogue, the segments and their callers hand to each other."""

from dataclasses import dataclass, field

from cbmir_gui.core.records import ExtractorInfo, ImageInfo, ImageSource


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when it was read; tells later whether it has changed."""

    path: str
    """Absolute."""
    size_bytes: int
    mtime_ns: int
    """Time of the last change, in ns since 1970."""


@dataclass(frozen=True, slots=True)
class NewImage:
    """One image to be added to a library."""

    info: ImageInfo
    source: ImageSource
    file: FileState
    thumbnail: bytes = field(default=b"", repr=False)
    """JPEG."""


@dataclass(frozen=True, slots=True)
class ImageOrigin:
    """Whose an image is, as far as a library knows it; empty where it does not."""

    image_id: str
    patient_key: str = ""
    """Keyed hash of the patient identity."""
    group: str = ""
    """As a manifest has it: patient, or what stands in for one."""
    study_instance_uid: str = ""


@dataclass(frozen=True, slots=True)
class FoundAgain:
    """A file whose content a library has already."""

    image_id: str
    file: FileState


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """One write-once file of features, as the catalogue names it."""

    number: int
    """From 1, never used twice in a library."""
    extractor: ExtractorInfo
    num_rows: int
    storage: str
    """float16 or float32."""
    checksum: str
    """SHA-256 in hex, see `segments`."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class FeatureLayout:
    """Where the features of one extractor lie, in the library's order."""

    extractor: ExtractorInfo
    segments: tuple[SegmentInfo, ...]
    image_ids: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    """Segment number and row of each image."""

    def sources(self) -> tuple[tuple[str, int], ...]:
        """Return checksum of the segment and row of each image: they never change."""
        checksums = {segment.number: segment.checksum for segment in self.segments}
        return tuple((checksums.get(number, ""), row) for number, row in self.places)


@dataclass(frozen=True, slots=True)
class Removal:
    """Images that were removed, and what brings them back."""

    num_removed: int
    undo: str
    """Token for `Library.restore`; empty where nothing was removed."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Paths below a folder that was moved."""

    num_moved: int
    num_kept: int
    """Stay as they were: where their files should be now are other images' files."""


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Features that the catalogue looks for in the wrong row."""

    image_id: str
    extractor_key: str
    row: int
    """Where they are in the same segment; -1: nowhere."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that holds an image, as the catalogue knows it."""

    image_id: str
    file: FileState
