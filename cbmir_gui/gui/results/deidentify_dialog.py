"""Asks where copies without patients go, writes them, and says what was done."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.burned_in import is_burned_in_flagged
from cbmir_gui.core.patient_records import DeidentifyRequest, DeidentifySummary
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.desktop import open_folder
from cbmir_gui.gui.library.failures_dialog import FailuresDialog
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tasks import Tasks


class DeidentifyDialog(QDialog):
    """Export images as DICOM files that name no patient.

    Parameters
    ----------
    tiles
        At least one; several frames of one file are one file.
    place
        Folder that is offered.
    """

    def __init__(
        self,
        tasks: Tasks,
        tiles: Sequence[Tile],
        place: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._paths = tuple(dict.fromkeys(tile.path for tile in tiles))
        self._ticket = 0
        self._summary: DeidentifySummary | None = None
        self.setWindowTitle(self.tr("Export de-identified"))
        self.setMinimumWidth(560)
        self._text = _words(self._what_happens())
        self._caution = _words(self._what_does_not(tiles))
        self._caution.setProperty("role", "caution")
        self.folder = QLineEdit(place)
        self._choose = QPushButton(self.tr("C&hoose …"))
        self.bar = QProgressBar()
        self.bar.setVisible(False)
        self._result = _words("")
        self._details = QPushButton(self.tr("&Details …"))
        self._show = QPushButton(self.tr("Show in &folder"))
        self.export = QPushButton(self.tr("&Export"))
        self.export.setDefault(True)
        self.leave = QPushButton(self.tr("Cancel"))
        self._arrange()
        self._connect()
        self._check()

    def result_text(self) -> str:
        """Return what was done; empty before."""
        return self._result.text()

    def caution(self) -> str:
        """Return what is said of the pixels."""
        return self._caution.text()

    def showEvent(self, event: QShowEvent) -> None:
        """Be high enough for all words."""
        super().showEvent(event)
        self._fit()

    def done(self, result: int) -> None:
        """Close; what is still running is stopped."""
        self._tasks.cancel(self._ticket)
        super().done(result)

    def _what_happens(self) -> str:
        number = counted(
            len(self._paths),
            self.tr("1 file is written as a DICOM copy without its patient."),
            self.tr("{n} files are written as DICOM copies without their patients."),
        )
        rules = self.tr(
            "By the basic profile of DICOM PS3.15 names, numbers, dates, institutions, "
            "private attributes and free text are removed, and all UIDs are replaced. "
            "Each copy says so. The originals stay as they are."
        )
        return f"{number} {rules}"

    def _what_does_not(self, tiles: Sequence[Tile]) -> str:
        text = self.tr(
            "The pixels are not changed: text in a picture may name the patient, and "
            "a face may be recognised. Look at every copy before you pass it on."
        )
        flagged = {tile.path for tile in tiles if is_burned_in_flagged(tile.burned_in)}
        if not flagged:
            return text
        likely = counted(
            len(flagged),
            self.tr("1 of them probably has text in its picture."),
            self.tr("{n} of them probably have text in their pictures."),
        )
        return f"{text} {likely}"

    def _arrange(self) -> None:
        label = QLabel(self.tr("To f&older:"))
        label.setBuddy(self.folder)
        place = QHBoxLayout()
        place.setSpacing(SMALL_SPACE_PX)
        place.addWidget(label)
        place.addWidget(self.folder, 1)
        place.addWidget(self._choose)
        buttons = QHBoxLayout()
        buttons.addWidget(self._details)
        buttons.addWidget(self._show)
        buttons.addStretch()
        buttons.addWidget(self.export)
        buttons.addWidget(self.leave)
        self._details.setVisible(False)
        self._show.setVisible(False)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        for part in (self._text, self._caution):
            column.addWidget(part)
        column.addLayout(place)
        column.addWidget(self.bar)
        column.addWidget(self._result)
        column.addStretch()
        column.addLayout(buttons)
        self._result.setVisible(False)

    def _connect(self) -> None:
        self.folder.textChanged.connect(self._check)
        self._choose.clicked.connect(self._ask_folder)
        self.export.clicked.connect(self._start)
        self.leave.clicked.connect(self._stop_or_close)
        self._details.clicked.connect(self._show_failures)
        self._show.clicked.connect(self._open_folder)

    def _check(self) -> None:
        is_place = Path(self.folder.text()).is_absolute()
        self.export.setEnabled(is_place and not self._is_running())

    def _is_running(self) -> bool:
        return self._replies.is_expected(self._ticket)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for the copies"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _start(self) -> None:
        request = DeidentifyRequest(self._paths, self.folder.text())
        self._ticket = self._replies.expect(
            self._tasks.deidentify(request),
            self._finish,
            self._fail,
            lambda: self._fail(self.tr("Stopped.")),
            self._report,
        )
        self.bar.setRange(0, 0)
        self.bar.setVisible(True)
        self._result.setVisible(False)
        self._set_running(True)

    def _set_running(self, is_running: bool) -> None:
        for part in (self.folder, self._choose):
            part.setEnabled(not is_running)
        self.bar.setVisible(is_running)
        self.leave.setText(self.tr("Stop") if is_running else self.tr("Close"))
        self._check()

    def _stop_or_close(self) -> None:
        if self._is_running():
            self._tasks.cancel(self._ticket)
        else:
            self.reject()

    def _report(self, done: int, total: int, _text: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _finish(self, summary: DeidentifySummary) -> None:
        self._summary = summary
        self._set_running(False)
        self._say(self._outcome(summary))
        self._details.setVisible(bool(summary.failed))
        self._show.setVisible(bool(summary.written))

    def _outcome(self, summary: DeidentifySummary) -> str:
        parts = [
            counted(
                len(summary.written),
                self.tr("1 file written."),
                self.tr("{n} files written."),
            )
        ]
        flagged = [
            Path(entry.file).name
            for entry in summary.written
            if is_burned_in_flagged(entry.burned_in)
        ]
        if flagged:
            text = self.tr("Text in the picture is likely in: {names}.")
            parts.append(text.format(names=", ".join(flagged)))
        if summary.failed:
            failed = counted(
                len(summary.failed),
                self.tr("1 file could not be de-identified and was left out."),
                self.tr("{n} files could not be de-identified and were left out."),
            )
            parts.append(failed)
        if summary.cancelled:
            parts.insert(0, self.tr("Stopped."))
        return " ".join(parts)

    def _fail(self, message: str) -> None:
        self._set_running(False)
        self._say(message)

    def _say(self, text: str) -> None:
        self._result.setText(text)
        self._result.setVisible(True)
        self._fit()

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            needed_px = layout.totalHeightForWidth(self.width())
            self.resize(self.width(), max(self.height(), needed_px))

    def _show_failures(self) -> None:
        if self._summary is not None:
            dialog = FailuresDialog(self._summary.failed, self)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _open_folder(self) -> None:
        if self._summary is not None:
            open_folder(Path(self._summary.folder))


def _words(text: str) -> QLabel:
    return QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
