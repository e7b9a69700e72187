"""How to train: what network, from what start, how long, under what name."""

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRegularExpression, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import ModelInfo, TrainRequest
from cbmir_gui.gui.retrain.advanced_options import AdvancedOptions
from cbmir_gui.gui.retrain.architectures import (
    ALL,
    HEAD,
    LAST_BLOCK,
    SCRATCH,
    Architecture,
    advice,
    architectures,
)
from cbmir_gui.gui.retrain.folded import Folded
from cbmir_gui.gui.retrain.start_choice import StartChoice
from cbmir_gui.gui.style import SPACE_PX

_NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,79}"


class OptionsPanel(QGroupBox):
    """Every option has a sound default, so that none needs to be touched."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Training"))
        self._architectures = {each.key: each for each in architectures()}
        self._models: tuple[ModelInfo, ...] = ()
        self._active_model = ""
        self._name_is_chosen = False
        self._stem = ""
        self.start = StartChoice()
        self.advanced = AdvancedOptions()
        self._make_widgets()
        self._arrange()
        self._offer_starts()

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer these models as a start; their names are taken.

        The same models again change nothing of what was chosen.
        """
        if tuple(models) == self._models:
            return
        self._models = tuple(models)
        self._offer_starts()
        self._propose_name()

    def set_active_model(self, name: str) -> None:
        """Start from this model, unless the user says otherwise."""
        if name != self._active_model:
            self._active_model = name
            self._offer_starts()

    def set_data_path(self, path: str) -> None:
        """Propose a name that tells what was learned from."""
        self._stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(path).stem).strip("-")[:50]
        self._propose_name()

    def architecture(self) -> Architecture:
        """Return the chosen network."""
        return self._architectures[str(self._network.currentData())]

    def choose_architecture(self, name: str, variant: str = "default") -> None:
        """Choose a network."""
        self._network.setCurrentIndex(self._network.findData(f"{name}/{variant}"))

    def learns_classes(self) -> bool:
        """Return whether the network is a classifier."""
        return self.architecture().learns_classes

    def name_problem(self) -> str:
        """Return why the name cannot be used; "" if it can."""
        name = self._name.text()
        if not name:
            return self.tr("Give the new model a name.")
        if name in {model.name for model in self._models}:
            return self.tr(
                "There is already a model “{name}”. Choose another name."
            ).format(name=name)
        return ""

    def request(self, data: str, set_name: str, label: str) -> TrainRequest:
        """Return the training that is asked for."""
        return TrainRequest(
            data=data,
            architecture=self.architecture().name,
            variant=self.architecture().variant,
            name=self._name.text(),
            set_name=set_name,
            label=label,
            weights=self.start.start(),
            trainable=str(self._layers.currentData()),
            epochs=self.advanced.epochs.value(),
            patience=self.advanced.patience.value(),
            batch_size=self.advanced.batch.value(),
            seed=self.advanced.seed.value(),
            augment=self.advanced.augment.isChecked(),
            recipe=str(self.advanced.recipe.currentData()),
        )

    def _make_widgets(self) -> None:
        self._network = QComboBox()
        for architecture in self._architectures.values():
            self._network.addItem(architecture.title, architecture.key)
        self._network.currentIndexChanged.connect(self._architecture_chosen)
        self.start.chosen.connect(self._offer_layers)
        self._layers = QComboBox()
        self._layers.currentIndexChanged.connect(self._show_advice)
        self.advanced.recipe.currentIndexChanged.connect(self._recipe_chosen)
        self._advice = QLabel(wordWrap=True)
        self._advice.setProperty("role", "muted")
        self._name = QLineEdit()
        self._name.setValidator(
            QRegularExpressionValidator(QRegularExpression(_NAME_PATTERN), self._name)
        )
        self._name.textEdited.connect(self._name_typed)

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow(self.tr("&Network:"), self._network)
        form.addRow(self.tr("Start f&rom:"), self.start)
        form.addRow(self.tr("La&yers that learn:"), self._layers)
        form.addRow(self.tr("N&ame of the model:"), self._name)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(form)
        column.addWidget(self._advice)
        column.addWidget(Folded(self.tr("More options"), self.advanced))
        column.addStretch()

    def _offer_starts(self) -> None:
        architecture = self.architecture()
        is_published = self.advanced.is_published()
        self.start.offer(
            architecture,
            self._models,
            self._active_model,
            only_scratch=is_published and architecture.published_from_scratch,
        )

    def _offer_layers(self) -> None:
        """From scratch everything has to learn; else the head is a good beginning."""
        titles = {
            HEAD: self.tr("Head only (minutes)"),
            LAST_BLOCK: self.tr("Head and last block"),
            ALL: self.tr("All layers (hours)"),
        }
        from_scratch = self.start.start() == SCRATCH
        names = (ALL,) if from_scratch else self.architecture().layers
        with QSignalBlocker(self._layers):
            self._layers.clear()
            for name in names:
                self._layers.addItem(titles[name], name)
        self._layers.setEnabled(len(names) > 1)
        self._show_advice()

    def _show_advice(self) -> None:
        layers = str(self._layers.currentData())
        text = advice(self.architecture(), self.start.start(), layers)
        self._advice.setText(text)

    def _architecture_chosen(self) -> None:
        self._offer_starts()
        self.advanced.use_recipe_of(self.architecture())
        self._propose_name()
        self.changed.emit()

    def _recipe_chosen(self) -> None:
        self.advanced.use_recipe_of(self.architecture())
        self._offer_starts()

    def _name_typed(self) -> None:
        self._name_is_chosen = bool(self._name.text())
        self.changed.emit()

    def _propose_name(self) -> None:
        if self._name_is_chosen:
            return
        base = "-".join(part for part in (self.architecture().stem, self._stem) if part)
        taken = {model.name for model in self._models}
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        self._name.setText(name)
        self.changed.emit()
