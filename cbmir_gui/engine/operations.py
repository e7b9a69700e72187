"""What the network and search process can be asked: names, arguments, answers.

Both sides read the same table, so that a request is checked where it arrives.
"""

from dataclasses import dataclass

from cbmir_gui.core.contents import ImportContents
from cbmir_gui.core.library_check import LibraryCheck, LibraryRepair
from cbmir_gui.core.patient_records import DeidentifyRequest, DeidentifySummary
from cbmir_gui.core.records import (
    MIDDLE_FRAME,
    IndexRequest,
    IndexSummary,
    LibraryInfo,
)
from cbmir_gui.core.search_records import SearchRequest, SearchResults
from cbmir_gui.engine.messages import DataclassInstance
from cbmir_gui.engine.operation_answers import (
    Adoption,
    CardDocument,
    DataLook,
    DataSummary,
    EvaluationDocument,
    ExtractorList,
    LibraryList,
    ModelList,
    ModelName,
    NoAnswer,
    ReadIndex,
    RebuiltImage,
    Relabelled,
    Removed,
    Restored,
    Warmed,
    Written,
    WrittenIndex,
)


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
class IndexFileArguments:
    """A library, and the file of a JSON index of it or for it."""

    library: str
    file: str


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
class RebuildArguments:
    """An image that an autoencoder shall encode and decode again."""

    model: str
    file: str
    frame: int = MIDDLE_FRAME


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
    "export_index": Operation(IndexFileArguments, WrittenIndex),
    "import_index": Operation(IndexFileArguments, ReadIndex),
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
    "rebuild_image": Operation(RebuildArguments, RebuiltImage),
    "evaluate": Operation(EvaluateArguments, EvaluationDocument),
    "deidentify": Operation(DeidentifyRequest, DeidentifySummary),
}
