"""Keeps library, search, menus and status bar in step."""

from PySide6.QtCore import QObject

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.gui.actions import Actions
from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.menus import Menus
from cbmir_gui.gui.query.controller import QueryController
from cbmir_gui.gui.query.features_choice import FeaturesChoice, remembered_choice
from cbmir_gui.gui.query.session import FILTER_PREDICTED, SearchSession
from cbmir_gui.gui.results.panel import ResultsPanel
from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.status_line import StatusLine
from cbmir_gui.gui.tasks import Tasks


class Coordinator(QObject):
    """Tell each part of the window what another part has found out."""

    def __init__(
        self,
        tasks: Tasks,
        store: SettingsStore,
        reader: CatalogueReader,
        thumbnails: ThumbnailCache,
        library: LibrarySession,
        search: SearchSession,
        queries: QueryController,
        results: ResultsPanel,
        menus: Menus,
        actions: Actions,
        status: StatusLine,
    ) -> None:
        super().__init__(results)
        self._tasks = tasks
        self._store = store
        self._reader = reader
        self._thumbnails = thumbnails
        self._library = library
        self._search = search
        self._queries = queries
        self._results = results
        self._menus = menus
        self._actions = actions
        self._status = status
        self._is_just_opened = False
        library.opened.connect(self._use_library)
        library.info_changed.connect(self._use_info)
        library.undo_available.connect(actions.undo.setEnabled)
        search.query_changed.connect(self._renew_search_state)
        search.results_ready.connect(self._renew_search_state)
        search.search_failed.connect(self._renew_search_state)
        search.busy_changed.connect(self._renew_search_state)
        store.changed.connect(self._renew_recent)
        menus.metric_chosen.connect(self._set_metric)
        menus.features.features_chosen.connect(self._set_features)
        results.class_filter_changed.connect(self._renew_restriction)
        actions.clear_recent.triggered.connect(self._forget_recent)
        actions.restrict.triggered.connect(queries.set_restricted)
        self._apply_settings()

    def _apply_settings(self) -> None:
        settings = self._store.value
        self._results.set_top(settings.top)
        self._results.set_class_filter(settings.class_filter)
        self._search.set_options(
            top=settings.top,
            metric=settings.metric,
            class_filter=self._results.class_filter(),
        )
        self._menus.set_metric(settings.metric)
        self._renew_recent()
        self._renew_search_state()
        self._actions.undo.setEnabled(False)
        self._actions.statistics.setEnabled(False)
        self._status.set_library(None)

    def _use_library(self, folder: str) -> None:
        self._thumbnails.clear()
        self._reader.open(folder)
        self._status.set_library(None)
        self._results.set_info(None)
        self._menus.features.set_info(None, FeaturesChoice())
        self._actions.statistics.setEnabled(False)
        # The extractor is only known to fit once the library's facts are there.
        self._search.set_options(
            library=folder,
            model="",
            layer="",
            also=(),
            class_filter=self._results.class_filter(),
        )
        self._is_just_opened = True
        self._queries.show_library()
        self._renew_search_state()

    def _use_info(self, info: LibraryInfo) -> None:
        settings = self._store.value
        choice = remembered_choice(
            info, settings.model, settings.layer, settings.combined
        )
        folder = info.folder if info.num_images else ""
        self._status.set_library(info)
        self._results.set_info(info)
        self._menus.features.set_info(info, choice)
        self._actions.statistics.setEnabled(True)
        is_new = self._search.set_options(
            library=folder,
            model=choice.model,
            layer=choice.layer,
            also=choice.also,
            # A class whose last image is gone cannot be chosen any more.
            class_filter=self._results.class_filter(),
        )
        if info.num_images:
            self._warm(info.folder, choice)
            if not is_new and not self._is_just_opened:
                self._search.search_again()
            self._queries.show_library()
        self._is_just_opened = False
        self._renew_search_state()

    def _warm(self, folder: str, choice: FeaturesChoice) -> None:
        self._tasks.warm(folder, choice.model, choice.layer)
        for name in choice.also:
            model, _, layer = name.partition("/")
            self._tasks.warm(folder, model, layer)

    def _set_metric(self, metric: str) -> None:
        self._store.update(metric=metric)
        self._menus.set_metric(metric)
        self._search.set_options(metric=metric)

    def _set_features(self, choice: FeaturesChoice) -> None:
        if choice.also:
            self._store.update(combined=True)
        else:
            self._store.update(model=choice.model, layer=choice.layer, combined=False)
        self._search.set_options(
            model=choice.model, layer=choice.layer, also=choice.also
        )

    def _renew_restriction(self) -> None:
        is_restricted = self._results.class_filter() == FILTER_PREDICTED
        self._actions.restrict.setChecked(is_restricted)

    def _renew_recent(self) -> None:
        settings = self._store.value
        is_kept = bool(settings.recent_queries or settings.last_folder)
        self._actions.clear_recent.setEnabled(is_kept)
        self._menus.set_recent(settings.recent_queries, settings.recent_libraries)
        self._renew_restriction()

    def _forget_recent(self) -> None:
        self._store.update(recent_queries=(), last_folder="")

    def _renew_search_state(self) -> None:
        results, has_query = self._search.results, self._search.query is not None
        self._status.set_results(results)
        actions = self._actions
        actions.export_csv.setEnabled(results is not None)
        actions.search_again.setEnabled(has_query)
        actions.browse.setEnabled(has_query)
        for action in (
            actions.add_files,
            actions.add_folder,
            actions.add_class_folders,
            actions.check_library,
            actions.import_index,
        ):
            action.setEnabled(bool(self._library.folder))
        for action in (actions.extract, actions.export_index):
            action.setEnabled(bool(self._search.options.library))
