"""What is found in files and folders before they are added; frozen, as `records`."""

from dataclasses import dataclass, field

from cbmir_gui.core.directions import Vector
from cbmir_gui.core.records import FailedFile, SelectedFile


@dataclass(frozen=True, slots=True)
class FileDescription:
    """What one file says it holds, read without its pixels; never a patient's name."""

    file_format: str = ""
    """DICOM, PNG, JPEG, TIFF, BMP or WebP; empty where it is no image."""
    skip_reason: str = ""
    """Why it is no image, e.g. "it is a structured report"; else empty."""
    num_frames: int = 1
    """As many as the file can hold, whatever it says."""
    modality: str = ""
    body_part: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    study_date: str = ""
    """As the file has it: YYYYMMDD (PS3.5 6.2)."""
    study_description: str = ""
    series_description: str = ""
    series_number: int | None = None
    instance_number: int | None = None
    normal: Vector = ()
    """Unit vector across the plane of the image, in patient coordinates; empty where
    the file does not say."""
    locations_mm: tuple[float, ...] = ()
    """Of each frame along `normal`; empty where not known of all."""
    lowest_mm: Vector = ()
    """Position of the frame that lies lowest along `normal`; empty as `normal`."""
    patient_digest: str = field(default="", repr=False)
    """As `records.ImageInfo.patient_digest`."""


@dataclass(frozen=True, slots=True)
class MediumReferences:
    """The files that the DICOMDIR of a medium names."""

    file_ids: tuple[tuple[str, ...], ...]
    """Components of each, below the folder of the DICOMDIR (PS3.10 8.2)."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file with an image."""

    path: str
    """Absolute."""
    num_frames: int = 1
    frame_order: tuple[int, ...] = ()
    """Frames, from 1, as they lie in space; empty: as they are numbered."""


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A series, or the images of a folder that belong to none."""

    files: tuple[FoundFile, ...]
    """In the order of slices: by place along the normal, else by InstanceNumber."""
    series_instance_uid: str = ""
    """Empty: a folder."""
    number: int | None = None
    """SeriesNumber (0020,0011)."""
    description: str = ""
    """SeriesDescription (0008,103E), or the name of the folder."""
    modality: str = ""
    body_part: str = ""
    class_name: str = ""
    """The folder's name, where folders are laid out as classes."""

    @property
    def num_images(self) -> int:
        """All frames of all files."""
        return sum(file.num_frames for file in self.files)

    @property
    def is_multi_frame(self) -> bool:
        """Whether a file has more than one frame."""
        return any(file.num_frames > 1 for file in self.files)


@dataclass(frozen=True, slots=True)
class FoundStudy:
    """Series of one study, or groups without one."""

    groups: tuple[FoundGroup, ...]
    study_instance_uid: str = ""
    """Empty: folders of images that name no study."""
    patient: int = 0
    """Number of the patient within what was looked at, from 1; 0: not named."""
    date: str = ""
    """StudyDate as the file has it: YYYYMMDD."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ImportContents:
    """What was found in files, folders, DICOMDIRs and archives."""

    studies: tuple[FoundStudy, ...] = ()
    skipped: tuple[FailedFile, ...] = ()
    """What is no image: reports, structure sets, documents, ..."""
    unreadable: tuple[FailedFile, ...] = ()
    """Damaged, missing, or without permission."""
    staged: tuple[str, ...] = ()
    """Folders that archives were extracted to; see `IndexRequest.staged`."""
    archives: tuple[str, ...] = ()
    """Names of the archives."""

    @property
    def groups(self) -> tuple[FoundGroup, ...]:
        """All series and folders."""
        return tuple(group for study in self.studies for group in study.groups)


FILE_ONCE = 0
"""Stands where n of "every n-th" could, and for nobody's choice: each file once, of
several frames the middle one."""


def select_every(group: FoundGroup, step: int) -> tuple[SelectedFile, ...]:
    """Choose every `step`-th image of a group, as far from both ends.

    One that has fewer images than `step` gives its middle one, as a single file does.

    Parameters
    ----------
    step
        At least 1, or `FILE_ONCE`.
    """
    files = group.files
    if step == FILE_ONCE:
        return tuple(_selected(group, file, ()) for file in files)
    total = group.num_images
    wanted = (total - 1) % step // 2
    selected, before = [], 0
    for file in files:
        after = before + file.num_frames
        order = file.frame_order or range(1, file.num_frames + 1)
        frames = [order[place - before] for place in range(wanted, after, step)]
        if frames:
            is_single = file.num_frames == 1
            selected.append(_selected(group, file, () if is_single else tuple(frames)))
            wanted += len(frames) * step
        before = after
    return tuple(selected)


def num_selected(group: FoundGroup, step: int) -> int:
    """Return how many images `select_every` chooses."""
    if step == FILE_ONCE:
        return len(group.files)
    return -(-group.num_images // step)


def _selected(
    group: FoundGroup, file: FoundFile, frames: tuple[int, ...]
) -> SelectedFile:
    return SelectedFile(file.path, frames, group.class_name)
