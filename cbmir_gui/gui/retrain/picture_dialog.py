"""One picture, large, with the others a key away."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import DecodedImage
from cbmir_gui.gui.icons import icon
from cbmir_gui.gui.query.facts import facts_line
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.pictures import Picture
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.elided_label import ElidedLabel
from cbmir_gui.gui.widgets.image_view import ImageView
from cbmir_gui.gui.widgets.images import to_qimage

_SIDE_PX = 1024


class PictureDialog(QDialog):
    """Show one of some pictures; Page Up and Page Down step through them."""

    def __init__(
        self,
        tasks: Tasks,
        pictures: Sequence[Picture],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._pictures = tuple(pictures)
        self._row = -1
        self._ticket = 0
        self.setWindowTitle(self.tr("Image"))
        self.resize(640, 640)
        self._caption = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._caption.setProperty("role", "title")
        self._view = ImageView()
        self._view.setAccessibleName(self.tr("Image"))
        self._name = ElidedLabel()
        self._facts = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._facts.setProperty("role", "muted")
        self._arrange()

    def show_picture(self, row: int) -> None:
        """Show the picture in `row`, from 0; there is none outside."""
        if not 0 <= row < len(self._pictures):
            return
        self._row = row
        picture = self._pictures[row]
        self._caption.setText(picture.caption)
        self._name.set_full_text(picture.path)
        self._facts.clear()
        self._view.set_text(self.tr("Reading …"))
        self._previous.setEnabled(row > 0)
        self._next.setEnabled(row < len(self._pictures) - 1)
        self._replies.drop(self._ticket)
        self._ticket = self._replies.expect(
            self._tasks.preview(picture.path, picture.frame, max_side_px=_SIDE_PX),
            self._show_image,
            self._view.set_text,
        )

    def row(self) -> int:
        """Return the row of the picture that is shown."""
        return self._row

    def image(self) -> QImage:
        """Return the image that is shown; null while there is none."""
        return self._view.image()

    def _arrange(self) -> None:
        color = self.palette().windowText().color()
        self._previous = QPushButton(
            icon("previous", color), self.tr("&Previous"), autoDefault=False
        )
        self._previous.clicked.connect(lambda: self.show_picture(self._row - 1))
        self._next = QPushButton(icon("next", color), self.tr("&Next"), default=True)
        self._next.clicked.connect(lambda: self.show_picture(self._row + 1))
        QShortcut(QKeySequence("PgUp"), self, self._previous.click)
        QShortcut(QKeySequence("PgDown"), self, self._next.click)
        close = QPushButton(self.tr("&Close"), autoDefault=False)
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self._facts, 1)
        for button in (self._previous, self._next, close):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self._caption)
        column.addWidget(self._view, 1)
        column.addWidget(self._name)
        column.addLayout(buttons)

    def _show_image(self, image: DecodedImage) -> None:
        self._view.set_image(to_qimage(image.pixels))
        self._facts.setText(facts_line(image.info))
