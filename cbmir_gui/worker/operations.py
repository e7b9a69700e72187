"""What the network and search process does for each request: calls of the services.

The services are imported where they are first needed, so that the process answers its
first questions before it has loaded what the later ones need.
"""

import logging
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import (
    IndexRequest,
    IndexSummary,
    LibraryInfo,
    SearchRequest,
    SearchResults,
)
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.operations import (
    DataArguments,
    DataSummary,
    ExtractorArguments,
    ExtractorList,
    FolderArguments,
    ImagesArguments,
    LibraryArguments,
    LibraryList,
    ModelList,
    NewLibraryArguments,
    NoArguments,
    RelabelArguments,
    Relabelled,
    Removed,
    Restored,
    UndoArguments,
    Warmed,
)
from cbmir_gui.worker.server import Handler

if TYPE_CHECKING:
    from cbmir_gui.services.retrieval import RetrievalService

_LOGGER = logging.getLogger(__name__)


class Operations:
    """The services and what they share: decoders, and the features in memory.

    Searches and indexing have decoders of their own, so that neither waits for a file
    of the other.
    """

    def __init__(self) -> None:
        self._search_decoder = DecoderClient()
        self._index_decoders: list[DecoderClient] = []
        self._retrieval: RetrievalService | None = None

    def handlers(self) -> dict[str, Handler]:
        """Return what does the work, by the names of `engine.operations`."""
        handlers: dict[str, Any] = {
            "warm": self._warm,
            "search": self._search,
            "index": self._index,
            "extract_missing": self._extract_missing,
            "build_demo": self._build_demo,
            "create_library": _create_library,
            "library_info": _library_info,
            "list_libraries": _list_libraries,
            "extractors": _extractors,
            "models": _models,
            "remove_images": _remove_images,
            "restore_images": _restore_images,
            "relabel": _relabel,
            "inspect_data": _inspect_data,
        }
        return handlers

    def preload(self) -> None:
        """Begin to load the network framework, which takes seconds, in a thread."""
        threading.Thread(target=_load_framework, name="preload", daemon=True).start()

    def close(self) -> None:
        """End the decoders."""
        for decoder in (self._search_decoder, *self._index_decoders):
            decoder.close()

    def _service(self) -> "RetrievalService":
        """Return the retrieval service; asked for by the lane of searches only."""
        if self._retrieval is None:
            from cbmir_gui.services.retrieval import RetrievalService

            self._retrieval = RetrievalService(self._search_decoder)
        return self._retrieval

    def _decoders(self) -> list[DecoderClient]:
        """Return the decoders of the lane of long work."""
        if not self._index_decoders:
            from cbmir_gui.services.decode_ahead import NUM_DECODERS

            self._index_decoders = [DecoderClient() for _ in range(NUM_DECODERS)]
        return self._index_decoders

    def _warm(self, arguments: ExtractorArguments, progress: Progress) -> Warmed:
        progress(0, 0, "Loading the network")
        library, model, layer = arguments.library, arguments.model, arguments.layer
        return Warmed(self._service().warm(library, model, layer))

    def _search(self, request: SearchRequest, progress: Progress) -> SearchResults:
        return self._service().search(request, progress)

    def _index(self, request: IndexRequest, progress: Progress) -> IndexSummary:
        from cbmir_gui.services.indexing import index_library

        return index_library(request, self._decoders(), progress)

    def _extract_missing(
        self, arguments: ExtractorArguments, progress: Progress
    ) -> IndexSummary:
        from cbmir_gui.services.extracting import extract_missing

        return extract_missing(
            arguments.library,
            arguments.model,
            arguments.layer,
            self._decoders(),
            progress,
        )

    def _build_demo(
        self, arguments: FolderArguments, progress: Progress
    ) -> IndexSummary:
        from cbmir_gui.services.demo import build_demo

        return build_demo(Path(arguments.folder), self._decoders(), progress)


def _load_framework() -> None:
    try:
        import cbmir_gui.features.keras_features  # noqa: F401
    except ImportError:  # the first search says it to the user
        _LOGGER.exception("The network framework cannot be loaded.")


def _create_library(arguments: NewLibraryArguments, _: Progress) -> LibraryInfo:
    from cbmir_gui.services.libraries import create_library

    return create_library(Path(arguments.folder), arguments.name)


def _library_info(arguments: LibraryArguments, _: Progress) -> LibraryInfo:
    from cbmir_gui.services.libraries import library_info

    return library_info(Path(arguments.library))


def _list_libraries(_arguments: NoArguments, _: Progress) -> LibraryList:
    from cbmir_gui.services.libraries import list_libraries

    return LibraryList(tuple(list_libraries()))


def _extractors(arguments: LibraryArguments, _: Progress) -> ExtractorList:
    """List every extractor, those that the library has features of first."""
    from cbmir_gui.features.registry import list_extractors
    from cbmir_gui.services.libraries import library_info

    held = library_info(Path(arguments.library)).extractors
    keys = {info.key for info in held}
    others = [info for info in list_extractors() if info.key not in keys]
    return ExtractorList((*held, *others))


def _models(_arguments: NoArguments, _: Progress) -> ModelList:
    from cbmir_gui.services.models import list_models

    return ModelList(tuple(list_models()))


def _remove_images(arguments: ImagesArguments, _: Progress) -> Removed:
    from cbmir_gui.services.libraries import remove_images

    removal = remove_images(Path(arguments.library), arguments.image_ids)
    return Removed(removal.num_removed, removal.undo)


def _restore_images(arguments: UndoArguments, _: Progress) -> Restored:
    from cbmir_gui.services.libraries import restore_images

    return Restored(restore_images(Path(arguments.library), arguments.undo))


def _relabel(arguments: RelabelArguments, _: Progress) -> Relabelled:
    from cbmir_gui.services.libraries import relabel_images

    folder = Path(arguments.library)
    return Relabelled(relabel_images(folder, arguments.image_ids, arguments.class_name))


def _inspect_data(arguments: DataArguments, _: Progress) -> DataSummary:
    """Count labelled images as a training would read them."""
    from cbmir_gui.sources.manifests import (
        missing_files,
        read_set_names,
        read_sources,
    )

    path = Path(arguments.data)
    sources = read_sources(path, arguments.set_name, label=arguments.label)
    return DataSummary(
        num_images=len(sources),
        classes=dict(Counter(source.class_name for source in sources)),
        splits=dict(Counter(source.split for source in sources)),
        num_missing=len(missing_files(sources)),
        has_groups=all(source.group for source in sources),
        sets=tuple(read_set_names(path)),
    )
