"""The query and its answer: asks for preview and search, drops what is stale."""

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from cbmir_gui.core.search_records import DEFAULT_TOP, SearchRequest, SearchResults
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.tasks import Tasks

PREVIEW_SIDE_PX = 1024
AS_STORED = "first"
FILTER_OFF = "off"
FILTER_PREDICTED = "predicted"
FILTER_PRIOR = "prior"


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search, apart from the query."""

    library: str = ""
    """Folder; empty while no library with images is open: nothing is searched."""
    model: str = ""
    layer: str = ""
    also: tuple[str, ...] = ()
    """Further "model/layer" to search with at once."""
    metric: str = ""
    class_filter: str = FILTER_OFF
    top: int = DEFAULT_TOP
    hide: tuple[str, ...] = ()
    """Which images related to the query are not wanted."""


class SearchSession(QObject):
    """Hold the query and the options; every change of them starts a new search."""

    query_changed = Signal(object)
    """`Query`, or None: whatever was shown of an earlier query is void."""
    preview_ready = Signal(object)
    """`DecodedImage` of the query."""
    preview_failed = Signal(str)
    results_ready = Signal(object)
    """`SearchResults` of the query."""
    search_failed = Signal(str, str)
    """Message, and the class name of the error."""
    search_cancelled = Signal()
    busy_changed = Signal(bool)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._query: Query | None = None
        self._options = SearchOptions()
        self._results: SearchResults | None = None
        self._window = AS_STORED
        self._overlays = False
        self._preview_ticket = 0
        self._search_ticket = 0

    @property
    def query(self) -> Query | None:
        """The present query."""
        return self._query

    @property
    def options(self) -> SearchOptions:
        """The present options."""
        return self._options

    @property
    def results(self) -> SearchResults | None:
        """The answer to the present query, once it is there."""
        return self._results

    @property
    def is_busy(self) -> bool:
        """Whether a search is on its way."""
        return self._replies.is_expected(self._search_ticket)

    def open(self, query: Query) -> None:
        """Make `query` the query: show it and search with it."""
        self._drop_search()
        if self._query is None or self._query.path != query.path:
            self._window = AS_STORED
            self._overlays = False
        self._query = query
        self._results = None
        self.query_changed.emit(query)
        self.show_preview(self._window)
        self.search_again()

    def clear(self) -> None:
        """Leave the query."""
        self._drop_search()
        self._replies.drop(self._preview_ticket)
        self._query = None
        self._results = None
        self.query_changed.emit(None)

    def set_options(self, **changes: Any) -> bool:
        """Change fields of the options; searches again, and tells, if any changed."""
        options = replace(self._options, **changes)
        if options == self._options:
            return False
        is_other_library = options.library != self._options.library
        self._options = options
        if is_other_library:
            self._results = None
        if is_other_library and self._query and self._query.image_id:
            self.clear()
        else:
            self.search_again()
        return True

    def show_preview(self, window: str) -> None:
        """Ask for the picture of the query.

        `window` is first, minmax, voi:N or CENTER,WIDTH; it is kept for further frames.
        """
        if self._query is None:
            return
        self._window = window
        self._replies.drop(self._preview_ticket)
        self._preview_ticket = self._replies.expect(
            self._tasks.preview(
                self._query.path,
                self._query.frame,
                window,
                PREVIEW_SIDE_PX,
                self._overlays,
            ),
            self.preview_ready.emit,
            self.preview_failed.emit,
        )

    def show_overlays(self, shown: bool) -> None:
        """Show the file's overlays over the query, or not; never searched with."""
        self._overlays = shown
        self.show_preview(self._window)

    def search_again(self) -> None:
        """Search with the present query and options, if there are both."""
        self._drop_search()
        if self._query is None or not self._options.library:
            return
        self._search_ticket = self._replies.expect(
            self._tasks.search(self._request(self._query)),
            self._finish,
            self._fail,
            self._finish_cancelled,
        )
        self.busy_changed.emit(True)

    def cancel(self) -> None:
        """Stop the running search."""
        if self.is_busy:
            self._tasks.cancel(self._search_ticket)

    def _request(self, query: Query) -> SearchRequest:
        options = self._options
        return SearchRequest(
            library=options.library,
            query_path="" if query.image_id else query.path,
            query_image_id=query.image_id,
            frame=query.frame,
            top=options.top,
            model=options.model,
            layer=options.layer,
            metric=options.metric,
            class_filter=options.class_filter,
            also=options.also,
            hide=options.hide,
        )

    def _drop_search(self) -> None:
        if not self.is_busy:
            return
        self._replies.drop(self._search_ticket)
        self.busy_changed.emit(False)

    def _finish(self, results: SearchResults) -> None:
        self._results = results
        self.busy_changed.emit(False)
        self.results_ready.emit(results)

    def _fail(self, message: str) -> None:
        self._results = None
        self.busy_changed.emit(False)
        self.search_failed.emit(message, self._replies.failure_kind)

    def _finish_cancelled(self) -> None:
        self.busy_changed.emit(False)
        self.search_cancelled.emit()
