"""Opens the dialog that trains models, and tells of a training that runs already."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar


class Retraining(QObject):
    """Hold the one Retrain dialog."""

    use_requested = Signal(str)
    """Name of a new model that the open library should be searched with."""

    def __init__(
        self,
        window: QWidget,
        tasks: Tasks,
        store: SettingsStore,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._tasks = tasks
        self._store = store
        self._messages = messages
        self._dialog: QWidget | None = None
        self._is_asking = False
        self._has_answered = False

    def show(self) -> None:
        """Open the dialog, or bring it to the front."""
        if self._dialog is None:
            # Not needed for the window to show itself.
            from cbmir_gui.gui.retrain.dialog import RetrainDialog

            dialog = RetrainDialog(self._tasks, self._store.value, self._window)
            dialog.model_trained.connect(self._offer_model)
            self._dialog = dialog
        self._dialog.show()
        self._dialog.activateWindow()

    def find_running(self) -> None:
        """Offer to look at a training that an earlier window began."""
        if self._tasks.trainings.find():
            show = MessageAction(self.tr("Show"), self.show)
            self._messages.post(self.tr("A training is running."), "info", (show,))

    def may_close(self, close: Callable[[], object]) -> bool:
        """Return whether the window may close; if not, `close` is called later.

        While a training runs, the user is asked once whether it should go on.
        """
        if self._has_answered or not self._tasks.trainings.folder():
            return True
        if self._is_asking:
            return False
        from cbmir_gui.gui.retrain.leaving import ask_about_training

        def leave() -> None:
            self._has_answered = True
            close()

        question = ask_about_training(self._window, self._tasks.trainings, leave)
        if question is not None:
            self._is_asking = True
            question.finished.connect(self._end_asking)
        return False

    def _end_asking(self) -> None:
        self._is_asking = False

    def _offer_model(self, name: str) -> None:
        use = MessageAction(
            self.tr("Use it for this library"), lambda: self.use_requested.emit(name)
        )
        text = self.tr("The model '{name}' is trained.").format(name=name)
        self._messages.post(text, "success", (use,))
