"""A push button that does what an action does."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget


class ActionButton(QPushButton):
    """Follow the words, tooltip and state of an action; never the Enter key."""

    def __init__(self, action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setAutoDefault(False)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setText(self._action.text())
        self.setToolTip(self._action.toolTip())
        self.setEnabled(self._action.isEnabled())


class MenuButton(QPushButton):
    """Open a menu; enabled as the menu is."""

    def __init__(self, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(menu.title(), parent)
        self.setAutoDefault(False)
        self.setMenu(menu)
        self._entry = menu.menuAction()
        self._entry.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setEnabled(self._entry.isEnabled())
