"""What can be done with the chosen model, with its words, keys, and why not."""

from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from cbmir_gui.core.records import LibraryInfo, ModelInfo
from cbmir_gui.engine.operation_answers import Adoption
from cbmir_gui.gui.models.questions import Form, export_forms

_REBUILDING = "autoencoder"


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides what can be done."""

    model: ModelInfo | None = None
    library: LibraryInfo | None = None
    adoption: Adoption = field(default_factory=lambda: Adoption(None, None))
    is_busy: bool = False


class ModelActions(QObject):
    """Hold the actions and enable what the situation allows; tooltips say why not."""

    layer_chosen = Signal(str)
    """Make the model the default, with this layer; empty: its own default."""
    export_chosen = Signal(object)
    """`Form`."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.set_default = self._make(self.tr("Set as &default"), "")
        self.set_default.triggered.connect(lambda: self.layer_chosen.emit(""))
        self.roll_back = self._make(self.tr("&Roll back"), "")
        self.take_in = self._make(self.tr("&Import …"), "Ctrl+I")
        self.rebuild = self._make(self.tr("Re&build an image …"), "Ctrl+B")
        self.verify = self._make(self.tr("&Verify"), "")
        self.delete = self._make(self.tr("De&lete …"), "Del")
        self.refresh = self._make(self.tr("Re&fresh"), "F5")
        self.layers = QMenu(self.tr("Set as default with &layer"), window)
        self.exports = QMenu(self.tr("&Export"), window)
        for form in export_forms():
            self._add_form(form)

    def menu(self, parent: QWidget) -> QMenu:
        """Return a new menu of what can be done with the chosen model."""
        menu = QMenu(parent)
        menu.addAction(self.set_default)
        menu.addMenu(self.layers)
        menu.addAction(self.roll_back)
        menu.addSeparator()
        menu.addMenu(self.exports)
        menu.addAction(self.rebuild)
        menu.addAction(self.verify)
        menu.addSeparator()
        menu.addAction(self.delete)
        return menu

    def renew(self, situation: Situation) -> None:
        """Enable what can be done, and say of the rest why not."""
        model, is_busy = situation.model, situation.is_busy
        reason = self._why_not_default(situation)
        already = ""
        if _is_default(situation, model.default_layer if model else ""):
            already = self.tr("The library uses this model already.")
        self._allow(
            self.set_default,
            reason or already,
            self.tr("Search the open library with this model from now on"),
        )
        self.layers.setEnabled(not reason)
        self._fill_layers(situation)
        self._allow(self.roll_back, *self._rolling_back(situation))
        no_model = "" if model else self.tr("Choose a model first.")
        damaged = model.problem if model else no_model
        busy = self.tr("Wait until the present order is done.") if is_busy else ""
        self._allow(
            self.verify,
            busy or no_model,
            self.tr("Compare the weights with what the card says of them"),
        )
        self._allow(
            self.rebuild,
            no_model or self._why_not_rebuild(model),
            self.tr("See what the autoencoder keeps of an image"),
        )
        default = situation.adoption.default
        needed = ""
        if model and default and default.model == model.name:
            needed = self.tr("The open library is searched with this model.")
        self._allow(
            self.delete,
            busy or no_model or needed,
            self.tr("Delete the model's files"),
        )
        self.exports.setEnabled(not (busy or no_model or damaged))
        self._allow(
            self.take_in,
            busy,
            self.tr("Take in a model that was exported elsewhere"),
        )

    def _why_not_default(self, situation: Situation) -> str:
        model, library = situation.model, situation.library
        if situation.is_busy:
            return self.tr("Wait until the present order is done.")
        if model is None:
            return self.tr("Choose a model first.")
        if model.problem:
            return self.tr("This model cannot be used.")
        if library is None:
            return self.tr("No library is open.")
        if library.read_only:
            return self.tr("The open library can only be read.")
        return ""

    def _why_not_rebuild(self, model: ModelInfo | None) -> str:
        if model is None or model.architecture != _REBUILDING:
            return self.tr("Only autoencoders rebuild images.")
        return self.tr("This model cannot be used.") if model.problem else ""

    def _rolling_back(self, situation: Situation) -> tuple[str, str]:
        """Return why not, and what it would do."""
        previous = situation.adoption.previous
        if situation.is_busy:
            return self.tr("Wait until the present order is done."), ""
        if previous is None:
            return self.tr("The open library has no former model to go back to."), ""
        text = self.tr("Search the open library with {model} · {layer} again")
        return "", text.format(model=previous.model, layer=previous.layer)

    def _fill_layers(self, situation: Situation) -> None:
        self.layers.clear()
        for layer in situation.model.layers if situation.model else ():
            action = self.layers.addAction(layer.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(_is_default(situation, layer))
            action.triggered.connect(
                lambda _checked=False, name=layer: self.layer_chosen.emit(name)
            )

    def _add_form(self, form: Form) -> None:
        action = self.exports.addAction(form.text)
        action.triggered.connect(lambda: self.export_chosen.emit(form))

    def _allow(self, action: QAction, reason: str, tip: str) -> None:
        action.setEnabled(not reason)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        text = reason or tip
        action.setToolTip(f"{text} ({keys})" if keys and not reason else text)
        action.setStatusTip(text)

    def _make(self, text: str, key: str) -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(key))
        self._window.addAction(action)
        return action


def _is_default(situation: Situation, layer: str) -> bool:
    """Return whether the library uses this layer of the model."""
    default, model = situation.adoption.default, situation.model
    if default is None or model is None:
        return False
    return (default.model, default.layer) == (model.name, layer)
