"""What the network and search process does for each request: calls of the services.

The services are imported where they are first needed, so that the process answers its
first questions before it has loaded what the later ones need.
"""

import base64
import json
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmir_gui.core.contents import ImportContents
from cbmir_gui.core.json_types import to_json
from cbmir_gui.core.library_check import LibraryRepair
from cbmir_gui.core.patient_records import DeidentifyRequest, DeidentifySummary
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import IndexRequest, IndexSummary
from cbmir_gui.core.search_records import SearchRequest, SearchResults
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.operation_answers import (
    DataLook,
    DataSummary,
    EvaluationDocument,
    NoAnswer,
    ReadIndex,
    RebuiltImage,
    Warmed,
)
from cbmir_gui.engine.operations import (
    DataArguments,
    EvaluateArguments,
    ExtractorArguments,
    FolderArguments,
    ImportLookArguments,
    IndexFileArguments,
    LookArguments,
    RebuildArguments,
    RepairArguments,
    StagedArguments,
)
from cbmir_gui.worker.library_operations import library_handlers
from cbmir_gui.worker.model_operations import model_handlers
from cbmir_gui.worker.server import Handler

if TYPE_CHECKING:
    from cbmir_gui.services.retrieval import RetrievalService

_LOGGER = logging.getLogger(__name__)


