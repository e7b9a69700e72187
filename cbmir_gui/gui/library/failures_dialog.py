"""The files that could not be read, each with its reason; the list can be saved."""

import csv
from io import StringIO
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.records import FailedFile
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.results.ranked_list import write_text
from cbmir_gui.gui.results.tiles_model import AnyIndex
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.widgets.save_dialog import ask_where_to_save


class FailuresModel(QAbstractTableModel):
    """File and reason."""

    def __init__(
        self, failed: tuple[FailedFile, ...], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._failed = failed

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of files."""
        return 0 if parent.isValid() else len(self._failed)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return two: file and reason."""
        return 0 if parent.isValid() else 2

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name or reason; the tooltip has the whole path."""
        failed = self._failed[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return failed.reason if index.column() else Path(failed.path).name
        if role == Qt.ItemDataRole.ToolTipRole:
            return failed.reason if index.column() else failed.path
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the column's name."""
        is_name = role == Qt.ItemDataRole.DisplayRole
        if not is_name or orientation != Qt.Orientation.Horizontal:
            return None
        return self.tr("Reason") if section else self.tr("File")


def failures_csv(failed: tuple[FailedFile, ...]) -> str:
    """Return the list as CSV."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "reason"])
    writer.writerows([entry.path, entry.reason] for entry in failed)
    return stream.getvalue()


class FailuresDialog(QDialog):
    """List the files that an import left out."""

    def __init__(
        self, failed: tuple[FailedFile, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._failed = failed
        self.setWindowTitle(self.tr("Files that could not be read"))
        self.resize(760, 420)
        text = counted(
            len(failed),
            self.tr("1 file was left out; all others are in."),
            self.tr("{n} files were left out; all others are in."),
        )
        self._text = QLabel(text, wordWrap=True)
        table = QTableView()
        table.setModel(FailuresModel(failed, table))
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        header = table.horizontalHeader()
        header.resizeSection(0, 240)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close
        )
        buttons.button(QDialogButtonBox.StandardButton.Save).setText(
            self.tr("&Save list …")
        )
        buttons.accepted.connect(self._ask_file)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self._text)
        column.addWidget(table, 1)
        column.addWidget(buttons)

    def save(self, path: str) -> None:
        """Write the list to `path`."""
        try:
            write_text(Path(path), failures_csv(self._failed))
        except StorageError as error:
            self._text.setText(str(error))
            return
        self._text.setText(self.tr("Saved as {name}.").format(name=Path(path).name))

    def _ask_file(self) -> None:
        ask_where_to_save(self, self.tr("Save list"), "failed-files.csv", self.save)
