"""What travels between the parts of the program: frozen dataclasses, no behaviour.

All but `DecodedImage` hold JSON types, tuples, records: `engine.messages` sends them.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ImageArray = NDArray[np.uint8]
"""Pixels as shown: (height, width) gray or (height, width, 3) RGB, 0-255."""
FloatArray = NDArray[np.float32]

Metric = Literal["cosine", "euclidean"]
METRICS: tuple[Metric, ...] = ("cosine", "euclidean")
MIDDLE_FRAME = 0
"""Stands where a frame from 1 could: the middle one of the file."""


@dataclass(frozen=True, slots=True)
class GrayChoice:
    """A VOI window or LUT that a DICOM file offers."""

    explanation: str
    """What the file calls it; may be empty."""
    center: float = 0.0
    width: float = 0.0
    is_table: bool = False
    """A LUT, which has neither centre nor width."""


@dataclass(frozen=True, slots=True)
class DisplayInfo:
    """In which ways a DICOM frame can be shown."""

    gray_choices: tuple[GrayChoice, ...] = ()
    """In the order in which ``voi:1``, ``voi:2`` ... name them; the first is usual."""
    num_overlays: int = 0
    pixel_aspect: float = 1.0
    """Height / width of a pixel."""
    is_color: bool = False
    """It has no gray values: windows and tables do not apply."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What a file says about one image; no name, id or birth date of a patient."""

    image_id: str
    """SHA-256 of the file in hex, ":" and the frame."""
    file_name: str
    width: int
    height: int
    frame: int = 1
    """From 1."""
    num_frames: int = 1
    file_format: str = ""
    """DICOM, PNG, JPEG, TIFF, BMP or WebP."""
    modality: str = ""
    """DICOM Modality (0008,0060), e.g. CT; empty where the file does not say."""
    body_part: str = ""
    """DICOM BodyPartExamined (0018,0015)."""
    sop_instance_uid: str = ""
    series_instance_uid: str = ""
    study_instance_uid: str = ""
    patient_digest: str = field(default="", repr=False)
    """SHA-256 of who the patient is, see `imaging.patient_identity`; a library stores
    only a keyed hash of it. Empty where the file names no patient."""
    display: DisplayInfo = field(default=DisplayInfo(), repr=False)
    burned_in: str = ""
    """yes, no, likely or empty: see `core.burned_in`."""


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """Pixels as shown, and what the file says about them."""

    pixels: ImageArray
    info: ImageInfo
    thumbnail: bytes = b""
    """JPEG, longer side at most 192 px; empty where none was asked for."""


@dataclass(frozen=True, slots=True)
class ImageSource:
    """One image to be read, with what a manifest or folder says about it."""

    path: str
    """Absolute."""
    frame: int = MIDDLE_FRAME
    """From 1, or `MIDDLE_FRAME`."""
    class_name: str = ""
    diagnosis: str = ""
    modality: str = ""
    """Overrides what the file says, where not empty."""
    group: str = ""
    """Patient or what stands in for one; empty where not known."""
    split: str = ""
    """train, val, test or empty."""


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of a library."""

    row: int
    """Order in the library, from 0."""
    image_id: str
    path: str
    """The first of its known paths."""
    frame: int
    num_frames: int
    width: int
    height: int
    class_name: str
    diagnosis: str
    modality: str
    body_part: str
    group: str
    patient_key: str
    """Keyed hash of the patient identity; empty where unknown."""
    num_paths: int = 1


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that a batch could not read."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOutImage(FailedFile):
    """An image that a training cannot use."""

    frame: int = MIDDLE_FRAME
    """From 1, or `MIDDLE_FRAME`."""


@dataclass(frozen=True, slots=True)
class SelectedFile:
    """A file to be added, with the frames that are wanted of it."""

    path: str
    frames: tuple[int, ...] = ()
    """From 1; empty: the middle one."""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """Add images to a library (made if it does not exist)."""

    library: str
    paths: tuple[str, ...]
    """Files, folders, or manifests (.csv)."""
    model: str = ""
    """Empty: the library's default, else the program's default model."""
    layer: str = ""
    set_name: str = ""
    splits: tuple[str, ...] = ()
    label: str = "class"
    """class or modality: which manifest column becomes the class."""
    class_folders: bool = False
    """A folder laid out as class folders gives its images their classes. Otherwise
    they have none: the folders of a dropped tree may be named after patients."""
    selection: tuple[SelectedFile, ...] = ()
    """What was chosen after a look; `paths` is empty then."""
    staged: tuple[str, ...] = ()
    """Folders that archives were unpacked to, for `selection`."""


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What an indexing run did."""

    library: str
    added: int
    known: int
    """Same path, unchanged, already there."""
    duplicate: int
    """Same content as another file; recorded as a further path."""
    failed: tuple[FailedFile, ...]
    seconds: float
    images_per_second: float
    """Added images only; 0 where none was added."""
    cancelled: bool = False
    skipped: tuple[FailedFile, ...] = ()
    """What is no image: reports, structure sets, documents, ..."""
    added_ids: tuple[str, ...] = ()
    """image_id of each image that was added, so that it can be taken back."""


@dataclass(frozen=True, slots=True)
class ExtractorInfo:
    """One way to turn an image into a vector, as offered to the user."""

    model: str
    layer: str
    feature_dim: int
    metric: str
    """Default metric."""
    key: str
    num_classes: int = 0
    """0: the model has no classifier."""
    weights_sha256: str = ""
    """Of the model's weights, in hex; empty for extractors without weights."""


@dataclass(frozen=True, slots=True)
class LibraryInfo:
    """What Library > Statistics shows."""

    name: str
    folder: str
    num_images: int
    num_paths: int
    classes: dict[str, int]
    modalities: dict[str, int]
    extractors: tuple[ExtractorInfo, ...]
    default_extractor: str
    """Extractor key; empty for a new library."""
    num_missing_features: int
    """Images without features of the default extractor."""
    size_bytes: int
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What Models shows of one trained model."""

    name: str
    architecture: str
    folder: str
    classes: tuple[str, ...]
    layers: tuple[str, ...]
    default_layer: str
    default_metric: str
    created: str
    """ISO date."""
    metrics: dict[str, float]
    problem: str = ""
    """Why the model cannot be used; empty if it can."""
    size_bytes: int = 0
    """Of its files on disk."""


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """One training, as `cbmir train` and the Retrain dialog ask for it."""

    data: str
    """Folder of class folders, or a manifest."""
    architecture: str = "vgg16"
    variant: str = "default"
    name: str = ""
    set_name: str = ""
    splits: tuple[str, ...] = ()
    label: str = "class"
    weights: str = "none"
    """imagenet, none, or the path of a weights.h5 or a model folder."""
    trainable: str = "all"
    """head, block5 or all."""
    epochs: int = 25
    patience: int = 5
    batch_size: int = 32
    image_size: int = 0
    """Side in pixels while training; 0: the recipe's schedule."""
    seed: int = 1
    augment: bool = True
    second_head: bool = False
    """Also learn the diagnoses, and the classes outside the set, in a head that is
    dropped at the end."""
    teacher: str = ""
    """Weights file of a MobileNetV2 whose features are imitated; empty: none."""
    recipe: str = "ours"
    """ours, or published: as the system was described where it was published."""


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One line of a run's progress.jsonl that ends an epoch."""

    epoch: int
    """From 1."""
    num_epochs: int
    train_loss: float
    val_loss: float
    train_accuracy: float
    """-1 where the architecture has no classes."""
    val_accuracy: float
    seconds: float
    images_per_second: float
    image_size: int
    best_epoch: int
