"""Find the images of a library that are most similar to a query."""

import contextlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import (
    Cancelled,
    CbmirError,
    DamagedImageError,
    EmptyLibraryError,
    ImageReadError,
    LibraryError,
)
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import (
    DecodedImage,
    ExtractorInfo,
    FloatArray,
    Hit,
    ImageRecord,
    Metric,
    Prediction,
    SearchRequest,
    SearchResults,
)
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.base import extract_one
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.index.distances import similarity
from cbmir_gui.index.exact import Neighbors
from cbmir_gui.library.library import Library
from cbmir_gui.services.decode_ahead import Decoder, decode_ahead
from cbmir_gui.services.opened_library import OpenedLibrary, open_features, stamp_of
from cbmir_gui.services.search_choices import (
    NO_FILTER,
    PREDICTED,
    choose_class,
    choose_extractor,
    choose_metric,
    rank_predictions,
)
from cbmir_gui.services.search_clock import SearchClock

NUM_KEPT = 2
"""Libraries (or layers of one) whose features stay in memory."""
_PATIENCE_S = 1.0
"""What the file of a cancelled search may still take before its decoder is ended."""


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    name: str
    image_id: str
    features: FloatArray
    """(1, feature_dim)"""
    predicted: tuple[Prediction, ...]


class RetrievalService:
    """Answers queries; keeps what the last ones needed in memory. Safe for threads.

    Parameters
    ----------
    decoder : DecoderClient
        Reads the query's file; stays the caller's to close.
    """

    def __init__(self, decoder: DecoderClient) -> None:
        self._decoder = decoder
        self._opened: OrderedDict[tuple[str, str], OpenedLibrary] = OrderedDict()
        self._lock = threading.Lock()

    def search(
        self, request: SearchRequest, progress: Progress = no_progress
    ) -> SearchResults:
        """Return the nearest images, nearest first.

        The image that is the query itself is among them and marked. For a query that
        is an image of the library its stored features are taken; it is read again for
        its predicted classes, and has none if its file is gone.

        Raises
        ------
        EmptyLibraryError
            There is nothing to search.
        LibraryMismatchError
            The library has no features of the model and layer.
        LibraryError, ModelError, ImageReadError
            The library, the model or the query cannot be read.
        CbmirError
            The class filter or the metric cannot be applied.
        Cancelled
            `progress` asked to stop; not even a file that hangs is waited for.
        """
        clock = SearchClock(progress)
        with Library.open(Path(request.library), read_only=True) as library:
            info = choose_extractor(library, request.model, request.layer)
            opened = self._open(library, info)
            metric = choose_metric(request.metric, info)
            clock.lap("search")
            query = self._query(request, library, opened, clock)
            wanted = choose_class(
                request.class_filter, query.predicted, opened.class_names
            )
            allowed = None if wanted == NO_FILTER else opened.class_names == wanted
            found = opened.index.search(query.features, request.top, metric, allowed)
            hits = _hits(library, opened, found, metric, query.image_id)
        clock.lap("search")
        return SearchResults(
            query_name=query.name,
            image_id=query.image_id,
            model=info.model,
            layer=info.layer,
            metric=metric,
            predicted=query.predicted,
            hits=hits,
            class_filter=wanted,
            library_size=len(opened),
            timings_ms=clock.timings_ms(),
        )

    def warm(self, library: str, model: str = "", layer: str = "") -> int:
        """Load decoder, network and features, so that the next search is quick.

        Returns
        -------
        int
            Number of images that can be found; 0 for an empty library.

        Raises
        ------
        CbmirError
            As in `search`.
        """
        self._decoder.start()
        with Library.open(Path(library), read_only=True) as opened_library:
            try:
                info = choose_extractor(opened_library, model, layer)
                opened = self._open(opened_library, info)
            except EmptyLibraryError:
                return 0
        extractor = open_extractor(info.model, info.layer)
        # The first pass through a network compiles it, the first search wakes BLAS.
        extraction = extract_one(extractor, np.zeros((64, 64, 3), np.uint8))
        opened.index.search(extraction.features, 1, "cosine")
        return len(opened)

    def _open(self, library: Library, info: ExtractorInfo) -> OpenedLibrary:
        """Return the features as they are now; from memory if nothing has changed."""
        name = (str(library.folder.resolve()), info.key)
        with self._lock:
            opened = self._opened.pop(name, None)
            if opened is None:
                while len(self._opened) >= NUM_KEPT:
                    self._opened.popitem(last=False)
            if opened is None or opened.stamp != stamp_of(library):
                opened = open_features(library, info.key, opened)
            if not len(opened):
                raise EmptyLibraryError(library.catalogue.name)
            self._opened[name] = opened
            return opened

    def _query(
        self,
        request: SearchRequest,
        library: Library,
        opened: OpenedLibrary,
        clock: SearchClock,
    ) -> _Query:
        if bool(request.query_path) == bool(request.query_image_id):
            raise CbmirError(
                "A query is either a file or an image of the library: expected one of "
                "them, received both or none. Choose an image."
            )
        if request.query_path:
            path = Path(request.query_path)
            return self._query_of_file(path, request.frame, opened.extractor, clock)
        record = library.catalogue.record(request.query_image_id)
        row = opened.row_of(request.query_image_id)
        if record is None or row < 0:
            raise LibraryError(
                f"The query is not among the images of the library "
                f"'{library.catalogue.name}' that have these features. Open its file "
                f"as the query, or complete the library's features."
            )
        predicted: tuple[Prediction, ...] = ()
        try:
            predicted = self._predict(record, opened.extractor, clock)
        except ImageReadError:
            if request.class_filter == PREDICTED:
                raise
        features = opened.table.features[row : row + 1]
        name = Path(record.path).name
        return _Query(name, record.image_id, features, predicted)

    def _predict(
        self, record: ImageRecord, info: ExtractorInfo, clock: SearchClock
    ) -> tuple[Prediction, ...]:
        """Classify an image of the library; its file must be as it was added."""
        if not open_extractor(info.model, info.layer).classes:
            return ()
        path = Path(record.path)
        query = self._query_of_file(path, record.frame, info, clock)
        if query.image_id != record.image_id:
            raise DamagedImageError(
                path.name, "it has changed since it was added", "Add it again."
            )
        return query.predicted

    def _query_of_file(
        self, path: Path, frame: int, info: ExtractorInfo, clock: SearchClock
    ) -> _Query:
        image = self._decode(path, frame, clock)
        clock.lap("decode")
        extractor = open_extractor(info.model, info.layer)
        extraction = extract_one(extractor, image.pixels)
        clock.lap("extract")
        predicted = rank_predictions(extraction.probabilities, extractor.classes)
        return _Query(path.name, image.info.image_id, extraction.features, predicted)

    def _decode(self, path: Path, frame: int, clock: SearchClock) -> DecodedImage:
        def work(decoder: Decoder, item: Path) -> DecodedImage:
            return decoder.decode(item, frame)

        line = decode_ahead([path], [self._decoder], work, clock.check)
        with contextlib.closing(line):
            try:
                _, outcome = next(line)
            except Cancelled:
                self._decoder.interrupt(_PATIENCE_S)
                raise
        if isinstance(outcome, ImageReadError):
            raise outcome
        return outcome


def _hits(
    library: Library,
    opened: OpenedLibrary,
    found: Neighbors,
    metric: Metric,
    query_image_id: str,
) -> tuple[Hit, ...]:
    image_ids = [opened.table.image_ids[row] for row in found.rows[0]]
    records = library.catalogue.records_by_id(image_ids)
    # An image may have been removed since the features were looked at.
    present = [
        (records[image_id], float(distance))
        for image_id, distance in zip(image_ids, found.distances[0], strict=True)
        if image_id in records
    ]
    return tuple(
        _hit(rank, record, distance, metric, query_image_id)
        for rank, (record, distance) in enumerate(present, start=1)
    )


def _hit(
    rank: int, record: ImageRecord, distance: float, metric: Metric, query_image_id: str
) -> Hit:
    return Hit(
        rank=rank,
        image_id=record.image_id,
        path=record.path,
        class_name=record.class_name,
        diagnosis=record.diagnosis,
        modality=record.modality,
        body_part=record.body_part,
        distance=distance,
        similarity=similarity(distance, metric),
        is_query=record.image_id == query_image_id,
    )
