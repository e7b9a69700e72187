"""Opens the dialog that trains models, and tells how trainings end."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.engine.run_events import (
    FINAL_EVENTS,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStopped,
)
from cbmir_gui.engine.run_folder import read_request
from cbmir_gui.gui.library.library_import import ADOPTING
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.retrain.open_library import OpenLibrary, open_library
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar

if TYPE_CHECKING:
    from cbmir_gui.gui.retrain.dialog import RetrainDialog


class Retraining(QObject):
    """Hold the one Retrain dialog; it knows the library that is open."""

    use_requested = Signal(str)
    """Name of a new model that the open library should be searched with."""

    def __init__(
        self,
        window: QWidget,
        tasks: Tasks,
        store: SettingsStore,
        messages: MessageBar,
        library: LibrarySession,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._tasks = tasks
        self._store = store
        self._messages = messages
        self._library = library
        self._dialog: RetrainDialog | None = None
        self._is_asking = False
        self._has_answered = False
        self._told_again = ""
        self._is_adopting = False
        tasks.trainings.happened.connect(self._tell_end)
        library.opened.connect(self._renew_library)
        library.info_changed.connect(self._renew_library)
        library.import_started.connect(self._note_adoption)
        library.import_ended.connect(self._end_adoption)
        library.adopted.connect(self._show_adopted)

    def show(self) -> None:
        """Open the dialog, or bring it to the front."""
        dialog = self._opened()
        dialog.show()
        dialog.activateWindow()

    def find_running(self) -> None:
        """Offer to look at a training that runs, or that ended in the meantime."""
        if self._tasks.trainings.find():
            show = MessageAction(self.tr("Show"), self.show)
            self._messages.post(self.tr("A training is running."), "info", (show,))
            return
        ended = self._tasks.trainings.find_ended()
        if ended is not None:
            self._tasks.trainings.mark_seen(str(ended.folder))
            self._announce(str(ended.folder), ended.event)

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

    def _opened(self) -> "RetrainDialog":
        if self._dialog is None:
            # Not needed for the window to show itself.
            from cbmir_gui.gui.retrain.dialog import RetrainDialog

            dialog = RetrainDialog(self._tasks, self._store.value, self._window)
            dialog.adopt_requested.connect(self._adopt)
            self._dialog = dialog
            self._renew_library()
        return self._dialog

    def _adopt(self, model: str) -> None:
        if self._library.is_importing and self._dialog is not None:
            self._dialog.outcome_page.verdict.show_settled(
                self.tr("The library is being changed; press Adopt once this is done.")
            )
        else:
            self.use_requested.emit(model)

    def _end_asking(self) -> None:
        self._is_asking = False

    def _open_library(self) -> OpenLibrary:
        settings = self._store.value
        return open_library(self._library.info, settings.model, settings.layer)

    def _renew_library(self, _change: object = None) -> None:
        if self._dialog is not None:
            self._dialog.set_library(self._open_library())

    def _note_adoption(self, kind: str) -> None:
        self._is_adopting = kind == ADOPTING

    def _end_adoption(self, _summary: object) -> None:
        # An adoption that succeeds says so right after this.
        if self._is_adopting and self._dialog is not None:
            self._dialog.show_not_adopted()
        self._is_adopting = False

    def _show_adopted(self, model: str) -> None:
        if self._dialog is not None:
            self._dialog.show_adopted(model)

    def _tell_end(self, folder: str, event: RunEvent) -> None:
        if isinstance(event, FINAL_EVENTS) and folder != self._told_again:
            self._announce(folder, event)

    def _announce(self, folder: str, event: RunEvent | None) -> None:
        def show() -> None:
            self._show_run(folder)

        actions = [MessageAction(self.tr("Show"), show)]
        name = _name_of(folder)
        match event:
            case RunFinished(model, _) | RunStopped(model, _) if model:
                text = self.tr("The model '{name}' is trained.").format(name=model)
                if isinstance(event, RunStopped) and event.reason:
                    text = f"{text} {event.reason}"
                use = self.tr("Use it for this library")
                actions.append(
                    MessageAction(use, lambda: self.use_requested.emit(model))
                )
                self._messages.post(text, "success", tuple(actions))
            case RunStopped():
                text = self.tr("The training '{name}' was stopped without a model.")
                self._messages.post(text.format(name=name), "info", tuple(actions))
            case RunFailed(message):
                text = self.tr("The training '{name}' ended with a problem: {problem}")
                text = text.format(name=name, problem=message)
                self._messages.post(text, "error", tuple(actions))
            case _:
                text = self.tr("The training '{name}' was interrupted.")
                self._messages.post(text.format(name=name), "warning", tuple(actions))

    def _show_run(self, folder: str) -> None:
        self._told_again = folder
        self.show()
        self._opened().show_run(folder)


def _name_of(folder: str) -> str:
    """Return the name of the model that a run should make, or the run's own."""
    try:
        name = read_request(Path(folder)).name
    except TrainingError:
        name = ""
    return name or Path(folder).name
