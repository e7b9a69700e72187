"""Find the images of a library that are most similar to a query."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import EmptyLibraryError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.core.search_records import SearchRequest, SearchResults
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.base import extract_one
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.library.library import Library
from cbmir_gui.services.hits import describe_hits
from cbmir_gui.services.marked_search import MarkedSearch
from cbmir_gui.services.opened_library import OpenedLibrary, open_features, stamp_of
from cbmir_gui.services.query_reader import QueryReader
from cbmir_gui.services.related_images import Fingerprints
from cbmir_gui.services.search_choices import NO_FILTER, PRIOR, choose_class
from cbmir_gui.services.search_clock import SearchClock
from cbmir_gui.services.search_parts import Part, choose_parts
from cbmir_gui.services.search_space import SearchSpace

NUM_KEPT = 2
"""Libraries (or layers of one) whose features stay in memory; more while one search
needs more at once."""


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
        self._fingerprints = Fingerprints()
        self._lock = threading.Lock()

    def search(
        self, request: SearchRequest, progress: Progress = no_progress
    ) -> SearchResults:
        """Return the nearest images, nearest first unless a class prior weights them.

        The image that is the query itself is among them and marked. For a query that
        is an image of the library its stored features are taken; it is read again for
        its predicted classes, and has none if its file is gone. Images of the query's
        patient or study and near-duplicates are marked, or left out if the request
        hides them.

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
            parts = choose_parts(
                library, request.model, request.layer, request.also, request.metric
            )
            space = self._open(library, parts)
            clock.lap("search")
            query = QueryReader(self._decoder, clock).read(request, library, space)
            class_names = space.class_names
            wanted = choose_class(request.class_filter, query.predicted, class_names)
            is_everywhere = wanted in {NO_FILTER, PRIOR}
            allowed = None if is_everywhere else class_names == wanted
            prior = query.predicted if wanted == PRIOR else ()
            marked = MarkedSearch(space, library.catalogue, self._fingerprints).search(
                query, request.top, allowed, prior, request.hide
            )
            hits = describe_hits(library, parts, marked, query.image_id)
        clock.lap("search")
        return SearchResults(
            query_name=query.name,
            image_id=query.image_id,
            model=parts[0].info.model,
            layer=parts[0].info.layer,
            metric=space.metric,
            predicted=query.predicted,
            hits=hits,
            class_filter=wanted,
            library_size=len(space),
            timings_ms=clock.timings_ms(),
            also=tuple(part.name for part in parts[1:]),
            prediction_problem=query.problem,
            hide=request.hide,
            num_hidden=marked.num_hidden,
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
                parts = choose_parts(opened_library, model, layer, (), "")
                space = self._open(opened_library, parts)
            except EmptyLibraryError:
                return 0
        # The first pass through a network compiles it, the first search wakes BLAS.
        extractor = open_extractor(parts[0].info.model, parts[0].info.layer)
        extraction = extract_one(extractor, np.zeros((64, 64, 3), np.uint8))
        space.search([extraction.features], 1)
        return len(space)

    def _open(self, library: Library, parts: Sequence[Part]) -> SearchSpace:
        """Return the features as they are now; from memory if nothing has changed."""
        with self._lock:
            num_kept = max(NUM_KEPT, len(parts))
            return SearchSpace(
                parts, [self._open_one(library, part.info, num_kept) for part in parts]
            )

    def _open_one(
        self, library: Library, info: ExtractorInfo, num_kept: int
    ) -> OpenedLibrary:
        name = (str(library.folder.resolve()), info.key)
        opened = self._opened.pop(name, None)
        if opened is None:
            while len(self._opened) >= num_kept:
                self._opened.popitem(last=False)
        if opened is None or opened.stamp != stamp_of(library):
            opened = open_features(library, info.key, opened)
        if not library.catalogue.num_images():
            raise EmptyLibraryError(library.catalogue.name)
        self._opened[name] = opened
        return opened
