"""What the network and search process can be asked: names, arguments, answers.

Both sides read the same table, so that a request is checked where it arrives.
"""

from dataclasses import dataclass, field

from cbmir_gui.core.records import (
    ExtractorInfo,
    IndexRequest,
    IndexSummary,
    LibraryInfo,
    ModelInfo,
    SearchRequest,
    SearchResults,
)
from cbmir_gui.engine.messages import DataclassInstance


@dataclass(frozen=True, slots=True)
class NoArguments:
    """The operation takes none."""


@dataclass(frozen=True, slots=True)
class LibraryArguments:
    """A library, by its folder."""

    library: str


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
    """Labelled images: a folder of class folders or a manifest."""

    data: str
    set_name: str = ""
    label: str = "class"


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
class Operation:
    """The record an operation takes and the record it answers with."""

    arguments: type[DataclassInstance]
    answer: type[DataclassInstance]


OPERATIONS: dict[str, Operation] = {
    "warm": Operation(ExtractorArguments, Warmed),
    "search": Operation(SearchRequest, SearchResults),
    "index": Operation(IndexRequest, IndexSummary),
    "extract_missing": Operation(ExtractorArguments, IndexSummary),
    "build_demo": Operation(FolderArguments, IndexSummary),
    "create_library": Operation(NewLibraryArguments, LibraryInfo),
    "library_info": Operation(LibraryArguments, LibraryInfo),
    "list_libraries": Operation(NoArguments, LibraryList),
    "extractors": Operation(LibraryArguments, ExtractorList),
    "models": Operation(NoArguments, ModelList),
    "remove_images": Operation(ImagesArguments, Removed),
    "restore_images": Operation(UndoArguments, Restored),
    "inspect_data": Operation(DataArguments, DataSummary),
    "relabel": Operation(RelabelArguments, Relabelled),
}
