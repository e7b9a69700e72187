"""Has every labelled image opened in the background, and says how far that is."""

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from cbmir_gui.engine.operation_answers import DataLook, DataSummary
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.findings import look_findings
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.tasks import Tasks

MAX_UNASKED = 2000
"""So many images are opened without being asked to: well under a minute."""


class LookBar(QWidget):
    """One line; hidden while no images are chosen."""

    looked = Signal(object)
    """`DataLook`."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._data = ("", "", "class")
        self._is_sound = True
        self._text = QLabel()
        self._text.setProperty("role", "muted")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedHeight(8)
        self._bar.setAccessibleName(self.tr("Images opened"))
        self._look = QPushButton(autoDefault=False)
        self._look.setToolTip(
            self.tr("Open every image: find unreadable ones, copies and look-alikes")
        )
        self._look.clicked.connect(self.start)
        self._cancel = QPushButton(self.tr("Cancel"), autoDefault=False)
        self._cancel.clicked.connect(self.stop)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE_PX)
        row.addWidget(self._text)
        row.addWidget(self._bar, 1)
        row.addWidget(self._look)
        row.addWidget(self._cancel)
        self.hide()

    def offer(self, data: str, set_name: str, label: str, summary: DataSummary) -> None:
        """Offer to open these images; if they are not too many, begin."""
        self._data = (data, set_name, label)
        self._is_sound = not (
            summary.problem or summary.class_problem or summary.num_unlabelled
        )
        self._show(self.tr("The images have not been opened yet."))
        self.show()
        if summary.num_images <= MAX_UNASKED:
            self.start()

    def withdraw(self) -> None:
        """Forget the images, because others are chosen."""
        self._replies.forget(self._ticket)
        self._tasks.cancel(self._ticket)
        self.hide()

    def start(self) -> None:
        """Open every image."""
        self._show(self.tr("Opening the images …"), is_busy=True)
        self._bar.setRange(0, 0)
        self._ticket = self._replies.expect(
            self._tasks.look_at_data(*self._data),
            self._finish,
            self._show_failed,
            self._show_stopped,
            self._report,
        )

    def stop(self) -> None:
        """Stop opening images; what was counted before stays."""
        if self.is_busy():
            self._tasks.cancel(self._ticket)

    def is_busy(self) -> bool:
        """Return whether images are being opened."""
        return self._replies.is_expected(self._ticket)

    def text(self) -> str:
        """Return what is said."""
        return self._text.text()

    def _show(self, text: str, *, is_busy: bool = False) -> None:
        self._text.setText(text)
        self._look.setText(self.tr("L&ook closer"))
        self._text.setWordWrap(not is_busy)
        self._row.setStretchFactor(self._text, 0 if is_busy else 1)
        self._bar.setVisible(is_busy)
        self._cancel.setVisible(is_busy)
        self._look.setVisible(not is_busy)

    def _report(self, done: int, total: int, _text: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        number = QLocale().toString
        self._text.setText(
            self.tr("Opening the images: {done} of {total}").format(
                done=number(done), total=number(total)
            )
            if total
            else self.tr("Opening the images …")
        )

    def _show_stopped(self) -> None:
        self._show(self.tr("Not all images were opened."))

    def _show_failed(self, text: str) -> None:
        self._show(text)
        self._look.setText(self.tr("Try a&gain"))

    def _finish(self, look: DataLook) -> None:
        is_sound = self._is_sound and not look_findings(look)
        if look.unreadable:
            # What keeps a file from being read may pass, e.g. a share that was away.
            self._show_failed(self.tr("Not all images could be opened."))
        elif is_sound:
            self._show(self.tr("All images were opened; nothing is wrong with them."))
        else:
            self._show(self.tr("All images were opened."))
        self._look.setVisible(bool(look.unreadable))
        self.looked.emit(look)