class Operations:
    """The services and what they share: decoders, and the features in memory.

    Searches, long work and looking at data have decoders of their own, so that none
    waits for a file of another.
    """

    def __init__(self) -> None:
        self._search_decoder = DecoderClient()
        self._long_decoders: list[DecoderClient] = []
        self._data_decoders: list[DecoderClient] = []
        self._retrieval: RetrievalService | None = None

    def handlers(self) -> dict[str, Handler]:
        """Return what does the work, by the names of `engine.operations`."""
        handlers: dict[str, Any] = {
            "warm": self._warm,
            "search": self._search,
            "index": self._index,
            "extract_missing": self._extract_missing,
            "adopt_model": self._adopt_model,
            "repair_library": self._repair_library,
            "build_demo": self._build_demo,
            "import_index": self._import_index,
            "evaluate": self._evaluate,
            "rebuild_image": self._rebuild_image,
            "inspect_data": _inspect_data,
            "look_at_data": self._look_at_data,
            "look_at_import": self._look_at_import,
            "discard_import": _discard_import,
            "deidentify": self._deidentify,
        }
        return handlers | library_handlers() | model_handlers()

    def preload(self) -> None:
        """Do in a thread what takes seconds and nobody has asked for yet.

        What killed processes have left is deleted, and the network framework loaded.
        """
        threading.Thread(target=_preload, name="preload", daemon=True).start()

    def close(self) -> None:
        """End the decoders."""
        for decoder in (
            self._search_decoder,
            *self._long_decoders,
            *self._data_decoders,
        ):
            decoder.close()

    def _service(self) -> "RetrievalService":
        """Return the retrieval service; asked for by the lane of searches only."""
        if self._retrieval is None:
            from cbmir_gui.services.retrieval import RetrievalService

            self._retrieval = RetrievalService(self._search_decoder)
        return self._retrieval

    def _warm(self, arguments: ExtractorArguments, progress: Progress) -> Warmed:
        progress(0, 0, "Loading the network")
        library, model, layer = arguments.library, arguments.model, arguments.layer
        return Warmed(self._service().warm(library, model, layer))

    def _search(self, request: SearchRequest, progress: Progress) -> SearchResults:
        return self._service().search(request, progress)

    def _index(self, request: IndexRequest, progress: Progress) -> IndexSummary:
        from cbmir_gui.services.indexing import index_library

        return index_library(request, _filled(self._long_decoders), progress)

    def _extract_missing(
        self, arguments: ExtractorArguments, progress: Progress
    ) -> IndexSummary:
        from cbmir_gui.services.extracting import extract_missing

        names = arguments.library, arguments.model, arguments.layer
        return extract_missing(*names, _filled(self._long_decoders), progress)

    def _adopt_model(
        self, arguments: ExtractorArguments, progress: Progress
    ) -> IndexSummary:
        from cbmir_gui.services.adopting import adopt_model

        names = arguments.library, arguments.model, arguments.layer
        return adopt_model(*names, _filled(self._long_decoders), progress)

    def _repair_library(
        self, arguments: RepairArguments, progress: Progress
    ) -> LibraryRepair:
        from cbmir_gui.services.library_repair import repair_library

        images = Path(arguments.images) if arguments.images else None
        decoders = _filled(self._long_decoders)
        return repair_library(Path(arguments.library), images, decoders, progress)

    def _build_demo(
        self, arguments: FolderArguments, progress: Progress
    ) -> IndexSummary:
        from cbmir_gui.services.demo import build_demo

        folder = Path(arguments.folder)
        return build_demo(folder, _filled(self._long_decoders), progress)

    def _import_index(
        self, arguments: IndexFileArguments, progress: Progress
    ) -> ReadIndex:
        from cbmir_gui.services.json_index_import import import_index

        file, folder = Path(arguments.file), Path(arguments.library)
        done = import_index(file, folder, _filled(self._long_decoders), progress)
        return ReadIndex(
            added=done.added,
            completed=done.completed,
            known=done.known,
            without_file=done.without_file,
            outdated=done.outdated,
        )

    def _evaluate(
        self, arguments: EvaluateArguments, progress: Progress
    ) -> EvaluationDocument:
        from cbmir_gui.services.evaluation import EvaluationRequest, evaluate

        progress(0, 0, "Loading the network")
        request = EvaluationRequest(
            queries=arguments.queries,
            library=arguments.library,
            set_name=arguments.set_name,
            splits=arguments.splits,
            database_splits=arguments.database_splits,
            model=arguments.model,
            layer=arguments.layer,
            metric=arguments.metric,
            class_filter=arguments.class_filter,
            level=arguments.level,
        )
        report = evaluate(request, _filled(self._long_decoders)[0], progress)
        return EvaluationDocument(json.dumps(to_json(report), ensure_ascii=False))

    def _rebuild_image(
        self, arguments: RebuildArguments, progress: Progress
    ) -> RebuiltImage:
        from cbmir_gui.imaging.raster import encode_png
        from cbmir_gui.services.reconstruction import reconstruct_image

        progress(0, 0, "Rebuilding the image")
        image = reconstruct_image(
            arguments.model,
            Path(arguments.file),
            self._search_decoder,
            arguments.frame,
        )
        pixels = image.seen, image.rebuilt, image.difference(), image.side_by_side()
        pictures = [base64.b64encode(encode_png(each)).decode() for each in pixels]
        info, error = image.info, image.mean_squared_error
        names = info.file_name, info.frame, info.num_frames
        return RebuiltImage(*names, error, *pictures)

    def _deidentify(
        self, request: DeidentifyRequest, progress: Progress
    ) -> DeidentifySummary:
        from cbmir_gui.services.deidentification import deidentify_files

        return deidentify_files(request, _filled(self._data_decoders)[0], progress)

    def _look_at_data(self, arguments: LookArguments, progress: Progress) -> DataLook:
        from cbmir_gui.services.data_look import look_at_data

        return look_at_data(arguments, _filled(self._data_decoders), progress)

    def _look_at_import(
        self, arguments: ImportLookArguments, progress: Progress
    ) -> ImportContents:
        from cbmir_gui.library.imported import IMPORTED
        from cbmir_gui.services.import_look import look_at_import

        place = Path(arguments.library) / IMPORTED
        decoders = _filled(self._data_decoders)
        return look_at_import(arguments.paths, place, decoders, progress)


def _filled(decoders: list[DecoderClient]) -> list[DecoderClient]:
    """Return the decoders of a lane, made when they are first needed."""
    if not decoders:
        from cbmir_gui.services.decode_ahead import NUM_DECODERS

        decoders.extend(DecoderClient() for _ in range(NUM_DECODERS))
    return decoders


def _preload() -> None:
    from cbmir_gui.services.staging import sweep_left_overs

    sweep_left_overs()
    try:
        import cbmir_gui.features.keras_features  # noqa: F401
    except ImportError:  # the first search says it to the user
        _LOGGER.exception("The network framework cannot be loaded.")


def _inspect_data(arguments: DataArguments, _: Progress) -> DataSummary:
    from cbmir_gui.services.data_inspection import inspect_data

    return inspect_data(arguments)


def _discard_import(arguments: StagedArguments, _: Progress) -> NoAnswer:
    from cbmir_gui.services.staging import discard

    discard(arguments.staged)
    return NoAnswer()
