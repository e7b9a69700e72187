"""Ends what runs before the window closes, and says so while it takes time."""

from PySide6.QtCore import QObject, QTimer, Signal

from cbmir_gui.gui.tasks import Tasks

_PATIENCE_MS = 8000


class Closing(QObject):
    """Cancel queries and imports and wait for them; the event loop goes on."""

    waiting = Signal()
    """Something has to end first."""
    ready = Signal()
    """The window may close now."""

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._is_waiting = False
        self._is_ready = False
        self._deadline = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._deadline.timeout.connect(self._finish)
        tasks.idle.connect(self._finish)

    @property
    def is_ready(self) -> bool:
        """Whether nothing has to be waited for any more."""
        return self._is_ready

    def begin(self) -> bool:
        """Cancel everything; returns whether the window may close at once."""
        if self._is_ready or self._tasks.num_pending() == 0:
            self._is_ready = True
            return True
        if not self._is_waiting:
            self._is_waiting = True
            self._deadline.start()
            self._tasks.cancel_all()
            self.waiting.emit()
        return False

    def _finish(self) -> None:
        if not self._is_waiting or self._is_ready:
            return
        self._is_ready = True
        self._deadline.stop()
        self.ready.emit()
