"""Classes with their counts and examples, for a table."""

import base64
import binascii

from PySide6.QtCore import (
    QAbstractTableModel,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from cbmir_gui.engine.operation_answers import ExampleImage
from cbmir_gui.gui.retrain.data_warnings import FEW_IMAGES
from cbmir_gui.gui.widgets.images import from_jpeg

SHARE_ROLE = Qt.ItemDataRole.UserRole
"""Count as a share of the largest class."""
FEW_ROLE = Qt.ItemDataRole.UserRole + 1
EXAMPLES_ROLE = Qt.ItemDataRole.UserRole + 2
"""List of QPixmap."""

Index = QModelIndex | QPersistentModelIndex


class ClassModel(QAbstractTableModel):
    """Three columns: the class, its number of images, examples; read-only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: list[tuple[str, int]] = []
        self._largest = 1
        self._examples: dict[str, list[ExampleImage]] = {}
        self._pixmaps: dict[str, list[QPixmap]] = {}

    def set_classes(self, classes: dict[str, int]) -> None:
        """Show these, by name."""
        self.beginResetModel()
        self._classes = sorted(classes.items())
        self._largest = max((1, *classes.values()))
        self._examples = {}
        self._pixmaps = {}
        self.endResetModel()

    def set_examples(self, examples: tuple[ExampleImage, ...]) -> None:
        """Show what the classes look like."""
        self._pixmaps = {}
        self._examples = {}
        for example in examples:
            self._examples.setdefault(example.class_name, []).append(example)
        if self._classes:
            last = self.index(len(self._classes) - 1, 2)
            self.dataChanged.emit(self.index(0, 2), last)

    def examples(self, row: int) -> list[ExampleImage]:
        """Return the examples of the class in `row`."""
        return self._examples.get(self._classes[row][0], [])

    def max_examples(self) -> int:
        """Return the largest number of examples that a class has."""
        return max((len(found) for found in self._examples.values()), default=0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of classes."""
        return 0 if parent.isValid() else len(self._classes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return 3."""
        return 0 if parent.isValid() else 3

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> str | None:
        """Return the titles of the columns."""
        if (
            orientation != Qt.Orientation.Horizontal
            or role != Qt.ItemDataRole.DisplayRole
            or section not in {0, 1, 2}
        ):
            return None
        return (self.tr("Class"), self.tr("Images"), self.tr("Examples"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name, count or examples, and what the bar needs."""
        if not index.isValid():
            return None
        name, count = self._classes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return (name, QLocale().toString(count), "")[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return name
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == 1:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _ if role == SHARE_ROLE:
                return count / self._largest
            case _ if role == FEW_ROLE:
                return count < FEW_IMAGES
            case _ if role == EXAMPLES_ROLE:
                return self._pixmaps_of(name)
        return None

    def _pixmaps_of(self, name: str) -> list[QPixmap]:
        # Only of the rows that are seen: there may be thousands of classes.
        if name not in self._pixmaps:
            images = [_decode(entry) for entry in self._examples.get(name, [])]
            self._pixmaps[name] = [each for each in images if not each.isNull()]
        return self._pixmaps[name]


def _decode(example: ExampleImage) -> QPixmap:
    try:
        data = base64.b64decode(example.thumbnail, validate=True)
    except binascii.Error:
        return QPixmap()
    return QPixmap.fromImage(from_jpeg(data))
