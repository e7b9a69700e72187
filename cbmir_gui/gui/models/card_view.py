"""The card of one model, and its learning curves."""

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtWidgets import (
    QLabel,
    QStackedWidget,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import DecodedImage, ModelInfo
from cbmir_gui.gui.models.card_text import Document, card_html
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.style import SMALL_SPACE_PX, muted
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.image_view import ImageView
from cbmir_gui.gui.widgets.images import to_qimage

CURVES_FILE = "curves.png"


class CardView(QWidget):
    """Ask for the card of a model and show it; a newer question voids the last."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._tickets: list[int] = []
        self._card: Document = {}
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._subtitle = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._subtitle.setProperty("role", "muted")
        self._problem = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._text = QTextBrowser()
        self._text.setAccessibleName(self.tr("Card of the model"))
        self._text.setTabChangesFocus(True)
        self._curves = ImageView()
        self._curves.setAccessibleName(self.tr("Learning curves"))
        self._tabs = QTabWidget()
        self._tabs.addTab(self._text, self.tr("&Card"))
        self._tabs.addTab(self._curves, self.tr("Learning c&urves"))
        self._state = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self._state.setMargin(4 * SMALL_SPACE_PX)
        self._state.setProperty("role", "muted")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._state)
        self._stack.addWidget(self._tabs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)
        column.addWidget(self._problem)
        column.addWidget(self._stack, 1)
        self.show_model(None)

    def show_model(self, model: ModelInfo | None) -> None:
        """Show another model; None: say that none is chosen."""
        for ticket in self._tickets:
            self._replies.forget(ticket)
        self._tickets.clear()
        self._card = {}
        self._title.setText(model.name if model else "")
        self._subtitle.setText(_summary(model) if model else "")
        problem = model.problem if model else ""
        self._problem.setText(
            self.tr("It cannot be used: {problem}").format(problem=problem)
        )
        self._problem.setVisible(bool(problem))
        if model is None:
            self._say(self.tr("Choose a model to read its card."))
        elif not model.architecture:
            self._say(self.tr("Its card cannot be read."))
        else:
            self._say(self.tr("Reading the card …"))
            ticket = self._tasks.model_card(model.name)
            self._expect(ticket, self.show_card, self._say)
            self._ask_for_curves(Path(model.folder) / CURVES_FILE)

    def show_card(self, card: str) -> None:
        """Show the JSON text of a card."""
        document = json.loads(card)
        self._card = document if isinstance(document, dict) else {}
        self._render()
        self._stack.setCurrentWidget(self._tabs)

    def state_text(self) -> str:
        """Return what stands in place of the card; empty while there is one."""
        return "" if self._stack.currentWidget() is self._tabs else self._state.text()

    def problem_text(self) -> str:
        """Return why the model cannot be used; empty if it can."""
        return "" if self._problem.isHidden() else self._problem.text()

    def card_text(self) -> str:
        """Return the text of the card."""
        return self._text.toPlainText()

    def curves(self) -> ImageView:
        """Return where the learning curves are shown."""
        return self._curves

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._card:
            self._render()

    def _expect(
        self, ticket: int, show: Callable[..., None], fail: Callable[[str], None]
    ) -> None:
        self._tickets.append(self._replies.expect(ticket, show, fail))

    def _ask_for_curves(self, path: Path) -> None:
        self._curves.set_text(self.tr("There is no picture of its learning curves."))
        self._tabs.setTabEnabled(1, path.is_file())
        if path.is_file():
            self._expect(
                self._tasks.preview(str(path)), self._show_curves, self._curves.set_text
            )

    def _show_curves(self, image: DecodedImage) -> None:
        self._curves.set_image(to_qimage(image.pixels))

    def _say(self, text: str) -> None:
        self._state.setText(text)
        self._stack.setCurrentWidget(self._state)

    def _render(self) -> None:
        self._text.setHtml(card_html(self._card, muted(self.palette()).name()))


def _summary(model: ModelInfo) -> str:
    size = QLocale().formattedDataSize(model.size_bytes)
    return " · ".join(filter(None, (model.architecture, model.created, size)))
