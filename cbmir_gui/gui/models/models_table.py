"""The list of models: sorted, one chosen, with a menu."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.gui.icons import icon
from cbmir_gui.gui.models.models_model import (
    MODEL_ROLE,
    SORT_ROLE,
    Column,
    ModelsModel,
)


class ModelsTable(QTableView):
    """Show models; at most one is chosen."""

    chosen = Signal(object)
    """`ModelInfo`, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        color = self.palette().windowText().color()
        self._models = ModelsModel(icon("warning", color), self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._models)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setAccessibleName(self.tr("Trained models"))
        self.setSortingEnabled(True)
        self.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)

    def set_models(self, models: Iterable[ModelInfo], chosen: str = "") -> None:
        """Show other models, and choose one by name, or the one that was chosen."""
        present = self.chosen_model()
        wanted = chosen or (present.name if present else "")
        self._models.set_models(models)
        if not self.choose(wanted):
            self.choose(self._sorted.index(0, 0).data() or "")

    def set_default(self, name: str) -> None:
        """Mark the model that the open library uses."""
        self._models.set_default(name)

    def choose(self, name: str) -> bool:
        """Choose a model by name; returns whether there is one."""
        for row in range(self._sorted.rowCount()):
            index = self._sorted.index(row, Column.NAME)
            if index.data() == name:
                self.setCurrentIndex(index)
                self.selectRow(row)
                return True
        self.chosen.emit(None)
        return False

    def chosen_model(self) -> ModelInfo | None:
        """Return the chosen model."""
        rows = self.selectionModel().selectedRows()
        return rows[0].data(MODEL_ROLE) if rows else None

    def names(self) -> list[str]:
        """Return the names in the order in which they are shown."""
        rows = range(self._sorted.rowCount())
        return [str(self._sorted.index(row, Column.NAME).data()) for row in rows]

    def selectionChanged(
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        """Say which model is chosen now."""
        super().selectionChanged(selected, deselected)
        self.chosen.emit(self.chosen_model())
