"""The Help menu, and what the program is not for."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from cbmir_gui.core.paths import logs_dir
from cbmir_gui.gui.about import AboutDialog, ShortcutsDialog
from cbmir_gui.gui.actions import Actions
from cbmir_gui.gui.desktop import open_folder
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar


class Help(QObject):
    """Open what helps; nothing of it stops the window."""

    def __init__(
        self,
        window: QWidget,
        actions: Actions,
        store: SettingsStore,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._store = store
        self._messages = messages

    def tell_intended_use(self) -> None:
        """Say what the program is not for, until the user has agreed once."""
        if self._store.value.intended_use_accepted:
            return
        text = self.tr(
            "CBMIR is for research and teaching, not for diagnosis. "
            "A similarity is not the probability of a finding."
        )
        accept = MessageAction(
            self.tr("I understand"),
            lambda: self._store.update(intended_use_accepted=True),
        )
        self._messages.post(text, "info", (accept,))

    def show_shortcuts(self) -> None:
        """List what can be done with keys."""
        self._open(ShortcutsDialog(self._actions.all(), self._window))

    def show_about(self) -> None:
        """Say what the program is."""
        self._open(AboutDialog(self._window))

    def open_logs(self) -> None:
        """Show the folder of the log files."""
        folder = logs_dir()
        if not folder.is_dir() or not open_folder(folder):
            text = self.tr("The logs are in {folder}.").format(folder=folder)
            self._messages.post(text)

    def _open(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
