"""What to learn from and how, on one page with one button."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.data_panel import DataPanel
from cbmir_gui.gui.retrain.data_warnings import blocking_problem
from cbmir_gui.gui.retrain.options_panel import OptionsPanel
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import MessageBar


class SetupPage(QWidget):
    """Ends with a `TrainRequest`; Start is enabled once there is something to learn."""

    start_requested = Signal(object)
    """TrainRequest."""
    close_requested = Signal()

    def __init__(
        self, tasks: Tasks, last_folder: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self.messages = MessageBar()
        self.data = DataPanel(tasks, last_folder)
        self.options = OptionsPanel()
        self._hint = QLabel(wordWrap=True)
        self._start = QPushButton(self.tr("&Start"), default=True)
        self._start.clicked.connect(self._ask_start)
        self._close = QPushButton(self.tr("&Close"), autoDefault=False)
        self._close.clicked.connect(self.close_requested)
        self.data.changed.connect(self._data_changed)
        self.options.changed.connect(self._show_hint)
        self._arrange()
        self._show_hint()

    def refresh(self) -> None:
        """Ask again which models and libraries there are, and what the images hold."""
        self._replies.expect(self._tasks.models(), self.options.set_models)
        self._replies.expect(
            self._tasks.list_libraries(), self.data.chooser.set_libraries
        )
        self.data.inspect_again()

    def hint(self) -> str:
        """Return what stands in the way of a start; "" for nothing."""
        return self._hint.text()

    def show_problem(self, text: str) -> None:
        """Say why the training did not start."""
        self._hint.setText(text)

    def _arrange(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(SPACE_PX)
        columns.addWidget(self.data, 3)
        columns.addWidget(self.options, 2)
        buttons = QHBoxLayout()
        buttons.addWidget(self._hint, 1)
        buttons.addWidget(self._start)
        buttons.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self.messages)
        column.addLayout(columns, 1)
        column.addLayout(buttons)

    def _problem(self) -> str:
        summary = self.data.summary
        if summary is None:
            return ""
        return (
            blocking_problem(summary, self.options.learns_classes())
            or self.options.name_problem()
        )

    def _data_changed(self) -> None:
        if self.data.summary is not None:
            self.options.set_data_path(self.data.data_path())
        self._show_hint()

    def _show_hint(self) -> None:
        problem = self._problem()
        self._hint.setText(problem)
        self._start.setEnabled(self.data.summary is not None and not problem)

    def _ask_start(self) -> None:
        self.data.look.stop()
        self.messages.clear()
        request: TrainRequest = self.options.request(
            self.data.data_path(), self.data.set_name(), self.data.label_column()
        )
        self.start_requested.emit(request)
