"""The elements of one DICOM file, with search; patient data only on request."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.errors import UnsupportedImageError
from cbmir_gui.core.tags import TagRow, TagTable
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tags.model import KEYWORD, ROW_ROLE, TAG, VALUE, VR, TagsModel
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.clipboard import copy_lines

_TYPING_DELAY_MS = 150
_WIDTHS_PX = {TAG: 170, KEYWORD: 250, VR: 46}


class TagsDialog(QDialog):
    """Show the elements of a file.

    Parameters
    ----------
    show_patient_data
        Whether values that may tell who the patient is are asked for at all.
    """

    patient_data_wanted = Signal(bool)
    """The user wants to see such values, or not to see them any more."""

    def __init__(
        self,
        tasks: Tasks,
        path: str,
        show_patient_data: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._path = path
        self._ticket = 0
        self._table = TagTable(())
        self.setWindowTitle(self.tr("Tags of '{name}'").format(name=Path(path).name))
        self.resize(900, 620)
        self.model = TagsModel(self)
        self.view = QTreeView()
        self.search = QLineEdit(clearButtonEnabled=True)
        self.state = QLabel()
        self.note = QLabel(wordWrap=True)
        self.patient_data = QCheckBox(self.tr("Show &patient data in this session"))
        self.patient_data.setChecked(show_patient_data)
        self.copy_value = self._copy_action(
            self.tr("&Copy value"), QKeySequence.StandardKey.Copy, self.copy_values
        )
        self.copy_row = self._copy_action(
            self.tr("Copy &row"), QKeySequence("Ctrl+Shift+C"), self.copy_rows
        )
        self._prepare_view()
        self._arrange()
        self._typed = QTimer(self, singleShot=True, interval=_TYPING_DELAY_MS)
        self._typed.timeout.connect(self._search)
        self.search.textChanged.connect(lambda: self._typed.start())
        self.patient_data.toggled.connect(self.patient_data_wanted)
        self.finished.connect(self._stop_reading)
        self._ask()

    def set_show_patient_data(self, shown: bool) -> None:
        """Read the file again, with or without what may tell who the patient is."""
        self.patient_data.blockSignals(True)
        self.patient_data.setChecked(shown)
        self.patient_data.blockSignals(False)
        self._ask()

    def copy_values(self) -> None:
        """Copy the values of the selected elements."""
        copy_lines(self.model.value_text(row) for row in self._selected())

    def copy_rows(self) -> None:
        """Copy tag, keyword, VR and value of the selected elements."""
        copy_lines(self.model.row_text(row) for row in self._selected())

    def _ask(self) -> None:
        self._stop_reading()
        self.state.setText(self.tr("Reading …"))
        self._ticket = self._replies.expect(
            self._tasks.tags(self._path, self.patient_data.isChecked()),
            self._show,
            self._show_failure,
        )

    def _stop_reading(self) -> None:
        self._replies.drop(self._ticket)

    def _show(self, table: TagTable) -> None:
        self._table = table
        self.model.set_table(table)
        self.view.expandAll()
        self._stack.setCurrentWidget(self.view)
        self.note.setText(table.problem)
        self.note.setVisible(bool(table.problem))
        self._show_state()

    def _show_failure(self, message: str) -> None:
        if self._replies.failure_kind == UnsupportedImageError.__name__:
            message = self.tr("Only DICOM files have tags; this is none.")
        self.state.setText(message)
        self._stack.setCurrentWidget(self.state)
        self.search.setEnabled(False)
        self.patient_data.setEnabled(False)

    def _search(self) -> None:
        self.model.set_words(self.search.text())
        self.view.expandAll()
        self._show_state()

    def _show_state(self) -> None:
        """Say how many elements there are, or were found, and how many are hidden."""
        if self.search.text():
            number = self.model.num_found()
            texts = self.tr("1 element found"), self.tr("{n} elements found")
        else:
            number = sum(bool(row.tag) for row in self._table.rows)
            texts = self.tr("1 element"), self.tr("{n} elements")
        text = counted(number, *texts)
        if hidden := self._table.num_hidden:
            more = counted(
                hidden,
                self.tr("1 value is hidden, because it may tell who the patient is"),
                self.tr(
                    "{n} values are hidden, because they may tell who the patient is"
                ),
            )
            text = f"{text}. {more}."
        self.found.setText(text)

    def _selected(self) -> list[TagRow]:
        indexes = self.view.selectionModel().selectedRows()
        return [index.data(ROW_ROLE) for index in indexes]

    def _copy_action(
        self,
        text: str,
        key: QKeySequence | QKeySequence.StandardKey,
        copy: object,
    ) -> QAction:
        action = QAction(text, self.view)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(copy)
        self.view.addAction(action)
        return action

    def _show_menu(self, position: QPoint) -> None:
        if not self._selected():
            return
        menu = QMenu(self)
        menu.addActions([self.copy_value, self.copy_row])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.view.viewport().mapToGlobal(position))

    def _prepare_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setAccessibleName(self.tr("Tags"))
        view.setUniformRowHeights(True)
        view.setAlternatingRowColors(True)
        view.setAllColumnsShowFocus(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        header = view.header()
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        for column, width_px in _WIDTHS_PX.items():
            header.resizeSection(column, width_px)

    def _arrange(self) -> None:
        self.search.setPlaceholderText(
            self.tr("Search keyword, tag number, VR or value")
        )
        self.search.setAccessibleName(self.tr("Search"))
        self.state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.hide()
        self.found = QLabel(wordWrap=True)
        self.found.setProperty("role", "muted")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.state)
        self._stack.addWidget(self.view)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.patient_data, 1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self.search)
        column.addWidget(self._stack, 1)
        column.addWidget(self.note)
        column.addWidget(self.found)
        column.addSpacing(SPACE_PX - SMALL_SPACE_PX)
        column.addLayout(foot)
