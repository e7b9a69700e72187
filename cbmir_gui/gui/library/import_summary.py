"""What an import did, in numbers and file by file; it can be saved."""

import csv
from io import StringIO
from pathlib import Path

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.records import FailedFile, IndexSummary
from cbmir_gui.gui.results.ranked_list import write_text
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.widgets.rows_table import RowsTable, word
from cbmir_gui.gui.widgets.save_dialog import ask_where_to_save

_COLUMNS = ("outcome", "number", "file", "reason")


def summary_csv(summary: IndexSummary, with_folders: bool = False) -> str:
    """Return numbers, then a line for each file that was left out.

    Parameters
    ----------
    with_folders
        Name files with their folders, which may be called after patients; otherwise
        by their last component.
    """
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for outcome, number in (
        ("added", summary.added),
        ("known", summary.known),
        ("duplicate", summary.duplicate),
        ("skipped", len(summary.skipped)),
        ("failed", len(summary.failed)),
        ("stopped before the end", int(summary.cancelled)),
    ):
        writer.writerow([outcome, number, "", ""])
    for outcome, entries in (("skipped", summary.skipped), ("failed", summary.failed)):
        for entry in entries:
            name = entry.path if with_folders else Path(entry.path).name
            writer.writerow([outcome, "", name, entry.reason])
    return stream.getvalue()


class ImportSummaryDialog(QDialog):
    """Show an `IndexSummary`."""

    def __init__(self, summary: IndexSummary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary = summary
        self.setWindowTitle(self.tr("What was added"))
        self.resize(760, 480)
        self.left_out = RowsTable(self.tr("Left out"))
        self.left_out.set_rows(
            (self.tr("File"), self.tr("Outcome"), self.tr("Reason")),
            [
                (word(Path(entry.path).name, entry.path), word(outcome), word(reason))
                for outcome, entry, reason in self._left_out()
            ],
        )
        nothing = QLabel(self.tr("Every file was used."))
        nothing.setProperty("role", "muted")
        is_whole = not (summary.skipped or summary.failed)
        nothing.setVisible(is_whole)
        self.left_out.setHidden(is_whole)
        self.folders = QCheckBox(
            self.tr("Save the names of &folders too; they may name patients")
        )
        self.folders.setHidden(is_whole)
        self._note = QLabel(wordWrap=True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Close
        )
        buttons.button(QDialogButtonBox.StandardButton.Save).setText(
            self.tr("&Save summary …")
        )
        buttons.accepted.connect(self._ask_file)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(self._numbers())
        column.addWidget(nothing)
        column.addWidget(self.left_out, 1)
        column.addWidget(self.folders)
        column.addWidget(self._note)
        column.addWidget(buttons)
        self._note.hide()

    def save(self, path: str) -> None:
        """Write the summary to `path`."""
        text = summary_csv(self._summary, self.folders.isChecked())
        try:
            write_text(Path(path), text)
            note = self.tr("Saved as {name}.").format(name=Path(path).name)
        except StorageError as error:
            note = str(error)
        self._note.setText(note)
        self._note.show()

    def numbers(self) -> dict[str, str]:
        """Return what is shown, by its name."""
        summary = self._summary
        counts = {
            self.tr("Added"): summary.added,
            self.tr("Known already"): summary.known,
            self.tr("With the content of a known image"): summary.duplicate,
            self.tr("Skipped, because they are no images"): len(summary.skipped),
            self.tr("Could not be read"): len(summary.failed),
        }
        return {name: QLocale().toString(count) for name, count in counts.items()}

    def _numbers(self) -> QFormLayout:
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACE_PX)
        for name, number in self.numbers().items():
            form.addRow(name, QLabel(number))
        if self._summary.cancelled:
            form.addRow(QLabel(self.tr("It was stopped before the end.")))
        return form

    def _left_out(self) -> list[tuple[str, FailedFile, str]]:
        skipped, failed = self.tr("skipped"), self.tr("could not be read")
        return [
            *((failed, entry, entry.reason) for entry in self._summary.failed),
            *((skipped, entry, entry.reason) for entry in self._summary.skipped),
        ]

    def _ask_file(self) -> None:
        ask_where_to_save(self, self.tr("Save summary"), "import.csv", self.save)
