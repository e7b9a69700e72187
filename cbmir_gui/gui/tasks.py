"""The window's bridge to engine: asks, and answers through signals."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal

from cbmir_gui.core.patient_records import DeidentifyRequest
from cbmir_gui.core.privacy import forbid_memory_images
from cbmir_gui.core.records import MIDDLE_FRAME, IndexRequest
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.engine.client import NETWORK_MODULE, EngineClient
from cbmir_gui.engine.messages import DataclassInstance
from cbmir_gui.engine.operations import (
    DataArguments,
    EvaluateArguments,
    ExportModelArguments,
    ExtractorArguments,
    FolderArguments,
    ImagesArguments,
    ImportLookArguments,
    ImportModelArguments,
    IndexFileArguments,
    LibraryArguments,
    LookArguments,
    ModelArguments,
    NewLibraryArguments,
    NoArguments,
    RebuildArguments,
    RelabelArguments,
    RepairArguments,
    StagedArguments,
    UndoArguments,
)
from cbmir_gui.engine.preview_client import (
    FileRequest,
    PatientRequest,
    PreviewClient,
    PreviewRequest,
    TagsRequest,
)
from cbmir_gui.gui.tickets import Tickets
from cbmir_gui.gui.trainings import Trainings


class Tasks(Tickets):
    """Ask the other processes for work; every answer arrives in the window's thread.

    Each ticket is answered exactly once, never inside the asking call: by the signal of
    its operation, `failed` or `cancelled`. No method but `close` waits.

    Parameters
    ----------
    parent : QObject, optional
    worker_module : str
        What the network and search process runs.
    worker_arguments : sequence of str
        Its command line.

    Attributes
    ----------
    trainings : Trainings
        Starts and follows training runs, which outlive the window.
    """

    engine_state = Signal(str)
    """starting, ready or stopped."""

    # From the engine client's threads; queued, so that it is told in this thread.
    _state_changed = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        worker_module: str = NETWORK_MODULE,
        worker_arguments: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        queued = Qt.ConnectionType.QueuedConnection
        self._state_changed.connect(self.engine_state, queued)
        self.trainings = Trainings(self)
        self._previews = PreviewClient()
        self._engine = EngineClient(
            worker_module, worker_arguments, self._state_changed.emit
        )

    def start(self) -> None:
        """Start the network process now, so that it is warm when it is needed."""
        self._engine.start()

    def preview(
        self,
        path: str,
        frame: int = MIDDLE_FRAME,
        window: str = "first",
        max_side_px: int = 1024,
        overlays: bool = False,
    ) -> int:
        """Read an image to be shown -> preview_done."""
        request = PreviewRequest(path, frame, window, max_side_px, overlays)
        return self._ask_decoder("preview", request)

    def patient(self, path: str) -> int:
        """Read whose an image is -> reply, PatientData."""
        forbid_memory_images()
        return self._ask_decoder("patient", PatientRequest(path))

    def tags(self, path: str, show_patient_data: bool = False) -> int:
        """Read the elements of a DICOM file -> reply, TagTable."""
        if show_patient_data:
            forbid_memory_images()
        return self._ask_decoder("tags", TagsRequest(path, show_patient_data))

    def search(self, request: SearchRequest) -> int:
        """Find the nearest images -> search_done; a newer search cancels this one."""
        return self._ask("search", request)

    def index(self, request: IndexRequest) -> int:
        """Add images to a library -> progress, index_done."""
        return self._ask("index", request)

    def look_at_import(self, folder: str, paths: Sequence[str]) -> int:
        """Look at what may be added -> progress, reply, ImportContents."""
        return self._ask("look_at_import", ImportLookArguments(folder, tuple(paths)))

    def discard_import(self, staged: Sequence[str]) -> int:
        """Delete what a look has unpacked -> reply, NoAnswer."""
        return self._ask("discard_import", StagedArguments(tuple(staged)))

    def extract_missing(self, folder: str, model: str = "", layer: str = "") -> int:
        """Give every image of a library its features -> progress, index_done."""
        return self._ask("extract_missing", ExtractorArguments(folder, model, layer))

    def build_demo(self, folder: str) -> int:
        """Make the demo library -> progress, index_done."""
        return self._ask("build_demo", FolderArguments(folder))

    def export_index(self, folder: str, file: str) -> int:
        """Write a library as a JSON index -> progress, reply, WrittenIndex."""
        return self._ask("export_index", IndexFileArguments(folder, file))

    def import_index(self, folder: str, file: str) -> int:
        """Extend a library from a JSON index -> progress, reply, ReadIndex."""
        return self._ask("import_index", IndexFileArguments(folder, file))

    def create_library(self, folder: str, name: str) -> int:
        """Make an empty library -> info_done."""
        return self._ask("create_library", NewLibraryArguments(folder, name))

    def library_info(self, folder: str) -> int:
        """Count what a library holds -> info_done."""
        return self._ask("library_info", LibraryArguments(folder))

    def check_library(self, folder: str) -> int:
        """Read all of a library -> progress, reply, LibraryCheck."""
        return self._ask("check_library", LibraryArguments(folder))

    def repair_library(self, folder: str, images: str = "") -> int:
        """Mend a library -> progress, reply, LibraryRepair."""
        return self._ask("repair_library", RepairArguments(folder, images))

    def list_libraries(self) -> int:
        """List the libraries with a plain name -> reply, tuple of LibraryInfo."""
        return self._ask("list_libraries", NoArguments())

    def models(self) -> int:
        """List the trained models -> reply, tuple of ModelInfo."""
        return self._ask("models", NoArguments())

    def extractors(self, folder: str) -> int:
        """List all extractors, the library's first -> reply, tuple of ExtractorInfo."""
        return self._ask("extractors", LibraryArguments(folder))

    def warm(self, folder: str, model: str = "", layer: str = "") -> int:
        """Load what the next search needs -> reply, number of images."""
        return self._ask("warm", ExtractorArguments(folder, model, layer))

    def inspect_data(self, data: str, set_name: str = "", label: str = "class") -> int:
        """Count labelled images -> reply, DataSummary."""
        return self._ask("inspect_data", DataArguments(data, set_name, label))

    def look_at_data(self, data: str, set_name: str = "", label: str = "class") -> int:
        """Open labelled images one by one -> progress, reply, DataLook."""
        return self._ask("look_at_data", LookArguments(data, set_name, label))

    def evaluate(self, arguments: EvaluateArguments) -> int:
        """Search with labelled queries -> progress, reply, JSON text of a report."""
        return self._ask("evaluate", arguments)

    def model_card(self, model: str) -> int:
        """Read what is known of a model -> reply, JSON text of its card."""
        return self._ask("model_card", ModelArguments(model))

    def verify_model(self, model: str) -> int:
        """Compare the weights with their card -> reply, JSON text of the card."""
        return self._ask("verify_model", ModelArguments(model))

    def rebuild_image(self, arguments: RebuildArguments) -> int:
        """Let an autoencoder encode and decode an image -> reply, RebuiltImage."""
        return self._ask("rebuild_image", arguments)

    def delete_model(self, model: str) -> int:
        """Delete a model that no library needs -> reply, NoAnswer."""
        return self._ask("delete_model", ModelArguments(model))

    def export_model(self, arguments: ExportModelArguments) -> int:
        """Write a model for others -> progress, reply, path of the file."""
        return self._ask("export_model", arguments)

    def import_model(self, file: str, name: str = "") -> int:
        """Check an exported model and take it in -> reply, its name."""
        return self._ask("import_model", ImportModelArguments(file, name))

    def adopt_model(self, folder: str, model: str, layer: str = "") -> int:
        """Extract, then make it the library's default -> progress, reply, IndexSummary.

        Until then the former features serve.
        """
        return self._ask("adopt_model", ExtractorArguments(folder, model, layer))

    def roll_back(self, folder: str) -> int:
        """Take the last adoption back -> reply, LibraryInfo."""
        return self._ask("roll_back", LibraryArguments(folder))

    def adopted(self, folder: str) -> int:
        """Ask for the default and the former one -> reply, Adoption."""
        return self._ask("adopted", LibraryArguments(folder))

    def set_default_extractor(self, folder: str, model: str, layer: str) -> int:
        """Search with features that are there -> reply, LibraryInfo."""
        return self._ask(
            "set_default_extractor", ExtractorArguments(folder, model, layer)
        )

    def remove_images(self, folder: str, image_ids: Sequence[str]) -> int:
        """Take images out of a library -> reply, the token that undoes it."""
        return self._ask("remove_images", ImagesArguments(folder, tuple(image_ids)))

    def restore_images(self, folder: str, undo: str) -> int:
        """Bring removed images back -> reply, their number."""
        return self._ask("restore_images", UndoArguments(folder, undo))

    def relabel(self, folder: str, image_ids: Sequence[str], class_name: str) -> int:
        """Give images another class -> reply, former class by image_id."""
        return self._ask(
            "relabel", RelabelArguments(folder, tuple(image_ids), class_name)
        )

    def deidentify(self, request: DeidentifyRequest) -> int:
        """Write images without their patients -> progress, reply, DeidentifySummary."""
        return self._ask("deidentify", request)

    def close(self) -> None:
        """End the child processes within two seconds or so; a training goes on."""
        self.trainings.close()
        self._previews.close()
        self._engine.close()

    def _ask(self, op: str, arguments: DataclassInstance) -> int:
        ticket = self._new_ticket()
        number = self._engine.submit(
            op,
            arguments,
            on_progress=self._report_of(ticket),
            **self._answers(ticket, op),
        )
        return self._expect(ticket, partial(self._engine.cancel, number))

    def _ask_decoder(self, kind: str, request: FileRequest) -> int:
        ticket = self._new_ticket()
        number = self._previews.submit(request, **self._answers(ticket, kind))
        return self._expect(ticket, partial(self._previews.cancel, number))
