"""The main window: puts the parts together and keeps them in step."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
)
from PySide6.QtWidgets import QMainWindow, QSplitter, QVBoxLayout, QWidget

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.gui.actions import Actions
from cbmir_gui.gui.closing import Closing
from cbmir_gui.gui.coordinator import Coordinator
from cbmir_gui.gui.drops import Drops
from cbmir_gui.gui.help import Help
from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.library.controller import LibraryController
from cbmir_gui.gui.library.reports import LibraryReports
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.library.states import LibraryStates
from cbmir_gui.gui.menus import Menus
from cbmir_gui.gui.pages import Pages
from cbmir_gui.gui.privacy import Privacy
from cbmir_gui.gui.query.controller import QueryController
from cbmir_gui.gui.query.panel import WIDTH_PX, QueryPanel
from cbmir_gui.gui.query.patient_banner import PatientBanner
from cbmir_gui.gui.query.session import SearchSession
from cbmir_gui.gui.results.export import ResultExport
from cbmir_gui.gui.results.hit_actions import HitActions
from cbmir_gui.gui.results.panel import ResultsPanel
from cbmir_gui.gui.results.relabelling import Relabelling
from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache
from cbmir_gui.gui.results.thumbnail_size import ThumbnailSize
from cbmir_gui.gui.retraining import Retraining
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.status_line import StatusLine
from cbmir_gui.gui.style import window_style_sheet
from cbmir_gui.gui.tags.views import TagViews
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.activity_bar import ActivityBar
from cbmir_gui.gui.widgets.message_bar import MessageBar
from cbmir_gui.gui.window_shape import restore_shape, shape_of

_USUAL_SIZE_PX = (1280, 800)


class MainWindow(QMainWindow):
    """Query at the left, results at the right; everything else around them."""

    def __init__(
        self, tasks: Tasks, store: SettingsStore, reader: CatalogueReader
    ) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("CBMIR"))
        self.setAcceptDrops(True)
        self._tasks = tasks
        self._store = store
        self.reader = reader
        self.thumbnails = ThumbnailCache(reader, self)
        self.search = SearchSession(tasks, self)
        self.library = LibrarySession(tasks, self)
        self.actions_ = Actions(self)
        self.menus = Menus(self.menuBar(), self.actions_, self)
        self._build_widgets()
        self._build_controllers()
        self._connect_states()
        self._connect_actions()
        self._restore_shape()

    def start(self) -> None:
        """Begin to work, once the window is shown."""
        self._tasks.start()
        self.library_controller.start()
        self.retraining.find_running()
        self._help.tell_intended_use()

    def start_with_demo(self) -> None:
        """Begin with the demo library, whatever was open last."""
        self._tasks.start()
        self.library_controller.open_demo()

    def _build_widgets(self) -> None:
        settings = self._store.value
        self.messages = MessageBar()
        self.patient_banner = PatientBanner()
        self.query_panel = QueryPanel(
            (self.actions_.open, self.actions_.paste), self.menus.recent_queries
        )
        self.results = ResultsPanel(self.thumbnails, settings.thumbnail_px)
        self.activity = ActivityBar()
        self.status = StatusLine()
        self._splitter = QSplitter()
        self._splitter.addWidget(self.query_panel)
        self._splitter.addWidget(self.results)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([WIDTH_PX, _USUAL_SIZE_PX[0] - WIDTH_PX])
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.patient_banner)
        column.addWidget(self.messages)
        column.addWidget(self._splitter, 1)
        column.addWidget(self.activity)
        self.setCentralWidget(central)
        self.setStatusBar(self.status)

    def _build_controllers(self) -> None:
        self.queries = QueryController(
            self._tasks,
            self.search,
            self.reader,
            self.thumbnails,
            self._store,
            self.query_panel,
            self.results,
            self.messages,
        )
        self._thumbnail_size = ThumbnailSize(self.results.view, self._store)
        self.privacy = Privacy(
            self._tasks,
            self._store,
            self.search,
            self.actions_,
            self.patient_banner,
            self.queries,
            self.results.view,
        )
        self.library_controller = LibraryController(
            self._tasks, self.library, self._store, self.messages
        )
        self.queries.extraction_wanted.connect(self.library_controller.extract_again)
        self._reports = LibraryReports(self.library, self.messages, self.activity)
        self._states = LibraryStates(
            self.library, self.library_controller, self.results
        )
        self.hit_actions = HitActions(
            self.results.view,
            self.actions_,
            self.menus,
            self.queries,
            self.library_controller,
            Relabelling(self.library, self),
            self.messages,
        )
        self.tag_views = TagViews(
            self._tasks,
            self.actions_,
            self.search,
            self.results.view,
            self.query_panel.image_view,
        )
        self.privacy.patients.join(self.tag_views)
        self.drops = Drops(self, self.queries, self.library_controller, self.messages)
        self.export = ResultExport(
            self, self.search, self.messages, self.privacy.patients.concealed
        )
        self.retraining = Retraining(
            self, self._tasks, self._store, self.messages, self.library
        )
        self.retraining.use_requested.connect(self.library_controller.adopt_model)
        self.pages = Pages(self, self._tasks, self.library, self._store, self.search)
        self.pages.adopt_requested.connect(self.library_controller.adopt_model)
        self.pages.train_requested.connect(self.retraining.show)
        self._help = Help(self, self.actions_, self._store, self.messages)
        self._closing = Closing(self._tasks, self)
        self._coordinator = Coordinator(
            self._tasks,
            self._store,
            self.reader,
            self.thumbnails,
            self.library,
            self.search,
            self.queries,
            self.results,
            self.menus,
            self.actions_,
            self.status,
        )

    def _connect_states(self) -> None:
        self.library.info_changed.connect(self._name_after_library)
        self.reader.failed.connect(partial(self.messages.post, severity="error"))
        self._tasks.engine_state.connect(self._show_engine_state)
        self._closing.waiting.connect(self._show_closing)
        self._closing.ready.connect(self.close)

    def _connect_actions(self) -> None:
        actions, queries = self.actions_, self.queries
        libraries = self.library_controller
        for action, slot in (
            (actions.open, queries.ask_file),
            (actions.paste, self.drops.paste),
            (actions.export_csv, self.export.ask_csv),
            (actions.export_png, self.export.ask_screenshot),
            (actions.quit, self.close),
            (actions.new_library, libraries.ask_new_library),
            (actions.open_library, libraries.ask_library),
            (actions.demo_library, libraries.open_demo),
            (actions.add_files, libraries.ask_files),
            (actions.add_folder, libraries.ask_folder),
            (actions.add_class_folders, libraries.ask_class_folders),
            (actions.undo, self.library.undo),
            (actions.browse, queries.browse),
            (actions.statistics, libraries.show_statistics),
            (actions.check_library, self.pages.check_library),
            (actions.extract, libraries.ask_features),
            (actions.export_index, libraries.index_files.ask_export),
            (actions.import_index, libraries.index_files.ask_import),
            (actions.search_again, self.search.search_again),
            (actions.cancel, self._cancel),
            (actions.set_number, self.results.focus_top),
            (actions.retrain, self.retraining.show),
            (actions.models, self.pages.show_models),
            (actions.evaluate, self.pages.show_evaluation),
            (actions.larger, self._thumbnail_size.enlarge),
            (actions.smaller, self._thumbnail_size.shrink),
            (actions.fit_size, self._thumbnail_size.fit),
            (actions.shortcuts, self._help.show_shortcuts),
            (actions.open_logs, self._help.open_logs),
            (actions.about, self._help.show_about),
        ):
            action.triggered.connect(partial(_call, slot))
        menus = self.menus
        menus.recent_query_chosen.connect(queries.open_file)
        menus.recent_library_chosen.connect(libraries.open)

    def _restore_shape(self) -> None:
        self.setStyleSheet(window_style_sheet(self.palette()))
        self.resize(*_USUAL_SIZE_PX)
        restore_shape(self, self._splitter, self._store.value)

    def _cancel(self) -> None:
        if self.search.is_busy:
            self.search.cancel()
        elif self.library.is_importing:
            self.activity.stopping()
            self.library.cancel_import()

    def _name_after_library(self, info: LibraryInfo) -> None:
        self.setWindowTitle(self.tr("{name} - CBMIR").format(name=info.name))

    def _show_engine_state(self, state: str) -> None:
        is_starting = state == "starting"
        self.status.set_state(self.tr("Loading the network …") if is_starting else "")

    def _show_closing(self) -> None:
        self.library.leave()
        self.status.set_state(self.tr("Finishing …"))
        self.messages.post(self.tr("Stopping what is running, then closing."))
        self._splitter.setEnabled(False)
        self.menuBar().setEnabled(False)

    def shut_down(self) -> None:
        """End threads and processes, and save the settings; once is enough."""
        self.reader.close()
        self._tasks.close()
        self._store.close()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange:
            self.setStyleSheet(window_style_sheet(self.palette()))
            self.actions_.renew_icons()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Invite to drop what can be used."""
        if self.drops.enter(event.mimeData()):
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the invitation back."""
        self.drops.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        """Use what was dropped."""
        event.acceptProposedAction()
        self.drops.drop(event.mimeData())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close once queries and imports have ended; a training may go on."""
        if not self.retraining.may_close(self.close) or not self._closing.begin():
            event.ignore()
            return
        self._store.update(**shape_of(self, self._splitter))
        self.shut_down()
        event.accept()


def _call(slot: Callable[[], object], _checked: bool = False) -> None:
    slot()
