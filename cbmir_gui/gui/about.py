"""About the program with its intended use, and the list of its keys."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.gui.icons import app_icon
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX

_ICON_PX = 72


class AboutDialog(QDialog):
    """Say what the program is, and what it is not for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About CBMIR"))
        picture = QLabel()
        picture.setPixmap(
            app_icon().pixmap(QSize(_ICON_PX, _ICON_PX), self.devicePixelRatioF())
        )
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        title = QLabel(self.tr("CBMIR {version}").format(version=_version()))
        title.setStyleSheet("font-size: 18px; font-weight: 600;")
        text = QLabel(self._text(), wordWrap=True)
        text.setMinimumWidth(400)
        words = QVBoxLayout()
        words.setSpacing(SPACE_PX)
        words.addWidget(title)
        words.addWidget(text)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE_PX)
        row.addWidget(picture)
        row.addLayout(words, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * SPACE_PX,) * 4)
        column.setSpacing(2 * SPACE_PX)
        column.addLayout(row)
        column.addWidget(buttons)

    def _text(self) -> str:
        return "".join(
            f"<p>{paragraph}</p>"
            for paragraph in (
                self.tr(
                    "Finds the images of a library that look most like a given "
                    "medical image, by features that a neural network has learned."
                ),
                "<b>"
                + self.tr("For research and teaching, not for diagnosis.")
                + "</b> "
                + self.tr(
                    "A similarity says how alike two images are for the network. "
                    "It is not the probability of a finding, and a predicted class "
                    "is not a diagnosis. Do not use the program for decisions about "
                    "patients."
                ),
                self.tr(
                    "Everything stays on this computer: no image, name or query is "
                    "sent anywhere."
                ),
                self.tr(
                    "Code under the Apache License 2.0; every model states the "
                    "licences of its weights and training data in its card."
                ),
            )
        )


class ShortcutsDialog(QDialog):
    """List what can be done with keys."""

    def __init__(
        self, actions: Iterable[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        rows = [
            (_key_text(action.shortcut()), action.statusTip())
            for action in actions
            if not action.shortcut().isEmpty()
        ]
        rows += [
            (self.tr("Arrows, Enter"), self.tr("Move in the grid, open an image")),
            (
                self.tr("Arrows, Space"),
                self.tr("Move in a confusion matrix, list the images of a cell"),
            ),
            (self.tr("Menu key"), self.tr("What can be done with an image")),
            (self.tr("+  -  0"), self.tr("Zoom in, zoom out, fit (on an image)")),
            (self.tr("PgUp, PgDown"), self.tr("Previous and next hit (comparing)")),
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_PX)
        grid.setVerticalSpacing(SMALL_SPACE_PX)
        grid.setColumnMinimumWidth(2, 2 * SPACE_PX)
        half = (len(rows) + 1) // 2
        for number, (key, text) in enumerate(rows):
            row, column = number % half, 3 * (number // half)
            key_label = QLabel(f"<b>{key}</b>")
            key_label.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(key_label, row, column)
            grid.addWidget(QLabel(text), row, column + 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(*(2 * SPACE_PX,) * 4)
        column_layout.setSpacing(2 * SPACE_PX)
        column_layout.addLayout(grid)
        column_layout.addWidget(buttons)


def _key_text(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def _version() -> str:
    return QApplication.applicationVersion()
