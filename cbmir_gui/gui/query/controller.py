"""What the user does with queries: open, paste, step through frames, look at hits."""

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from cbmir_gui.core.errors import LibraryOutdatedError
from cbmir_gui.core.patient_records import PatientData
from cbmir_gui.core.prediction_support import is_contradicted
from cbmir_gui.core.records import ImageRecord
from cbmir_gui.core.search_records import SearchResults
from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.query.compare_dialog import CompareDialog
from cbmir_gui.gui.query.panel import QueryPanel
from cbmir_gui.gui.query.pasted_pictures import PastedPictures
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.query.session import (
    FILTER_OFF,
    FILTER_PREDICTED,
    FILTER_PRIOR,
    SearchSession,
)
from cbmir_gui.gui.results.panel import ResultsPanel
from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache
from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.settings_store import SettingsStore, remember
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import Message, MessageAction, MessageBar

_LOGGER = logging.getLogger(__name__)
_PAGE_SIZE = 120
_LASTING_FILTERS = (FILTER_OFF, FILTER_PREDICTED, FILTER_PRIOR)


class QueryController(QObject):
    """Carry wishes from the panels to the session, and its answers back."""

    extraction_wanted = Signal(str, str)
    """Model and layer whose features the library should be given anew; empty: of the
    library's default."""
    all_wanted = Signal()
    """Images related to the query should not be hidden any more."""

    def __init__(
        self,
        tasks: Tasks,
        session: SearchSession,
        reader: CatalogueReader,
        thumbnails: ThumbnailCache,
        store: SettingsStore,
        panel: QueryPanel,
        results: ResultsPanel,
        messages: MessageBar,
    ) -> None:
        super().__init__(panel)
        self._tasks = tasks
        self._session = session
        self._reader = reader
        self._thumbnails = thumbnails
        self._store = store
        self._panel = panel
        self._results = results
        self._messages = messages
        self._pasted = PastedPictures()
        self._errors: list[Message] = []
        self.patient_line: Callable[[PatientData], str] | None = None
        """Puts patients into words while they are shown."""
        self._preview_problem = ""
        """Why the query cannot be shown; empty as long as it can."""
        self._connect()

    def _connect(self) -> None:
        session, panel, results = self._session, self._panel, self._results
        session.query_changed.connect(self._show_query)
        session.preview_ready.connect(panel.show_image)
        session.preview_failed.connect(self._show_preview_failure)
        session.results_ready.connect(self._show_results)
        session.search_failed.connect(self._show_search_failure)
        session.search_cancelled.connect(self._show_cancelled)
        session.busy_changed.connect(results.set_busy)
        panel.open_requested.connect(self.ask_file)
        panel.frame_chosen.connect(self._open_frame)
        panel.window_chosen.connect(session.show_preview)
        panel.overlays_chosen.connect(session.show_overlays)
        results.top_changed.connect(self._set_top)
        results.class_filter_changed.connect(self._set_class_filter)
        results.model.more_wanted.connect(self._ask_page)
        results.view.opened.connect(self._open_tile)
        self._reader.page_ready.connect(self._show_page)
        self._thumbnails.loaded.connect(self._show_kept_thumbnail)

    def ask_file(self) -> None:
        """Let the user choose a file as query."""
        dialog = QFileDialog(
            self._window(), self.tr("Open image"), self._store.value.last_folder
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [
                # DICOM files often have no suffix at all.
                self.tr("All files (*)"),
                self.tr("DICOM (*.dcm *.dicom *.ima)"),
                self.tr("Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp)"),
            ]
        )
        dialog.fileSelected.connect(self.open_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open_file(self, path: str) -> None:
        """Search with a file."""
        self._store.update(
            last_folder=str(Path(path).parent),
            recent_queries=remember(self._store.value.recent_queries, path),
        )
        self._session.open(Query(path))

    def open_image_of_library(self, tile: Tile) -> None:
        """Search with an image of the library."""
        self._session.open(Query(tile.path, tile.image_id, tile.frame))

    def open_picture(self, image: QImage) -> None:
        """Search with a picture that is not a file."""
        if path := self._pasted.keep(image):
            self._session.open(Query(path, is_pasted=True))
        else:
            self._messages.post(
                self.tr("The image in the clipboard could not be kept."), "error"
            )

    def compare(self, tile: Tile) -> None:
        """Show a hit beside the query."""
        query, results = self._session.query, self._session.results
        tiles = self._results.model.tiles()
        if query is None or results is None or tile not in tiles:
            return
        dialog = CompareDialog(
            self._tasks,
            query,
            tiles,
            results.metric,
            self._window(),
            self.patient_line,
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.show_hit(tiles.index(tile))
        dialog.open()

    def browse(self) -> None:
        """Leave the query and show the library."""
        self._session.clear()

    def show_library(self) -> None:
        """Show the images of the library, if there is no query."""
        if self._session.query is None:
            self._ask_page(0)

    def set_restricted(self, restricted: bool) -> None:
        """Search in the predicted class only, or in all."""
        self._set_class_filter(FILTER_PREDICTED if restricted else FILTER_OFF)

    def _window(self) -> QWidget:
        return self._panel.window()

    def _open_frame(self, frame: int) -> None:
        if query := self._session.query:
            self._session.open(query.at_frame(frame))

    def _open_tile(self, tile: Tile) -> None:
        if self._session.query is None:
            self.open_image_of_library(tile)
        else:
            self.compare(tile)

    def _set_top(self, top: int) -> None:
        self._store.update(top=top)
        self._session.set_options(top=top)

    def _set_class_filter(self, class_filter: str) -> None:
        # A class is one of a library; the others are for every library.
        kept = class_filter if class_filter in _LASTING_FILTERS else FILTER_OFF
        self._store.update(class_filter=kept)
        self._results.set_class_filter(class_filter)
        self._session.set_options(class_filter=class_filter)
        self.show_library()

    def _ask_page(self, offset: int) -> None:
        chosen = self._results.class_filter()
        is_class = chosen not in _LASTING_FILTERS
        # What is in sight stays in sight when the library is read again.
        size = _PAGE_SIZE if offset else max(_PAGE_SIZE, self._results.num_browsed())
        self._reader.ask_page(size, offset, chosen if is_class else "")

    def _show_page(
        self, total: int, offset: int, records: tuple[ImageRecord, ...]
    ) -> None:
        if self._session.query is not None:
            return
        if offset:
            self._results.append(offset, records)
        elif records:
            self._results.show_library(total, records)

    def _show_query(self, query: Query | None) -> None:
        while self._errors:
            self._messages.dismiss(self._errors.pop())
        self._preview_problem = ""
        self._panel.show_query(query)
        if query is None:
            self.show_library()
        elif not self._session.options.library:
            self._panel.show_predictions(None)
        else:
            # What an earlier query found must never stand beside this one.
            self._results.show_waiting()

    def _show_preview_failure(self, message: str) -> None:
        query = self._session.query
        if query is None:
            return
        if query.image_id:
            self._preview_problem = message
            self._show_kept_thumbnail(query.image_id)
        else:
            self._panel.show_thumbnail(QImage(), message)
            self._post_error(message)

    def _show_kept_thumbnail(self, image_id: str) -> None:
        """Show what the library has of the query, if its file cannot be shown."""
        query = self._session.query
        if query is None or query.image_id != image_id or not self._preview_problem:
            return
        kept = self._thumbnails.pixmap(image_id)
        if kept is not None:
            self._panel.show_thumbnail(kept.toImage(), self._preview_problem)

    def _show_results(self, results: SearchResults) -> None:
        self._panel.show_predictions(
            results.predicted,
            results.model,
            results.prediction_problem,
            contradicted=is_contradicted(results),
        )
        if results.hits:
            self._results.show_results(results)
            return
        if results.num_hidden:
            everything = MessageAction(self.tr("Show them"), self.all_wanted.emit)
            text = self.tr("All that was found is hidden: it is related to the query.")
            self._results.show_problem(text, (everything,))
            return
        text = self.tr("The library has no image of the class '{name}'.")
        everywhere = self._search_everywhere()
        name = class_label(results.class_filter)
        self._results.show_problem(text.format(name=name), (everywhere,))

    def _show_search_failure(self, message: str, kind: str) -> None:
        again = MessageAction(self.tr("Try again"), self._try_again)
        other = MessageAction(self.tr("Open another image"), self.ask_file)
        is_filtered = self._session.options.class_filter != FILTER_OFF
        cures = (self._search_everywhere(), again) if is_filtered else (again,)
        # Of several models at once it is not known which one has changed.
        if kind == LibraryOutdatedError.__name__ and not self._session.options.also:
            extract = self.tr("Extract features again")
            cures = (MessageAction(extract, self._want_extraction),)
        self._results.show_problem("", (*cures, other))
        self._panel.show_predictions(None)
        self._post_error(message)

    def _want_extraction(self) -> None:
        options = self._session.options
        self.extraction_wanted.emit(options.model, options.layer)

    def _search_everywhere(self) -> MessageAction:
        return MessageAction(
            self.tr("Search all classes"), lambda: self._set_class_filter(FILTER_OFF)
        )

    def _try_again(self) -> None:
        if query := self._session.query:
            self._session.open(query)

    def _post_error(self, message: str) -> None:
        self._errors.append(self._messages.post(message, "error"))

    def _show_cancelled(self) -> None:
        if self._session.results is None:
            again = MessageAction(self.tr("Search again"), self._session.search_again)
            self._results.show_problem(self.tr("The search was stopped."), (again,))
            self._panel.show_predictions(None)
