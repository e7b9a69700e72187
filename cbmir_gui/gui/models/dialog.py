"""The Models page: the list, the card of one, and what can be done with it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.models.adoption_state import AdoptionState
from cbmir_gui.gui.models.card_view import CardView
from cbmir_gui.gui.models.model_actions import ModelActions, Situation
from cbmir_gui.gui.models.models_table import ModelsTable
from cbmir_gui.gui.models.orders import ModelOrders
from cbmir_gui.gui.models.questions import (
    Form,
    ImportDialog,
    ask_delete,
    ask_export_file,
    ask_import_file,
)
from cbmir_gui.gui.models.reconstruction_dialog import ReconstructionDialog
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.action_button import ActionButton, MenuButton
from cbmir_gui.gui.widgets.activity_bar import ActivityBar
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar


class ModelsDialog(QDialog):
    """Not modal: searching goes on meanwhile. Use `show`, never `exec`."""

    adopt_requested = Signal(str, str)
    """Model and layer that the open library should use from now on."""
    train_requested = Signal()

    def __init__(
        self,
        tasks: Tasks,
        library: LibrarySession,
        store: SettingsStore,
        query: Callable[[], Query | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Models"))
        self.resize(1120, 680)
        self._tasks = tasks
        self._library = library
        self._store = store
        self._query = query
        self._replies = Replies(tasks, self)
        self._list_ticket = 0
        self.messages = MessageBar()
        self.activity = ActivityBar()
        self.table = ModelsTable()
        self.card = CardView(tasks)
        self.actions_ = ModelActions(self)
        self.orders = ModelOrders(tasks, self.messages, self.activity)
        self.adoption = AdoptionState(tasks, library, self.messages, self.activity)
        self._arrange()
        self._connect()

    def refresh(self, chosen: str = "") -> None:
        """Ask for the models again; choose one by name."""
        self._replies.forget(self._list_ticket)
        self._say(self.tr("Looking for models …"))
        self._list_ticket = self._replies.expect(
            self._tasks.models(),
            partial(self._show_models, chosen),
            self._show_failure,
        )
        self.adoption.refresh()

    def state_text(self) -> str:
        """Return what stands in place of the list; empty while there is one."""
        is_list = self._stack.currentWidget() is self.table
        return "" if is_list else self._state.text()

    def _arrange(self) -> None:
        self._state = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._state.setProperty("role", "muted")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._state)
        self._stack.addWidget(self.table)
        self._splitter = QSplitter()
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._stack)
        self._splitter.addWidget(self.card)
        self._splitter.setSizes([600, 480])
        self.card.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SPACE_PX)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self.messages)
        column.addWidget(self._splitter, 1)
        column.addWidget(self.activity)
        column.addLayout(self._button_row())
        self.setTabOrder(self.table, self.card)

    def _button_row(self) -> QHBoxLayout:
        actions = self.actions_
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACE_PX)
        for action in (actions.set_default, actions.roll_back):
            row.addWidget(ActionButton(action))
        row.addSpacing(SPACE_PX)
        row.addWidget(ActionButton(actions.take_in))
        row.addWidget(MenuButton(actions.exports))
        for action in (actions.rebuild, actions.verify, actions.delete):
            row.addWidget(ActionButton(action))
        row.addStretch()
        train = QPushButton(self.tr("&Train a model …"), autoDefault=False)
        train.clicked.connect(self.train_requested)
        close = QPushButton(self.tr("Close"), autoDefault=False)
        close.clicked.connect(self.reject)
        row.addWidget(train)
        row.addWidget(close)
        return row

    def _connect(self) -> None:
        actions, orders = self.actions_, self.orders
        self.table.chosen.connect(self.card.show_model)
        self.table.chosen.connect(self._renew)
        self.table.customContextMenuRequested.connect(self._show_menu)
        actions.layer_chosen.connect(self._adopt)
        actions.roll_back.triggered.connect(lambda: self._library.roll_back())
        actions.take_in.triggered.connect(self._ask_import)
        actions.export_chosen.connect(self._ask_export)
        actions.rebuild.triggered.connect(lambda: self._with_chosen(self._rebuild))
        actions.verify.triggered.connect(lambda: self._with_chosen(orders.verify))
        actions.delete.triggered.connect(lambda: self._with_chosen(self._ask_delete))
        actions.refresh.triggered.connect(lambda: self.refresh())
        orders.busy_changed.connect(self._renew)
        orders.list_changed.connect(self.refresh)
        self.adoption.changed.connect(self._show_adoption)

    def _show_models(self, chosen: str, models: tuple[ModelInfo, ...]) -> None:
        self.table.set_models(models, chosen)
        self.card.setVisible(bool(models))
        if models:
            self._stack.setCurrentWidget(self.table)
        else:
            self._say(self.tr("There is no model yet. Train one, or import one."))
        self._renew()

    def _show_failure(self, message: str) -> None:
        self._say(self.tr("The models could not be listed."))
        again = MessageAction(self.tr("Try again"), self.refresh)
        self.messages.post(message, "error", (again,))

    def _say(self, text: str) -> None:
        if self.table.model().rowCount() == 0:
            self._state.setText(text)
            self._stack.setCurrentWidget(self._state)

    def _show_adoption(self) -> None:
        default = self.adoption.value.default
        self.table.set_default(default.model if default else "")
        self._renew()

    def _renew(self, _value: object = None) -> None:
        self.actions_.renew(
            Situation(
                model=self.table.chosen_model(),
                library=self._library.info,
                adoption=self.adoption.value,
                is_busy=self.orders.is_busy or self._library.is_importing,
            )
        )

    def _adopt(self, layer: str) -> None:
        model = self.table.chosen_model()
        if model is not None:
            self.adopt_requested.emit(model.name, layer or model.default_layer)

    def _show_menu(self, position: QPoint) -> None:
        if self.table.chosen_model() is None:
            return
        menu = self.actions_.menu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.table.viewport().mapToGlobal(position))

    def _with_chosen(self, act: Callable[[str], object]) -> None:
        model = self.table.chosen_model()
        if model is not None:
            act(model.name)

    def _ask_export(self, form: Form) -> None:
        def ask(name: str) -> None:
            def export(path: str) -> None:
                self._remember_folder(path)
                self.orders.export(name, path, form.key)

            ask_export_file(name, form, self._store.value.last_folder, export, self)

        self._with_chosen(ask)

    def _ask_import(self) -> None:
        ask_import_file(self._store.value.last_folder, self.ask_import_name, self)

    def ask_import_name(self, path: str) -> None:
        """Ask what the model in a file shall be called, then import it."""
        self._remember_folder(path)
        dialog = ImportDialog(path, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.import_requested.connect(self.orders.take_in)
        dialog.open()

    def _rebuild(self, name: str) -> None:
        dialog = ReconstructionDialog(self._tasks, self._store, name, self._query, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.begin()

    def _ask_delete(self, name: str) -> None:
        ask_delete(name, partial(self.orders.delete, name), self)

    def _remember_folder(self, path: str) -> None:
        self._store.update(last_folder=str(Path(path).parent))
