"""Choose labelled images, and see what is in them before learning from them."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.engine.operation_answers import DataLook, DataSummary
from cbmir_gui.gui.counted import classes_text, images_text
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.class_table import ClassTable
from cbmir_gui.gui.retrain.data_chooser import DataChooser, dropped_path
from cbmir_gui.gui.retrain.findings import all_findings, summary_findings
from cbmir_gui.gui.retrain.findings_list import FindingsList
from cbmir_gui.gui.retrain.look_bar import LookBar
from cbmir_gui.gui.retrain.picture_grid import show_large
from cbmir_gui.gui.retrain.pictures import Picture
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.tasks import Tasks


class DataPanel(QGroupBox):
    """Path, set and label of the images; their classes; what to watch out for."""

    changed = Signal()
    """`summary` is another one, or there is none any more."""

    def __init__(
        self, tasks: Tasks, last_folder: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Images to learn from"))
        self.setAcceptDrops(True)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._summary: DataSummary | None = None
        self._counted: DataSummary | None = None
        """The summary without what opening the images has found."""
        self.chooser = DataChooser(last_folder)
        self.look = LookBar(tasks)
        self._findings = FindingsList(tasks)
        self._make_widgets()
        self._arrange()
        self._forget()
        self._say_how()

    @property
    def summary(self) -> DataSummary | None:
        """What the chosen images hold; None while that is not known."""
        return self._summary

    def data_path(self) -> str:
        """Return the chosen folder or manifest, absolute; "" for none."""
        return self.chooser.path()

    def set_data_path(self, path: str) -> None:
        """Choose a folder, a manifest or a library."""
        self.chooser.set_path(path)

    def inspect_again(self) -> None:
        """Count the chosen images again: they may have changed meanwhile."""
        if self.data_path():
            self._inspect()

    def set_name(self) -> str:
        """Return the set that a manifest is narrowed to, or ""."""
        return str(self._set.currentData() or "")

    def choose_set(self, name: str) -> None:
        """Narrow a manifest to one of its sets."""
        self._set.setCurrentIndex(self._set.findData(name))
        self._inspect()

    def state_text(self) -> str:
        """Return what is said of the chosen images."""
        return self._state.text()

    def warnings(self) -> list[str]:
        """Return the warnings that are shown."""
        return [finding.text for finding in self._findings.findings()]

    def label_column(self) -> str:
        """Return class or modality."""
        return str(self._label.currentData())

    def _make_widgets(self) -> None:
        self.chooser.typed.connect(self._forget)
        self.chooser.chosen.connect(self._inspect)
        self.look.looked.connect(self._show_look)
        self._set = QComboBox()
        self._set_label = QLabel(self.tr("Se&t:"))
        self._set_label.setBuddy(self._set)
        self._label = QComboBox()
        self._label.addItem(self.tr("class"), "class")
        self._label.addItem(self.tr("modality"), "modality")
        self._label_label = QLabel(self.tr("La&bel:"))
        self._label_label.setBuddy(self._label)
        self._set.activated.connect(self._inspect)
        self._label.activated.connect(self._inspect)
        self._classes = ClassTable()
        self._classes.examples_activated.connect(self._show_examples)
        self._state = QLabel(wordWrap=True)
        self._again = QPushButton(self.tr("Try a&gain"), autoDefault=False)
        self._again.clicked.connect(self._inspect)

    def _arrange(self) -> None:
        choices = QGridLayout()
        choices.setColumnStretch(1, 1)
        choices.setColumnStretch(3, 1)
        choices.addWidget(self._set_label, 0, 0)
        choices.addWidget(self._set, 0, 1)
        choices.addWidget(self._label_label, 0, 2)
        choices.addWidget(self._label, 0, 3)
        column = QVBoxLayout(self)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self.chooser)
        column.addLayout(choices)
        state = QHBoxLayout()
        state.addWidget(self._state, 1)
        state.addWidget(self._again)
        column.addLayout(state)
        column.addWidget(self._classes, 1)
        column.addWidget(self.look)
        column.addWidget(self._findings)

    def _inspect(self) -> None:
        """Have the images counted; an answer to an earlier question is dropped."""
        self._forget()
        if not self.data_path():
            self._say_how()
            return
        if not self.chooser.is_manifest():
            self._label.setCurrentIndex(0)
            self._set.clear()
        self._say(self.tr("Counting images …"))
        self._ticket = self._replies.expect(
            self._tasks.inspect_data(
                self.data_path(), self.set_name(), self.label_column()
            ),
            self._show_summary,
            self._show_failed,
        )

    def _show_failed(self, text: str) -> None:
        self._say(text)
        self._again.show()

    def _show_summary(self, summary: DataSummary) -> None:
        self._classes.set_classes(summary.classes)
        self._offer_sets(summary.sets)
        self._say(
            self.tr("{images} in {classes}").format(
                images=images_text(summary.num_images),
                classes=classes_text(len(summary.classes)),
            )
        )
        self._findings.set_findings(summary_findings(summary))
        self._summary = self._counted = summary
        self.look.offer(self.data_path(), self.set_name(), self.label_column(), summary)
        self.changed.emit()

    def _show_look(self, look: DataLook) -> None:
        self._classes.set_examples(look.examples)
        if self._counted is None:
            return
        self._findings.set_findings(all_findings(self._counted, look))
        # What an earlier look found may have passed.
        self._summary = replace(
            self._counted,
            problem=self._counted.problem or look.problem,
            class_problem=self._counted.class_problem or look.class_problem,
        )
        self.changed.emit()

    def _show_examples(self, pictures: tuple[Picture, ...]) -> None:
        show_large(self._tasks, pictures, 0, self)

    def _offer_sets(self, sets: tuple[str, ...]) -> None:
        chosen = self.set_name()
        self._set.clear()
        if sets:
            self._set.addItem(self.tr("all images"), "")
        for name in sets:
            self._set.addItem(name, name)
        self._set.setCurrentIndex(max(0, self._set.findData(chosen)))
        self._set.setVisible(bool(sets))
        self._set_label.setVisible(bool(sets))

    def _forget(self) -> None:
        self._replies.forget(self._ticket)
        self._tasks.cancel(self._ticket)
        self.look.withdraw()
        self._summary = self._counted = None
        self._again.hide()
        self._classes.set_classes({})
        self._findings.set_findings(())
        is_manifest = self.chooser.is_manifest()
        for widget in (self._label, self._label_label):
            widget.setVisible(is_manifest)
        for widget in (self._set, self._set_label):
            widget.setVisible(is_manifest and self._set.count() > 0)
        self.changed.emit()

    def _say_how(self) -> None:
        self._say(
            self.tr("Choose a folder that holds one folder per class, or a library.")
        )

    def _say(self, text: str) -> None:
        self._state.setText(text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept one folder or manifest."""
        if dropped_path(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose what was dropped."""
        path = dropped_path(event)
        if path:
            event.acceptProposedAction()
            self.set_data_path(path)
