"""The trained models as a table."""

from collections.abc import Iterable
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QObject, Qt
from PySide6.QtGui import QFont, QIcon

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.gui.measure_names import UNKNOWN, measure_name
from cbmir_gui.gui.results.tiles_model import AnyIndex

MODEL_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
_MEASURES = {4: "accuracy", 5: "mean_average_precision"}


class Column(IntEnum):
    """What the columns hold."""

    NAME = 0
    ARCHITECTURE = 1
    LAYER = 2
    CLASSES = 3
    ACCURACY = 4
    MAP = 5
    SIZE = 6


class ModelsModel(QAbstractTableModel):
    """One model in each row; the library's default is bold, problems are marked.

    Parameters
    ----------
    problem_icon
        Stands before the name of a model that cannot be used.
    """

    def __init__(self, problem_icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problem_icon = problem_icon
        self._models: tuple[ModelInfo, ...] = ()
        self._default = ""

    def set_models(self, models: Iterable[ModelInfo]) -> None:
        """Show other models."""
        self.beginResetModel()
        self._models = tuple(models)
        self.endResetModel()

    def set_default(self, name: str) -> None:
        """Mark the model that the open library uses; empty: none."""
        self._default = name
        if self._models:
            last = self.index(len(self._models) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def models(self) -> tuple[ModelInfo, ...]:
        """Return what is shown."""
        return self._models

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of models."""
        return 0 if parent.isValid() else len(self._models)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, what it is sorted by, and its model."""
        if not index.isValid():
            return None
        model, column = self._models[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(model, column)
            case Qt.ItemDataRole.ToolTipRole:
                return model.problem or self._tip(model, column)
            case Qt.ItemDataRole.DecorationRole if column is Column.NAME:
                return self._problem_icon if model.problem else None
            case Qt.ItemDataRole.FontRole:
                font = QFont()
                font.setBold(True)
                return font if model.name == self._default else None
            case Qt.ItemDataRole.TextAlignmentRole if column not in _WORDS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _ if role == MODEL_ROLE:
                return model
            case _ if role == SORT_ROLE:
                return _sort_key(model, column)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the title of a column."""
        if orientation != Qt.Orientation.Horizontal or section not in list(Column):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft
            if section not in _WORDS:
                side = Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        titles = {
            Column.NAME: self.tr("Name"),
            Column.ARCHITECTURE: self.tr("Architecture"),
            Column.CLASSES: self.tr("Classes"),
            Column.LAYER: self.tr("Layer"),
            Column.SIZE: self.tr("Size"),
        }
        measure = _MEASURES.get(section)
        return measure_name(measure) if measure else titles[Column(section)]

    def _text(self, model: ModelInfo, column: Column) -> str:
        if column in _MEASURES:
            value = model.metrics.get(_MEASURES[column])
            return UNKNOWN if value is None else QLocale().toString(value, "f", 4)
        texts = {
            Column.NAME: model.name,
            Column.ARCHITECTURE: model.architecture,
            Column.CLASSES: str(len(model.classes)) if model.classes else "",
            Column.LAYER: model.default_layer,
            Column.SIZE: QLocale().formattedDataSize(model.size_bytes),
        }
        return texts[column] or UNKNOWN

    def _tip(self, model: ModelInfo, column: Column) -> str:
        if column is Column.NAME and model.name == self._default:
            return self.tr("The open library is searched with this model.")
        if column is Column.LAYER:
            return ", ".join(model.layers)
        return self._text(model, column)


_WORDS = (Column.NAME, Column.ARCHITECTURE, Column.LAYER)


def _sort_key(model: ModelInfo, column: Column) -> str | float:
    if column in _MEASURES:
        return model.metrics.get(_MEASURES[column], -1.0)
    keys: dict[Column, str | float] = {
        Column.NAME: model.name.casefold(),
        Column.ARCHITECTURE: model.architecture,
        Column.CLASSES: len(model.classes),
        Column.LAYER: model.default_layer,
        Column.SIZE: model.size_bytes,
    }
    return keys[column]
