"""Asks for the class that the selected images belong to."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.gui.results.class_choice import judge_class
from cbmir_gui.gui.style import SPACE_PX


class RelabelDialog(QDialog):
    """Pick a class of the library, or type a new one; any part of a name completes.

    Parameters
    ----------
    classes
        Those that the library has.
    present
        The class of each selected image.
    """

    class_chosen = Signal(str)

    def __init__(
        self,
        classes: Iterable[str],
        present: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._classes = sorted(name for name in classes if name)
        self._present = tuple(present)
        self.setWindowTitle(self.tr("Change class"))
        self._line = QLineEdit()
        self.choice = QComboBox(editable=True)
        self.choice.setLineEdit(self._line)
        self.choice.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.choice.addItems(self._classes)
        self.choice.setMinimumWidth(320)
        self.choice.setCompleter(self._completer())
        self._note = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._note.setProperty("role", "muted")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._arrange()
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self.choice.editTextChanged.connect(self._judge)
        self._show_present()

    def note(self) -> str:
        """Return what is said of the class in the box."""
        return self._note.text()

    def accept(self) -> None:
        """Tell the class, if images can have it."""
        choice = judge_class(self.choice.currentText(), self._classes, self._present)
        if choice.problem:
            return
        super().accept()
        self.class_chosen.emit(choice.name)

    def _arrange(self) -> None:
        text = self.tr("&Class of this image:")
        if len(self._present) > 1:
            count = QLocale().toString(len(self._present))
            text = self.tr("&Class of these {number} images:").format(number=count)
        label = QLabel(text)
        label.setBuddy(self.choice)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(label)
        column.addWidget(self.choice)
        column.addWidget(self._note)
        column.addWidget(self._buttons)

    def _completer(self) -> QCompleter:
        completer = QCompleter(self._classes, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        return completer

    def _show_present(self) -> None:
        kinds = set(self._present)
        self.choice.setCurrentText(kinds.pop() if len(kinds) == 1 else "")
        if len(set(self._present)) > 1:
            self._line.setPlaceholderText(self.tr("several classes"))
        self._line.selectAll()
        self._judge(self.choice.currentText())

    def _judge(self, text: str) -> None:
        choice = judge_class(text, self._classes, self._present)
        self._ok.setEnabled(not choice.problem)
        self._note.setText(choice.problem or choice.note)
