"""What runs in the background: its name, how far it is, and a button to stop it."""

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.widgets.elided_label import ElidedLabel


class ActivityBar(QWidget):
    """One line above the status bar; hidden while nothing runs."""

    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel()
        self._text = ElidedLabel()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedSize(220, 8)
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setToolTip(self.tr("Stop; what is complete stays (Esc)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_PX, SMALL_SPACE_PX, SPACE_PX, SMALL_SPACE_PX)
        row.setSpacing(SPACE_PX)
        row.addWidget(self._title)
        row.addWidget(self._bar)
        row.addWidget(self._count)
        row.addWidget(self._text, 1)
        row.addWidget(self._cancel)
        self._cancel.clicked.connect(self._ask_cancel)
        self.hide()

    def start(self, title: str) -> None:
        """Appear for a new activity."""
        self._title.setText(title)
        self._bar.setAccessibleName(title)
        self._cancel.setEnabled(True)
        self.report(0, 0, "")
        self.show()

    def report(self, done: int, total: int, text: str) -> None:
        """Show progress; `total` 0 means not known."""
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        number = QLocale().toString
        counted = self.tr("{done} of {total}").format(
            done=number(done), total=number(total)
        )
        self._count.setText(counted if total else "")
        self._text.set_full_text(text)

    def stopping(self) -> None:
        """Show that the activity has been asked to stop."""
        self._text.set_full_text(self.tr("Stopping …"))
        self._cancel.setEnabled(False)

    def finish(self) -> None:
        """Disappear."""
        self.hide()

    def _ask_cancel(self) -> None:
        self.stopping()
        self.cancel_requested.emit()
