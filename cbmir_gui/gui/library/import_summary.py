"""What an import did, in numbers and file by file; it can be saved."""

import csv
from functools import partial
from io import StringIO

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from cbmir_gui.core.records import IndexSummary
from cbmir_gui.gui.library.left_out import LeftOutDialog, saved_name
from cbmir_gui.gui.style import SPACE_PX

_COLUMNS = ("outcome", "number", "file", "reason")


def summary_csv(summary: IndexSummary, with_folders: bool = False) -> str:
    """Return numbers, then a line for each file that was left out.

    Parameters
    ----------
    with_folders
        Name files with their folders; see `saved_name`.
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
            name = saved_name(entry, with_folders)
            writer.writerow([outcome, "", name, entry.reason])
    return stream.getvalue()


class ImportSummaryDialog(LeftOutDialog):
    """Show an `IndexSummary`."""

    def __init__(self, summary: IndexSummary, parent: QWidget | None = None) -> None:
        to_csv = partial(summary_csv, summary)
        super().__init__(summary.failed, summary.skipped, to_csv, "import.csv", parent)
        self._summary = summary
        self.setWindowTitle(self.tr("What was added"))
        self.save_button.setText(self.tr("&Save summary …"))
        self.head.addLayout(self._numbers())

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
        if not (self._summary.skipped or self._summary.failed):
            nothing = QLabel(self.tr("Every file was used."))
            nothing.setProperty("role", "muted")
            form.addRow(nothing)
        return form
