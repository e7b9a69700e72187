"""What the network and search process can be asked: names, arguments, answers.

Both sides read the same table, so that a request is checked where it arrives.
"""

from dataclasses import dataclass, field

from cbmir_gui.core.contents import ImportContents
from cbmir_gui.core.library_check import LibraryCheck, LibraryRepair
from cbmir_gui.core.patient_records import DeidentifyRequest, DeidentifySummary
from cbmir_gui.core.records import (
    ExtractorInfo,
    FailedFile,
    IndexRequest,
    IndexSummary,
    LibraryInfo,
    ModelInfo,
)
from cbmir_gui.core.search_records import SearchRequest, SearchResults
from cbmir_gui.engine.messages import DataclassInstance


@dataclass(frozen=True, slots=True)
class NoArguments:
    """The operation takes none."""


@dataclass(frozen=True, slots=True)
class LibraryArguments:
    """A library, by its folder."""

    library: str


@dataclass(frozen=True, slots=True)
class RepairArguments:
    """A library to be mended, and a folder to look for moved images in; empty: none."""

    library: str
    images: str = ""


@dataclass(frozen=True, slots=True)
class NewLibraryArguments:
    """A library to be made: `folder` is its own folder."""

    folder: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ExtractorArguments:
    """A library and one way to turn its images into vectors; empty: the default."""

    library: str
    model: str = ""
    layer: str = ""


@dataclass(frozen=True, slots=True)
class ImagesArguments:
    """Some images of a library."""

    library: str
    image_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UndoArguments:
    """What `remove_images` returned."""

    library: str
    undo: str


@dataclass(frozen=True, slots=True)
class RelabelArguments:
    """Some images of a library and their new class."""

    library: str
    image_ids: tuple[str, ...]
    class_name: str


@dataclass(frozen=True, slots=True)
class FolderArguments:
    """A folder to be filled."""

    folder: str


@dataclass(frozen=True, slots=True)
class DataArguments:
    """Labelled images: a folder of class folders, a manifest or a library."""

    data: str
    set_name: str = ""
    label: str = "class"


@dataclass(frozen=True, slots=True)
class LookArguments:
    """Labelled images to be opened one by one, before a training."""

    data: str
    set_name: str = ""
    label: str = "class"
    per_class: int = 4
    """Examples of each class."""


@dataclass(frozen=True, slots=True)
class ImportLookArguments:
    """Files, folders, DICOMDIRs and archives that may be added to a library."""

    library: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StagedArguments:
    """Unpacked archives of a look, `ImportContents.staged`."""

    staged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelArguments:
    """A model, by its name."""

    model: str


@dataclass(frozen=True, slots=True)
class ExportModelArguments:
    """A model and the file to write it to."""

    model: str
    out: str
    form: str = "cbmir"
    """cbmir, keras, onnx or card."""


@dataclass(frozen=True, slots=True)
class ImportModelArguments:
    """An exported model; `name` empty: as its card says."""

    file: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class EvaluateArguments:
    """Labelled queries, and what to search for them in; empty: as `cbmir evaluate`."""

    queries: str
    """Manifest, folder of class folders, or library."""
    set_name: str = ""
    splits: tuple[str, ...] = ()
    """Of the queries."""
    database_splits: tuple[str, ...] = ()
    library: str = ""
    """Folder of the database."""
    model: str = ""
    layer: str = ""
    metric: str = ""
    class_filter: str = "off"
    level: str = "class"
    """class, diagnosis or modality."""


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What a training would find; counted without opening an image."""

    num_images: int
    classes: dict[str, int]
    splits: dict[str, int]
    """Empty key: images whose split will be drawn."""
    num_missing: int
    """Files that are named but not there."""
    has_groups: bool
    """Every image says which patient (or the like) it belongs to."""
    sets: tuple[str, ...]
    """Sets that a manifest can be narrowed to."""


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
class NoAnswer:
    """It was done; there is nothing to say."""


@dataclass(frozen=True, slots=True)
class ExampleImage:
    """One image of a class, to be looked at."""

    class_name: str
    path: str
    thumbnail: str
    """Base64 of a JPEG, longer side at most 96 px."""


@dataclass(frozen=True, slots=True)
class DataLook:
    """What opening every image of a data set showed."""

    examples: tuple[ExampleImage, ...]
    unreadable: tuple[FailedFile, ...]
    duplicates: tuple[tuple[str, ...], ...]
    """Paths of files with the same pixels."""
    across_splits: tuple[tuple[str, str], ...]
    """Paths of images that nearly look the same and are in different splits."""


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
class EvaluationDocument:
    """JSON text of what `cbmir evaluate --json` prints."""

    document: str


@dataclass(frozen=True, slots=True)
class Operation:
    """The record an operation takes and the record it answers with."""

    arguments: type[DataclassInstance]
    answer: type[DataclassInstance]


OPERATIONS: dict[str, Operation] = {
    "warm": Operation(ExtractorArguments, Warmed),
    "search": Operation(SearchRequest, SearchResults),
    "index": Operation(IndexRequest, IndexSummary),
    "look_at_import": Operation(ImportLookArguments, ImportContents),
    "discard_import": Operation(StagedArguments, NoAnswer),
    "extract_missing": Operation(ExtractorArguments, IndexSummary),
    "build_demo": Operation(FolderArguments, IndexSummary),
    "create_library": Operation(NewLibraryArguments, LibraryInfo),
    "library_info": Operation(LibraryArguments, LibraryInfo),
    "check_library": Operation(LibraryArguments, LibraryCheck),
    "repair_library": Operation(RepairArguments, LibraryRepair),
    "list_libraries": Operation(NoArguments, LibraryList),
    "extractors": Operation(LibraryArguments, ExtractorList),
    "models": Operation(NoArguments, ModelList),
    "remove_images": Operation(ImagesArguments, Removed),
    "restore_images": Operation(UndoArguments, Restored),
    "inspect_data": Operation(DataArguments, DataSummary),
    "look_at_data": Operation(LookArguments, DataLook),
    "relabel": Operation(RelabelArguments, Relabelled),
    "set_default_extractor": Operation(ExtractorArguments, LibraryInfo),
    "adopt_model": Operation(ExtractorArguments, IndexSummary),
    "roll_back": Operation(LibraryArguments, LibraryInfo),
    "adopted": Operation(LibraryArguments, Adoption),
    "model_card": Operation(ModelArguments, CardDocument),
    "verify_model": Operation(ModelArguments, CardDocument),
    "delete_model": Operation(ModelArguments, NoAnswer),
    "export_model": Operation(ExportModelArguments, Written),
    "import_model": Operation(ImportModelArguments, ModelName),
    "evaluate": Operation(EvaluateArguments, EvaluationDocument),
    "deidentify": Operation(DeidentifyRequest, DeidentifySummary),
}
