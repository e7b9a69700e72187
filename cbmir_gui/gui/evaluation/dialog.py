"""The Evaluation page: choose queries and a database, run, look at the figures."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.engine.operations import EvaluateArguments
from cbmir_gui.gui.evaluation.choices import choices_text, read_choices
from cbmir_gui.gui.evaluation.query_choices import QueryChoices
from cbmir_gui.gui.evaluation.report import read_report
from cbmir_gui.gui.evaluation.report_view import ReportView
from cbmir_gui.gui.evaluation.search_choices import SearchChoices
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.activity_bar import ActivityBar
from cbmir_gui.gui.widgets.message_bar import MessageBar


class EvaluationDialog(QDialog):
    """Not modal: searching goes on meanwhile. Use `show`, never `exec`."""

    def __init__(
        self,
        tasks: Tasks,
        library: LibrarySession,
        store: SettingsStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Evaluation"))
        self.resize(1160, 740)
        self._tasks = tasks
        self._library = library
        self._store = store
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._libraries: tuple[LibraryInfo, ...] = ()
        choices = read_choices(store.value.evaluation)
        self._remembered: EvaluateArguments | None = choices
        """What was chosen last time, until it has been chosen again."""
        self.messages = MessageBar()
        self.activity = ActivityBar()
        self.queries = QueryChoices(tasks, store.value.last_folder)
        self.search = SearchChoices()
        self.report = ReportView(tasks)
        self.run_button = QPushButton(self.tr("R&un"))
        self._arrange()
        self._connect()
        self.search.choose(choices)
        self.queries.choose(choices)

    def refresh(self) -> None:
        """Ask which models and libraries there are."""
        self._replies.expect(
            self._tasks.models(), self.search.set_models, self._show_failure
        )
        self._replies.expect(
            self._tasks.list_libraries(), self._set_libraries, self._show_failure
        )

    def arguments(self) -> EvaluateArguments:
        """Return what is chosen."""
        search = self.search
        return EvaluateArguments(
            queries=self.queries.path(),
            set_name=self.queries.set_name(),
            splits=self.queries.splits(),
            library=search.value(search.database),
            model=search.value(search.model),
            layer=search.value(search.layer),
            metric=search.value(search.distance),
            class_filter=search.value(search.filter),
            level=search.value(search.level),
        )

    def run(self) -> None:
        """Evaluate what is chosen."""
        if not self.run_button.isEnabled():
            return
        arguments = self.arguments()
        self._store.update(evaluation=choices_text(arguments))
        self.messages.clear()
        self._ticket = self._replies.expect(
            self._tasks.evaluate(arguments),
            self._show_report,
            self._fail,
            self._end,
            self.activity.report,
        )
        self.activity.start(self.tr("Evaluating"))
        self._renew()

    def is_report_shown(self) -> bool:
        """Return whether there are figures to look at."""
        return self._stack.currentWidget() is self.report

    def _arrange(self) -> None:
        self.run_button.setDefault(True)
        close = QPushButton(self.tr("Close"), autoDefault=False)
        close.clicked.connect(self.reject)
        buttons = QVBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.run_button)
        choices = QVBoxLayout()
        choices.setSpacing(SMALL_SPACE_PX)
        choices.addWidget(self.queries)
        choices.addWidget(self.search)
        top = QHBoxLayout()
        top.setSpacing(SPACE_PX)
        top.addLayout(choices, 1)
        top.addLayout(buttons)
        self._hint = QLabel(
            self.tr(
                "Every query is searched for in the database, and its hits are "
                "compared with what it is. The figures come with their intervals."
            ),
            wordWrap=True,
            alignment=Qt.AlignmentFlag.AlignCenter,
        )
        self._hint.setProperty("role", "muted")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._hint)
        self._stack.addWidget(self.report)
        self._exports = self.report.make_buttons()
        self._exports.hide()
        bottom = QHBoxLayout()
        bottom.addWidget(self._exports)
        bottom.addStretch()
        bottom.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.setSpacing(SMALL_SPACE_PX)
        column.addLayout(top)
        column.addWidget(self.messages)
        column.addWidget(self._stack, 1)
        column.addWidget(self.activity)
        column.addLayout(bottom)

    def _connect(self) -> None:
        self.run_button.clicked.connect(self.run)
        self.queries.changed.connect(self._renew)
        self.report.said.connect(self._say)
        self.activity.cancel_requested.connect(self._cancel)
        self._library.info_changed.connect(self._follow_library)
        self._renew()

    def _set_libraries(self, libraries: tuple[LibraryInfo, ...]) -> None:
        self._libraries = libraries
        self._offer_libraries()
        # It can be chosen only now that it is offered.
        if self._remembered is not None:
            self.search.choose(self._remembered)
            self._remembered = None

    def _follow_library(self, _info: LibraryInfo) -> None:
        self._offer_libraries()

    def _offer_libraries(self) -> None:
        """Offer the open library first, wherever it is."""
        opened = self._library.info
        others = [
            info
            for info in self._libraries
            if opened is None or info.folder != opened.folder
        ]
        offered = [opened, *others] if opened else others
        self.search.set_libraries(offered)
        self.queries.chooser.set_libraries(offered)

    def _renew(self) -> None:
        is_running = self._replies.is_expected(self._ticket)
        self.run_button.setEnabled(self.queries.is_usable() and not is_running)
        tip = self.tr("Search for every query and measure")
        if not self.queries.is_usable():
            tip = self.tr("Choose the queries first.")
        self.run_button.setToolTip(tip)

    def _cancel(self) -> None:
        self._tasks.cancel(self._ticket)

    def _show_report(self, document: str) -> None:
        self._end()
        self.report.show_report(read_report(document))
        self._stack.setCurrentWidget(self.report)
        self._exports.show()

    def _fail(self, message: str) -> None:
        self._end()
        self._show_failure(message)

    def _show_failure(self, message: str) -> None:
        self.messages.post(message, "error")

    def _end(self) -> None:
        self.activity.finish()
        self._renew()

    def _say(self, text: str, severity: str) -> None:
        if severity == "error":
            self.messages.post(text, "error")
        else:
            self.messages.post(text, "success", passing=True)
