"""Which labelled images are the queries of an evaluation."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.engine.operations import EvaluateArguments
from cbmir_gui.gui.counted import classes_text, images_text
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.data_chooser import DataChooser, dropped_path
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.tasks import Tasks

_SPLITS = ("test", "val", "train")


class QueryChoices(QWidget):
    """Path, set and split; what is in them is counted at once."""

    changed = Signal()
    """What is known of the images is another."""

    def __init__(
        self, tasks: Tasks, last_folder: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._wanted_set = ""
        self._summary: DataSummary | None = None
        self.chooser = DataChooser(last_folder)
        self.set = QComboBox()
        self.split = QComboBox()
        self._state = QLabel(wordWrap=True)
        self._state.setProperty("role", "muted")
        self._arrange()
        self.chooser.typed.connect(self._forget)
        self.chooser.chosen.connect(self._inspect)
        self.set.activated.connect(self._choose_set)
        self._forget()

    def is_usable(self) -> bool:
        """Return whether the images are known to be there."""
        return self._summary is not None

    def choose(self, choices: EvaluateArguments) -> None:
        """Choose the path, set and split of `choices`."""
        self._wanted_set = choices.set_name
        split = choices.splits[0] if choices.splits else ""
        self.split.setCurrentIndex(max(0, self.split.findData(split)))
        if choices.queries:
            self.chooser.set_path(choices.queries)

    def path(self) -> str:
        """Return the chosen folder, manifest or library."""
        return self.chooser.path()

    def set_name(self) -> str:
        """Return the set that a manifest is narrowed to, or ""."""
        return str(self.set.currentData() or "")

    def splits(self) -> tuple[str, ...]:
        """Return the split of the queries; empty: the usual one."""
        split = str(self.split.currentData() or "")
        return (split,) if split else ()

    def state_text(self) -> str:
        """Return what is said of the images."""
        return self._state.text()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a folder or manifest."""
        if dropped_path(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose what was dropped."""
        event.acceptProposedAction()
        self.chooser.set_path(dropped_path(event))

    def _arrange(self) -> None:
        self.split.addItem(self.tr("Usual (test; all against a library)"), "")
        names = {
            "test": self.tr("test"),
            "val": self.tr("val"),
            "train": self.tr("train"),
        }
        for split in _SPLITS:
            self.split.addItem(names[split], split)
        title = QLabel(self.tr("&Queries:"))
        title.setBuddy(self.chooser.findChildren(QLineEdit)[0])
        set_label, split_label = QLabel(self.tr("&Set:")), QLabel(self.tr("S&plit:"))
        set_label.setBuddy(self.set)
        split_label.setBuddy(self.split)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(title)
        first.addWidget(self.chooser, 1)
        second.addWidget(set_label)
        second.addWidget(self.set)
        second.addSpacing(SMALL_SPACE_PX)
        second.addWidget(split_label)
        second.addWidget(self.split)
        second.addSpacing(SMALL_SPACE_PX)
        second.addWidget(self._state, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE_PX)
        column.addLayout(first)
        column.addLayout(second)

    def _forget(self) -> None:
        self._replies.forget(self._ticket)
        self._summary = None
        self._offer_sets(())
        self._say(self.tr("Choose images whose class is known."))
        self.changed.emit()

    def _choose_set(self) -> None:
        self._wanted_set = self.set_name()
        self._inspect()

    def _inspect(self) -> None:
        path, name = self.path(), self.set_name()
        self._replies.forget(self._ticket)
        self._summary = None
        if not path:
            self._forget()
            return
        self._say(self.tr("Counting images …"))
        ticket = self._tasks.inspect_data(path, name)
        show = partial(self._show, name)
        self._ticket = self._replies.expect(ticket, show, self._say)
        self.changed.emit()

    def _show(self, counted_set: str, summary: DataSummary) -> None:
        self._offer_sets(summary.sets)
        if self.set_name() != counted_set:
            # Only now is it known that the images have the set of the last time.
            self._inspect()
            return
        self._summary = summary
        text = self.tr("{images} of {classes}").format(
            images=images_text(summary.num_images),
            classes=classes_text(len(summary.classes)),
        )
        if not summary.has_groups:
            text = self.tr("{text}, without groups: patients may be shared").format(
                text=text
            )
        self._say(text)
        self.changed.emit()

    def _offer_sets(self, sets: tuple[str, ...]) -> None:
        self.set.clear()
        self.set.addItem(self.tr("All images"), "")
        for name in sets:
            self.set.addItem(name, name)
        self.set.setCurrentIndex(max(0, self.set.findData(self._wanted_set)))
        self.set.setEnabled(bool(sets))

    def _say(self, text: str) -> None:
        self._state.setText(text)
