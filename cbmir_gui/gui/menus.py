"""The menu bar, the menu of a hit, and the menus whose entries change."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from cbmir_gui.core.records import METRICS
from cbmir_gui.gui.actions import Actions
from cbmir_gui.gui.icons import icon
from cbmir_gui.gui.query.features_menu import FeaturesMenu
from cbmir_gui.gui.results.tile_text import metric_name


class Menus(QObject):
    """Build the menus from `Actions`; what is chosen in lists comes as signals."""

    recent_query_chosen = Signal(str)
    recent_library_chosen = Signal(str)
    metric_chosen = Signal(str)
    """cosine, euclidean, or empty for the model's own."""

    def __init__(self, bar: QMenuBar, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        color = parent.palette().windowText().color()
        self.recent_queries = QMenu(self.tr("&Recent"), parent)
        self.recent_queries.setIcon(icon("recent", color))
        self._recent_libraries = QMenu(self.tr("&Recent libraries"), parent)
        self._clear_recent = actions.clear_recent
        self._metrics = QMenu(self.tr("&Metric"), parent)
        self.features = FeaturesMenu(actions.extract, parent)
        self._metric_group = QActionGroup(self)
        self._hit_actions = (
            actions.use_as_query,
            actions.compare,
            None,
            actions.show_in_folder,
            actions.copy_path,
            actions.tags,
            actions.deidentify,
            None,
            actions.relabel,
            actions.relabel_again,
            actions.remove,
        )
        self._build(bar, actions)
        self._fill_metrics()

    def hit_menu(self, parent: QWidget) -> QMenu:
        """Return a new menu of what can be done with the selected images."""
        menu = QMenu(parent)
        for action in self._hit_actions:
            menu.addAction(action) if action else menu.addSeparator()
        return menu

    def set_recent(self, queries: tuple[str, ...], libraries: tuple[str, ...]) -> None:
        """List recent queries and libraries; the queries can be forgotten."""
        _fill_recent(self.recent_queries, queries, self.recent_query_chosen.emit)
        self.recent_queries.addSeparator()
        self.recent_queries.addAction(self._clear_recent)
        self.recent_queries.setEnabled(self._clear_recent.isEnabled())
        _fill_recent(self._recent_libraries, libraries, self.recent_library_chosen.emit)

    def set_metric(self, metric: str) -> None:
        """Mark the metric in use."""
        for action in self._metric_group.actions():
            action.setChecked(action.data() == metric)

    def _build(self, bar: QMenuBar, actions: Actions) -> None:
        file_menu = bar.addMenu(self.tr("&File"))
        file_menu.addActions([actions.open, actions.paste])
        file_menu.addMenu(self.recent_queries)
        file_menu.addSeparator()
        file_menu.addActions([actions.export_csv, actions.deidentify])
        file_menu.addAction(actions.export_png)
        file_menu.addSeparator()
        file_menu.addAction(actions.quit)
        self._build_library(bar.addMenu(self.tr("&Library")), actions)
        search = bar.addMenu(self.tr("&Search"))
        search.addActions([actions.search_again, actions.cancel])
        search.addSeparator()
        search.addMenu(self._metrics)
        search.addMenu(self.features)
        search.addActions([actions.restrict, actions.set_number])
        search.addActions([actions.hide_own, actions.hide_copies])
        search.addSeparator()
        search.addActions([actions.use_as_query, actions.compare])
        retrain = bar.addMenu(self.tr("&Retrain"))
        retrain.addAction(actions.retrain)
        retrain.addSeparator()
        retrain.addActions([actions.models, actions.evaluate])
        view = bar.addMenu(self.tr("&View"))
        view.addActions([actions.larger, actions.smaller, actions.fit_size])
        view.addSeparator()
        view.addActions([actions.tags, actions.query_tags])
        view.addSeparator()
        view.addAction(actions.browse)
        view.addSeparator()
        view.addAction(actions.show_patient)
        help_menu = bar.addMenu(self.tr("&Help"))
        help_menu.addActions([actions.shortcuts, actions.open_logs])
        help_menu.addSeparator()
        help_menu.addAction(actions.about)

    def _build_library(self, menu: QMenu, actions: Actions) -> None:
        menu.addActions([actions.new_library, actions.open_library])
        menu.addMenu(self._recent_libraries)
        menu.addAction(actions.demo_library)
        menu.addSeparator()
        menu.addActions(
            [actions.add_files, actions.add_folder, actions.add_class_folders]
        )
        menu.addSeparator()
        menu.addActions([actions.relabel, actions.relabel_again])
        menu.addActions([actions.remove, actions.undo])
        menu.addSeparator()
        menu.addActions([actions.export_index, actions.import_index])
        menu.addSeparator()
        menu.addActions([actions.browse, actions.statistics, actions.check_library])

    def _fill_metrics(self) -> None:
        for metric in ("", *METRICS):
            text = metric_name(metric) if metric else self.tr("Model's own")
            action = self._metrics.addAction(text)
            action.setCheckable(True)
            action.setData(metric)
            action.triggered.connect(partial(self._choose_metric, metric))
            self._metric_group.addAction(action)

    def _choose_metric(self, metric: str, _checked: bool = False) -> None:
        self.metric_chosen.emit(metric)


def _fill_recent(
    menu: QMenu, paths: tuple[str, ...], choose: Callable[[str], None]
) -> None:
    menu.clear()
    for number, path in enumerate(paths, start=1):
        name = Path(path).name.replace("&", "&&")
        action = menu.addAction(f"&{number}  {name}" if number < 10 else name)
        action.setToolTip(path)
        action.setStatusTip(path)
        action.triggered.connect(partial(_choose, choose, path))
    menu.setToolTipsVisible(True)
    menu.setEnabled(bool(paths))


def _choose(choose: Callable[[str], None], path: str, _checked: bool = False) -> None:
    choose(path)
