"""What can be ordered for a model: verify, export, import, delete; one at a time."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cbmir_gui.engine.operations import ExportModelArguments
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.activity_bar import ActivityBar
from cbmir_gui.gui.widgets.message_bar import MessageBar


class ModelOrders(QObject):
    """Give orders to the engine, show that they run, and say how they ended."""

    busy_changed = Signal(bool)
    list_changed = Signal(str)
    """There are other models now; the name of the new one, or "" if one is gone."""

    def __init__(
        self, tasks: Tasks, messages: MessageBar, activity: ActivityBar
    ) -> None:
        super().__init__(messages)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._messages = messages
        self._activity = activity
        self._ticket = 0
        activity.cancel_requested.connect(self.cancel)

    @property
    def is_busy(self) -> bool:
        """Whether an order is being carried out."""
        return self._replies.is_expected(self._ticket)

    def verify(self, name: str) -> None:
        """Compare the weights with what the card says of them."""

        def tell(_card: str) -> None:
            text = self.tr("'{name}' is whole: its weights are those of its card.")
            self._messages.post(text.format(name=name), "success", passing=True)

        title = self.tr("Verifying '{name}'").format(name=name)
        self._begin(title, self._tasks.verify_model(name), tell)

    def export(self, name: str, path: str, form: str) -> None:
        """Write a model to a file; `form` is cbmir, keras, onnx or card."""

        def tell(written: str) -> None:
            text = self.tr("'{name}' was exported as {file}.")
            file = Path(written).name
            self._messages.post(text.format(name=name, file=file), "success")

        title = self.tr("Exporting '{name}'").format(name=name)
        arguments = ExportModelArguments(name, path, form)
        self._begin(title, self._tasks.export_model(arguments), tell)

    def take_in(self, path: str, name: str = "") -> None:
        """Import a file; an empty name means the one in its card."""

        def tell(imported: str) -> None:
            text = self.tr("'{name}' was checked and imported.").format(name=imported)
            self._messages.post(text, "success")
            self.list_changed.emit(imported)

        title = self.tr("Checking and importing {file}").format(file=Path(path).name)
        self._begin(title, self._tasks.import_model(path, name), tell)

    def delete(self, name: str) -> None:
        """Delete a model; refused if it is needed."""

        def tell(_answer: object) -> None:
            text = self.tr("'{name}' was deleted.").format(name=name)
            self._messages.post(text, passing=True)
            self.list_changed.emit("")

        title = self.tr("Deleting '{name}'").format(name=name)
        self._begin(title, self._tasks.delete_model(name), tell)

    def cancel(self) -> None:
        """Ask the present order to stop."""
        if self.is_busy:
            self._tasks.cancel(self._ticket)

    def _begin(self, title: str, ticket: int, tell: Callable[..., None]) -> None:
        def finish(answer: object) -> None:
            self._end()
            tell(answer)

        def fail(message: str) -> None:
            self._end()
            self._messages.post(message, "error")

        self._messages.clear()
        self._ticket = self._replies.expect(
            ticket, finish, fail, self._end, self._activity.report
        )
        self._activity.start(title)
        self.busy_changed.emit(True)

    def _end(self) -> None:
        self._activity.finish()
        self.busy_changed.emit(False)
