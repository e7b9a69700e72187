"""Which model the open library uses, and how a change of it goes."""

from PySide6.QtCore import QObject, Signal

from cbmir_gui.engine.operation_answers import Adoption
from cbmir_gui.gui.library.library_import import ADOPTING
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.activity_bar import ActivityBar
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar

_UNKNOWN = Adoption(None, None)


class AdoptionState(QObject):
    """Follow the library's default model; show and tell how adopting goes."""

    changed = Signal()
    """Another default or former model, or an import has begun or ended."""

    def __init__(
        self,
        tasks: Tasks,
        library: LibrarySession,
        messages: MessageBar,
        activity: ActivityBar,
    ) -> None:
        super().__init__(messages)
        self._tasks = tasks
        self._library = library
        self._messages = messages
        self._activity = activity
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._is_adopting = False
        self._value = _UNKNOWN
        library.info_changed.connect(self._follow)
        library.opened.connect(self._follow)
        library.opened.connect(messages.dismiss_others)
        library.import_started.connect(self._begin)
        library.import_progress.connect(self._report)
        library.import_ended.connect(self._end)
        library.adopted.connect(self._tell_adopted)
        library.rolled_back.connect(self._tell_rolled_back)
        library.failed.connect(self._tell_failure)
        library.refused.connect(self._tell_refusal)
        activity.cancel_requested.connect(self._cancel)

    @property
    def value(self) -> Adoption:
        """The default and the former model, as far as they are known."""
        return self._value

    def refresh(self) -> None:
        """Ask again which model the open library uses."""
        self._replies.forget(self._ticket)
        self._set(_UNKNOWN)
        if self._library.folder:
            ticket = self._tasks.adopted(self._library.folder)
            self._ticket = self._replies.expect(ticket, self._set)

    def _set(self, value: Adoption) -> None:
        self._value = value
        self.changed.emit()

    def _is_watched(self) -> bool:
        return self._messages.window().isVisible()

    def _follow(self, _library: object) -> None:
        if self._is_watched():
            self.refresh()

    def _begin(self, kind: str) -> None:
        self._is_adopting = kind == ADOPTING
        if self._is_adopting:
            self._activity.start(self.tr("Preparing the library for the new model"))
        self.changed.emit()

    def _report(self, done: int, total: int, text: str) -> None:
        if self._is_adopting:
            self._activity.report(done, total, text)

    def _end(self, _summary: object) -> None:
        if self._is_adopting:
            self._is_adopting = False
            self._activity.finish()
        self.changed.emit()

    def _tell_adopted(self, model: str) -> None:
        text = self.tr("The library is searched with '{name}' from now on.")
        back = MessageAction(self.tr("Roll back"), self._library.roll_back)
        about = self._library.folder
        self._messages.post(text.format(name=model), "success", (back,), about=about)

    def _tell_rolled_back(self) -> None:
        self._messages.clear()
        text = self.tr("The library is searched with its former model again.")
        self._messages.post(text, passing=True)

    def _cancel(self) -> None:
        # The activity bar is also that of orders, which are none of the library's.
        if self._is_adopting:
            self._library.cancel_import()

    def _tell_refusal(self, message: str) -> None:
        if self._is_watched():
            self._messages.post(message)

    def _tell_failure(self, message: str, _retry: object) -> None:
        if self._is_watched():
            self._messages.post(message, "error")
