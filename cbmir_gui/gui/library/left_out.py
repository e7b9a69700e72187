"""Files that were left out, each with its reason; the list can be saved."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.records import FailedFile
from cbmir_gui.gui.results.ranked_list import write_text
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.widgets.rows_table import SORT_ROLE, AnyIndex, RowsTable
from cbmir_gui.gui.widgets.save_dialog import ask_where_to_save


def saved_name(entry: FailedFile, with_folders: bool) -> str:
    """Return how a saved list names a file: folders may be called after patients."""
    return entry.path if with_folders else Path(entry.path).name


class LeftOutModel(QAbstractTableModel):
    """File and reason; where some were skipped on purpose, the outcome between them.

    Texts are made when they are shown, because there may be very many files.
    """

    def __init__(
        self,
        failed: Sequence[FailedFile],
        skipped: Sequence[FailedFile] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._entries = (*failed, *skipped)
        self._num_failed = len(failed)
        self._num_columns = 3 if skipped else 2

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of files."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return two, or three with the outcome."""
        return 0 if parent.isValid() else self._num_columns

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text or sorting key of a cell; the tooltip has the whole path."""
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(index)
            case Qt.ItemDataRole.ToolTipRole:
                path = self._entries[index.row()].path
                return self._text(index) if index.column() else path
            case _ if role == SORT_ROLE:
                return self._text(index).casefold()
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
        if section == 0:
            return self.tr("File")
        is_last = section == self._num_columns - 1
        return self.tr("Reason") if is_last else self.tr("Outcome")

    def _text(self, index: AnyIndex) -> str:
        entry = self._entries[index.row()]
        if index.column() == 0:
            return Path(entry.path).name
        if index.column() == self._num_columns - 1:
            return entry.reason
        is_failed = index.row() < self._num_failed
        return self.tr("could not be read") if is_failed else self.tr("skipped")


class LeftOutDialog(QDialog):
    """Show files that were left out, below what else there is to say.

    Parameters
    ----------
    to_csv
        Returns what is saved, with the names of folders or without.
    file_name
        That is offered.
    """

    def __init__(
        self,
        failed: Sequence[FailedFile],
        skipped: Sequence[FailedFile],
        to_csv: Callable[[bool], str],
        file_name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._to_csv = to_csv
        self._file_name = file_name
        self.resize(760, 480)
        self.head = QVBoxLayout()
        self.left_out = RowsTable(self.tr("Left out"))
        self.left_out.show_model(LeftOutModel(failed, skipped, self))
        self.folders = QCheckBox(
            self.tr("Save the names of &folders too; they may name patients")
        )
        for widget in (self.left_out, self.folders):
            widget.setHidden(not (failed or skipped))
        self.note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.note.hide()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close
        )
        self.save_button = buttons.button(QDialogButtonBox.StandardButton.Save)
        self.save_button.setText(self.tr("&Save list …"))
        buttons.accepted.connect(self._ask_file)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(self.head)
        column.addWidget(self.left_out, 1)
        column.addWidget(self.folders)
        column.addWidget(self.note)
        column.addWidget(buttons)

    def save(self, path: str) -> None:
        """Write the list to `path`; folders are named only if the user wants it."""
        try:
            write_text(Path(path), self._to_csv(self.folders.isChecked()))
            note = self.tr("Saved as {name}.").format(name=Path(path).name)
        except StorageError as error:
            note = str(error)
        self.note.setText(note)
        self.note.show()

    def _ask_file(self) -> None:
        ask_where_to_save(self, self.tr("Save list"), self._file_name, self.save)
