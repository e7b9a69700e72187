"""What stands in place of the grid while there is nothing to show in it."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.gui.icons import render
from cbmir_gui.gui.style import (
    ACCENT,
    CARD,
    ON_SURROUND,
    ON_SURROUND_MUTED,
    SMALL_SPACE_PX,
    SPACE_PX,
    SURROUND,
)
from cbmir_gui.gui.widgets.message_bar import MessageAction

_ICON_PX = 56
_TEXT_WIDTH_PX = 460


class StatePage(QWidget):
    """A picture, a title, a sentence and what can be done, on the surround."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions: tuple[MessageAction, ...] = ()
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, SURROUND)
        palette.setColor(QPalette.ColorRole.WindowText, ON_SURROUND)
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title.setStyleSheet(
            f"font-size: 18px; font-weight: 600; color: {ON_SURROUND.name()};"
        )
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setFixedWidth(_TEXT_WIDTH_PX)
        self._text.setStyleSheet(f"color: {ON_SURROUND_MUTED.name()};")
        self._progress = QProgressBar(textVisible=False)
        self._progress.setFixedSize(_TEXT_WIDTH_PX - 100, 6)
        self._progress.setStyleSheet(
            "QProgressBar, QProgressBar::chunk { border: none; border-radius: 3px; }"
            f"QProgressBar {{ background: {CARD.name()}; }}"
            f"QProgressBar::chunk {{ background: {ACCENT.name()}; }}"
        )
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE_PX)
        self._arrange()
        self._progress.hide()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addWidget(self._title)
        # With an alignment flag a wrapped label would be given the height of one line.
        column.addLayout(_centred(self._text))
        column.addLayout(_centred(self._progress))
        column.addSpacing(SMALL_SPACE_PX)
        row = QHBoxLayout()
        row.addStretch()
        row.addLayout(self._buttons)
        row.addStretch()
        column.addLayout(row)
        column.addStretch(3)

    def show_state(
        self,
        icon_name: str,
        title: str,
        text: str = "",
        actions: tuple[MessageAction, ...] = (),
    ) -> None:
        """Show another state."""
        ratio = self.devicePixelRatioF()
        picture = render(icon_name, round(_ICON_PX * ratio), ON_SURROUND_MUTED)
        picture.setDevicePixelRatio(ratio)
        self._picture.setPixmap(picture)
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._progress.hide()
        self._set_actions(actions)

    def show_progress(self, done: int, total: int) -> None:
        """Show how far it is; `total` 0 means not known."""
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._progress.show()

    def title(self) -> str:
        """Return the title of the present state."""
        return self._title.text()

    def actions_shown(self) -> tuple[str, ...]:
        """Return the texts of the buttons."""
        return tuple(action.text for action in self._actions)

    def press(self, text: str) -> None:
        """Press the button named `text`."""
        for action in self._actions:
            if action.text == text:
                action.run()

    def _set_actions(self, actions: tuple[MessageAction, ...]) -> None:
        self._actions = actions
        while item := self._buttons.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for action in actions:
            button = QPushButton(action.text)
            button.clicked.connect(partial(_run, action))
            self._buttons.addWidget(button)


def _centred(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addStretch()
    row.addWidget(widget)
    row.addStretch()
    return row


def _run(action: MessageAction, _checked: bool = False) -> None:
    action.run()
