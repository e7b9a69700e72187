"""Asks where a new file should go."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDir, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where_to_save(
    parent: QWidget,
    title: str,
    file_name: str,
    save: Callable[[str], None],
    folder: str = "",
) -> QFileDialog:
    """Open a dialog that proposes `file_name`, and call `save` with what is chosen.

    Parameters
    ----------
    folder
        Where the dialog begins; empty: among the user's documents.
    """
    if not folder:
        places = QStandardPaths.StandardLocation.DocumentsLocation
        folder = QStandardPaths.writableLocation(places)
    if not QDir(folder).exists():
        folder = QDir.homePath()
    dialog = QFileDialog(parent, title, str(Path(folder) / file_name))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(file_name).suffix[1:])
    dialog.fileSelected.connect(save)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
