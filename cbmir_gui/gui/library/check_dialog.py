"""Check the open library, and mend what can be mended, with progress and a way out."""

from collections.abc import Callable

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.library_check import MOVED, LibraryCheck, LibraryRepair
from cbmir_gui.core.records import FailedFile
from cbmir_gui.gui.library.check_text import (
    cure_text,
    done_text,
    found_text,
    verdict_text,
)
from cbmir_gui.gui.library.failures_dialog import FailuresDialog
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.rows_table import RowsTable, word


class CheckDialog(QDialog):
    """Read all of one library; begins when it is shown first.

    Parameters
    ----------
    folder
        Of the library.
    """

    repaired = Signal()
    """The library may have changed."""

    def __init__(
        self, tasks: Tasks, folder: str, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._folder = folder
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._is_repair = False
        self._failed: tuple[FailedFile, ...] = ()
        self.setWindowTitle(self.tr("Check library"))
        self.resize(760, 420)
        title = QLabel(name)
        title.setProperty("role", "title")
        self.verdict = QLabel(wordWrap=True)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedHeight(8)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._step = QLabel()
        self._step.setProperty("role", "muted")
        self.problems = RowsTable(
            self.tr("What was found"), is_sortable=False, is_stretched=False
        )
        # The texts above it stay where they are.
        policy = self.problems.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.problems.setSizePolicy(policy)
        self._make_buttons()
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        for widget in (title, self.verdict, self._bar, self._step):
            column.addWidget(widget)
        column.addWidget(self.problems, 1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        for button in (self.repair, self.search, self.unreadable, self.again):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._buttons)
        column.addLayout(row)
        self.finished.connect(self._leave)

    def check(self) -> None:
        """Read all of the library."""
        self._is_repair = False
        self._begin(
            self.tr("Reading the whole library. Nothing is changed."),
            lambda: self._tasks.check_library(self._folder),
            self._show_check,
        )

    def mend(self, images: str = "") -> None:
        """Mend the library; look for moved images in the folder `images`."""
        self._is_repair = True
        self._begin(
            self.tr("Mending the library. Searches go on meanwhile."),
            lambda: self._tasks.repair_library(self._folder, images),
            self._show_repair,
        )

    def stop(self) -> None:
        """Ask what is running to stop; what is mended by then stays mended."""
        if self.is_busy:
            self._tasks.cancel(self._ticket)
            self._step.setText(self.tr("Stopping …"))
            self._stop.setEnabled(False)

    @property
    def is_busy(self) -> bool:
        """Whether something is running."""
        return self._replies.is_expected(self._ticket)

    def _make_buttons(self) -> None:
        self.repair = QPushButton(self.tr("&Repair"))
        self.repair.setToolTip(
            self.tr("Do what is said in the list; the catalogue is copied first")
        )
        self.repair.clicked.connect(lambda: self.mend())
        self.search = QPushButton(self.tr("&Look for the images …"))
        self.search.setToolTip(
            self.tr("Search a folder for the files; they may have other names there")
        )
        self.search.clicked.connect(self._ask_folder)
        self.unreadable = QPushButton(self.tr("&Unreadable images …"))
        self.unreadable.clicked.connect(self._show_failed)
        self.again = QPushButton(self.tr("Check &again"))
        self.again.clicked.connect(self.check)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._buttons.rejected.connect(self.reject)
        self._stop = self._buttons.addButton(
            self.tr("&Stop"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self._stop.setAutoDefault(False)
        self._stop.clicked.connect(self.stop)

    def _begin(
        self,
        text: str,
        ask: Callable[[], int],
        on_result: Callable[[LibraryCheck], None] | Callable[[LibraryRepair], None],
    ) -> None:
        if self.is_busy:
            return
        self.verdict.setText(text)
        self._report(0, 0, "")
        self._ticket = self._replies.expect(
            ask(), on_result, self._fail, self._show_stopped, self._report
        )
        self._show_buttons(None)

    def _report(self, done: int, total: int, text: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        number = QLocale().toString
        step = self.tr("{done} of {total} {what}")
        self._step.setText(
            step.format(done=number(done), total=number(total), what=text)
            if total
            else text
        )

    def _show_check(self, check: LibraryCheck) -> None:
        self._failed = ()
        self._show(check, verdict_text(check))

    def _show_repair(self, repair: LibraryRepair) -> None:
        self._failed = repair.failed
        done = done_text(repair)
        if repair.after is None:
            self.verdict.setText(done)
            self._show_buttons(None)
        else:
            verdict = verdict_text(repair.after)
            self._show(repair.after, f"{done}\n{verdict}".strip())
        self.repaired.emit()

    def _show(self, check: LibraryCheck, verdict: str) -> None:
        self.verdict.setText(verdict)
        titles = (self.tr("Found"), self.tr("What helps"))
        rows = [
            (
                word(found_text(problem), f"{problem.what}."),
                word(cure_text(problem), problem.cure),
            )
            for problem in check.problems
        ]
        self.problems.set_rows(titles, rows)
        header = self.problems.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._show_buttons(check)

    def _show_buttons(self, check: LibraryCheck | None) -> None:
        """Offer what can be done now; None: something is running, or nothing is known.

        The first button that helps is the one that Enter presses.
        """
        is_busy = self.is_busy
        kinds = {problem.kind for problem in check.problems} if check else set()
        for button, is_wanted in (
            (self.repair, check is not None and check.is_mendable),
            (self.search, MOVED in kinds),
            (self.unreadable, bool(self._failed) and not is_busy),
            (self.again, not is_busy),
            (self._stop, is_busy),
        ):
            button.setVisible(is_wanted)
        self._stop.setEnabled(True)
        self._bar.setVisible(is_busy)
        self._step.setVisible(is_busy)
        self.problems.setVisible(bool(kinds))
        self.repair.setDefault(not self.repair.isHidden())

    def _fail(self, message: str) -> None:
        self.verdict.setText(message)
        self._show_buttons(None)
        if self._is_repair:
            self.repaired.emit()

    def _show_stopped(self) -> None:
        self.verdict.setText(self.tr("Stopped before everything was read."))
        self._show_buttons(None)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder to look for the images in"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.mend)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_failed(self) -> None:
        dialog = FailuresDialog(self._failed, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _leave(self) -> None:
        """Stop a check nobody waits for; a repair ends where it is sound."""
        if self.is_busy:
            self._tasks.cancel(self._ticket)
            self._replies.forget(self._ticket)
            if self._is_repair:
                self.repaired.emit()
