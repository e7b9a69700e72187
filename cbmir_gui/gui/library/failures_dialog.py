"""The files that could not be read, each with its reason; the list can be saved."""

import csv
from functools import partial
from io import StringIO

from PySide6.QtWidgets import QLabel, QWidget

from cbmir_gui.core.records import FailedFile
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.library.left_out import LeftOutDialog, saved_name


def failures_csv(failed: tuple[FailedFile, ...], with_folders: bool = False) -> str:
    """Return the list as CSV; see `saved_name`."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "reason"])
    for entry in failed:
        writer.writerow([saved_name(entry, with_folders), entry.reason])
    return stream.getvalue()


class FailuresDialog(LeftOutDialog):
    """List the files that something left out."""

    def __init__(
        self, failed: tuple[FailedFile, ...], parent: QWidget | None = None
    ) -> None:
        to_csv = partial(failures_csv, failed)
        super().__init__(failed, (), to_csv, "failed-files.csv", parent)
        self.setWindowTitle(self.tr("Files that could not be read"))
        text = counted(
            len(failed),
            self.tr("1 file was left out."),
            self.tr("{n} files were left out."),
        )
        self.head.addWidget(QLabel(text))
