"""How changes of the open library are taken back, the last one first."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.tasks import Tasks

Step = Callable[[Callable[[str], None]], None]
"""Takes a change back; told what to do with a failure."""


class UndoSteps(QObject):
    """Remember the changes of one library; a step that failed can be tried again."""

    available = Signal(bool)
    taken_back = Signal()
    """Images are back, out again, or of their former class."""
    failed = Signal(str)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._folder = ""
        self._steps: list[Step] = []

    @property
    def can_take_back(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._steps)

    def follow(self, folder: str) -> None:
        """Forget the changes of any library but the one in `folder`."""
        if folder != self._folder:
            self._steps.clear()
            self.available.emit(False)
        self._folder = folder

    def leave(self) -> None:
        """Keep no step that fails from now on."""
        self._folder = ""

    def push(self, step: Step) -> None:
        """Remember how the last change is taken back."""
        self._steps.append(step)
        self.available.emit(True)

    def push_addition(self, image_ids: tuple[str, ...]) -> None:
        """Remember that images were added."""
        self.push(partial(self._take_out, self._folder, image_ids))

    def push_removal(self, token: str) -> None:
        """Remember that images were removed; `token` brings them back."""
        self.push(partial(self._restore, self._folder, token))

    def push_relabelling(self, previous: dict[str, str]) -> None:
        """Remember the former class by image_id."""
        self.push(partial(self._relabel_back, self._folder, previous))

    def take_back(self) -> None:
        """Take back the last change."""
        if self._steps:
            step = self._steps.pop()
            self.available.emit(self.can_take_back)
            step(partial(self._keep, self._folder, step))

    def _keep(self, folder: str, step: Step, message: str) -> None:
        """Let a step that failed be tried again."""
        if folder == self._folder and step not in self._steps:
            self.push(step)
        self.failed.emit(message)

    def _take_out(
        self,
        folder: str,
        image_ids: tuple[str, ...],
        on_failed: Callable[[str], None],
    ) -> None:
        ask = self._tasks.remove_images(folder, image_ids)
        self._replies.expect(ask, self._finish, on_failed)

    def _restore(
        self, folder: str, token: str, on_failed: Callable[[str], None]
    ) -> None:
        self._replies.expect(
            self._tasks.restore_images(folder, token), self._finish, on_failed
        )

    def _relabel_back(
        self,
        folder: str,
        previous: dict[str, str],
        on_failed: Callable[[str], None],
    ) -> None:
        for class_name in sorted(set(previous.values())):
            image_ids = [key for key, name in previous.items() if name == class_name]
            self._replies.expect(
                self._tasks.relabel(folder, image_ids, class_name),
                self._finish,
                on_failed,
            )

    def _finish(self, _value: object) -> None:
        self.taken_back.emit()
