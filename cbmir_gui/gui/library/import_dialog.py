"""What was found in files and folders, before it is added: the user chooses."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.contents import ImportContents, select_every
from cbmir_gui.core.records import DecodedImage, SelectedFile
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.library.import_text import found_text, kept_text
from cbmir_gui.gui.library.import_tree import THUMBNAIL_PX, GroupItem, ImportTree
from cbmir_gui.gui.library.left_out import LeftOutModel
from cbmir_gui.gui.library.step_choice import StepChoice
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.images import to_qimage
from cbmir_gui.gui.widgets.rows_table import RowsTable


class ImportDialog(QDialog):
    """Show studies and series with check boxes, and what is left out."""

    add_requested = Signal(object)
    """Tuple of `SelectedFile`."""

    def __init__(
        self,
        tasks: Tasks,
        contents: ImportContents,
        library_name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self.setWindowTitle(self.tr("Add to '{name}'").format(name=library_name))
        self.resize(920, 620)
        self.tree = ImportTree(contents.studies)
        self.steps = StepChoice()
        self.left_out = RowsTable(self.tr("Left out"))
        entries = (*contents.unreadable, *contents.skipped)
        self.left_out.show_model(LeftOutModel(entries, parent=self))
        self.classes = QCheckBox(self.tr("The &names of folders are classes"))
        self.classes.setVisible(any(group.class_name for group in contents.groups))
        self.total = QLabel()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._add = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._add.setText(self.tr("&Add"))
        self._arrange(contents)
        self.tree.thumbnail_wanted.connect(self._ask_thumbnail)
        self.tree.changed.connect(self._show_total)
        self.tree.itemSelectionChanged.connect(self._show_steps)
        self.steps.step_chosen.connect(self.tree.set_step)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.accepted.connect(self._tell_selection)
        self.finished.connect(self._stop_reading)
        self._show_steps()
        self._show_total()

    def selection(self) -> tuple[SelectedFile, ...]:
        """Return what is to be added."""
        files = (
            file
            for item in self.tree.groups()
            if item.is_checked
            for file in select_every(item.group, item.step)
        )
        if self.classes.isChecked():
            return tuple(files)
        return tuple(
            replace(file, class_name="") if file.class_name else file for file in files
        )

    def _arrange(self, contents: ImportContents) -> None:
        found = QLabel(found_text(contents))
        found.setProperty("role", "title")
        kept = QLabel(kept_text(contents), wordWrap=True)
        kept.setTextFormat(Qt.TextFormat.PlainText)
        kept.setProperty("role", "muted")
        kept.setVisible(bool(kept.text()))
        tabs = QTabWidget()
        tabs.addTab(self._images_page(contents), self.tr("&Images"))
        num_left_out = len(contents.skipped) + len(contents.unreadable)
        title = self.tr("&Left out ({n})").format(n=num_left_out)
        tabs.addTab(self.left_out, title)
        tabs.setTabEnabled(1, num_left_out > 0)
        if not contents.studies:
            tabs.setCurrentIndex(1)
        foot = QHBoxLayout()
        foot.addWidget(self.total, 1)
        foot.addWidget(self._buttons)
        column = QVBoxLayout(self)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(found)
        column.addWidget(kept)
        column.addWidget(tabs, 1)
        column.addSpacing(SMALL_SPACE_PX)
        column.addLayout(foot)

    def _images_page(self, contents: ImportContents) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        if not contents.studies:
            nothing = QLabel(self.tr("There is no image in what you chose."))
            nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(nothing)
            return page
        all_button = QPushButton(self.tr("&Check all"))
        all_button.clicked.connect(lambda: self.tree.check_all(True))
        none_button = QPushButton(self.tr("Check n&one"))
        none_button.clicked.connect(lambda: self.tree.check_all(False))
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACE_PX)
        row.addWidget(self.steps, 1)
        row.addSpacing(SPACE_PX)
        row.addWidget(all_button)
        row.addWidget(none_button)
        column.addWidget(self.tree, 1)
        column.addLayout(row)
        column.addWidget(self.classes)
        return page

    def _show_steps(self) -> None:
        chosen = self.tree.chosen()
        num_selected = len(chosen) if self.tree.selectedItems() else 0
        self.steps.show_steps((item.step for item in chosen), num_selected)

    def _show_total(self) -> None:
        number = sum(item.num_taken for item in self.tree.groups() if item.is_checked)
        text = counted(
            number,
            self.tr("1 image will be added."),
            self.tr("{n} images will be added."),
        )
        self.total.setText(text)
        self._add.setEnabled(number > 0)

    def _tell_selection(self) -> None:
        self.add_requested.emit(self.selection())

    def _ask_thumbnail(self, item: GroupItem) -> None:
        files = item.group.files
        file = files[(len(files) - 1) // 2]
        side_px = round(THUMBNAIL_PX * self.devicePixelRatioF())

        def show(image: DecodedImage) -> None:
            self.tree.set_thumbnail(item, to_qimage(image.pixels))

        def pass_over(_message: str = "") -> None:
            self.tree.set_thumbnail(item, QImage())

        self._ticket = self._replies.expect(
            self._tasks.preview(file.path, max_side_px=side_px), show, pass_over
        )

    def _stop_reading(self) -> None:
        self._replies.drop(self._ticket)
