"""Calm messages at the top of the window: what happened and what can be done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.gui.icons import icon
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX

Severity = Literal["info", "success", "warning", "error"]
_MAX_SHOWN = 3
_ICON_PX = 20
_PASSING_MS = 8000


@dataclass(frozen=True, slots=True)
class MessageAction:
    """A button on a message."""

    text: str
    run: Callable[[], object]


class Message(QFrame):
    """One line with its buttons; closes itself when a button has been pressed."""

    closed = Signal()

    def __init__(
        self,
        text: str,
        severity: Severity,
        actions: tuple[MessageAction, ...],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.text = text
        self.about = ""
        """What it belongs to, such as a folder; empty: to nothing that may change."""
        self.setProperty("severity", severity)
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_PX, SMALL_SPACE_PX, SMALL_SPACE_PX, SMALL_SPACE_PX)
        picture = QLabel()
        color = self.palette().windowText().color()
        picture.setPixmap(
            icon(severity, color).pixmap(QSize(20, 20), self.devicePixelRatioF())
        )
        row.addWidget(picture)
        # A file name must not be able to pass for markup.
        label = QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # Without it a layout counts the lines at a width of its own.
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
        row.addWidget(label, 1)
        for action in actions:
            row.addWidget(self._button(action))
        row.addWidget(self._close_button())

    def press(self, text: str) -> None:
        """Press the button named `text`."""
        for button in self.findChildren(QPushButton):
            if button.text().replace("&", "") == text:
                button.click()

    def _button(self, action: MessageAction) -> QPushButton:
        button = QPushButton(action.text)
        # A plain function would be handed the button's state as its first argument.
        button.clicked.connect(lambda: action.run())
        button.clicked.connect(self.closed)
        return button

    def _close_button(self) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setIcon(icon("close", self.palette().windowText().color()))
        button.setToolTip(self.tr("Close this message"))
        button.setAccessibleName(self.tr("Close this message"))
        button.clicked.connect(self.closed)
        return button


class MessageBar(QWidget):
    """Up to three messages, the newest first; hidden while there are none.

    The Tab key reaches their buttons where the bar stands; screen readers tell of them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages: list[Message] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE_PX, SMALL_SPACE_PX, SPACE_PX, 0)
        self._column.setSpacing(SMALL_SPACE_PX)
        # Buttons come and go; this marks their place in the order of the Tab key.
        self._mark = QWidget(self, focusPolicy=Qt.FocusPolicy.TabFocus)
        self._mark.hide()
        self.hide()

    def post(
        self,
        text: str,
        severity: Severity = "info",
        actions: tuple[MessageAction, ...] = (),
        *,
        passing: bool = False,
        about: str = "",
    ) -> Message:
        """Show a message; `passing` ones leave by themselves after a while.

        A message that is shown already is not shown twice. `about` is for
        `dismiss_others`.
        """
        for shown in [entry for entry in self._messages if entry.text == text]:
            self.dismiss(shown)
        message = Message(text, severity, actions, self)
        message.about = about
        message.closed.connect(lambda: self.dismiss(message))
        self._messages.insert(0, message)
        self._column.insertWidget(0, message)
        while len(self._messages) > _MAX_SHOWN:
            self.dismiss(self._messages[-1])
        if passing:
            timer = QTimer(message, singleShot=True, interval=_PASSING_MS)
            timer.timeout.connect(message.closed)
            timer.start()
        self.show()
        message.show()
        self._come_first(message)
        event = QAccessibleEvent(message, QAccessible.Event.Alert)
        QAccessible.updateAccessibility(event)
        return message

    def _come_first(self, message: Message) -> None:
        """Let the Tab key reach the newest message before the others."""
        previous = self._mark
        for button in message.findChildren(QAbstractButton):
            QWidget.setTabOrder(previous, button)
            previous = button

    def dismiss(self, message: Message) -> None:
        """Take a message away; one that is gone already is fine."""
        if message not in self._messages:
            return
        self._messages.remove(message)
        self._column.removeWidget(message)
        message.hide()
        message.deleteLater()
        self.setVisible(bool(self._messages))

    def dismiss_others(self, about: str) -> None:
        """Take away what is about something else; what is about nothing stays."""
        for message in self.messages():
            if message.about not in {"", about}:
                self.dismiss(message)

    def clear(self) -> None:
        """Take all messages away."""
        for message in self.messages():
            self.dismiss(message)

    def messages(self) -> tuple[Message, ...]:
        """Return what is shown, the newest first."""
        return tuple(self._messages)
