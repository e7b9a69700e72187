"""How to train: what network, from what start, how long, under what name."""

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRegularExpression, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from cbmir_gui.core.records import ModelInfo, TrainRequest

VGG16 = "vgg16"
AUTOENCODER = "autoencoder"
SCRATCH = "none"
IMAGENET = "imagenet"
_ASK_FILE = "ask"
_NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,79}"
_DEFAULT = TrainRequest("")


class OptionsPanel(QGroupBox):
    """Every option has a sound default, so that none needs to be touched."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Training"))
        self._models: tuple[ModelInfo, ...] = ()
        self._name_is_chosen = False
        self._stem = ""
        self._make_widgets()
        self._arrange()
        self._offer_starts()

    def set_models(self, models: Sequence[ModelInfo]) -> None:
        """Offer these models as a start; their names are taken."""
        self._models = tuple(models)
        self._offer_starts()
        self._propose_name()

    def set_data_path(self, path: str) -> None:
        """Propose a name that tells what was learned from."""
        self._stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(path).stem).strip("-")[:50]
        self._propose_name()

    def learns_classes(self) -> bool:
        """Return whether the network is a classifier."""
        return str(self._architecture.currentData()) == VGG16

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
            architecture=str(self._architecture.currentData()),
            name=self._name.text(),
            set_name=set_name,
            label=label,
            weights=str(self._start.currentData()),
            trainable=str(self._layers.currentData()),
            epochs=self._epochs.value(),
            patience=self._patience.value(),
            batch_size=self._batch.value(),
            seed=self._seed.value(),
            augment=self._augment.isChecked(),
        )

    def _make_widgets(self) -> None:
        self._architecture = QComboBox()
        self._architecture.addItem(self.tr("VGG16 (learns the classes)"), VGG16)
        self._architecture.addItem(
            self.tr("Autoencoder (learns the appearance)"), AUTOENCODER
        )
        self._architecture.currentIndexChanged.connect(self._architecture_chosen)
        self._start = QComboBox()
        self._start.activated.connect(self._start_chosen)
        self._start.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._start.setMinimumContentsLength(24)
        self._layers = QComboBox()
        self._layers.addItem(self.tr("Head only (minutes)"), "head")
        self._layers.addItem(self.tr("Head and last block"), "block5")
        self._layers.addItem(self.tr("All layers (hours)"), "all")
        self._layers.currentIndexChanged.connect(self._show_advice)
        self._epochs = _spin_box(1, 1000, _DEFAULT.epochs)
        self._epochs.setToolTip(self.tr("How often every image is seen, at most"))
        self._patience = _spin_box(1, 100, _DEFAULT.patience)
        self._patience.setToolTip(
            self.tr("Stop after so many epochs without improvement")
        )
        self._batch = _spin_box(2, 256, _DEFAULT.batch_size)
        self._batch.setToolTip(self.tr("Images per step; fewer need less memory"))
        self._seed = _spin_box(0, 2**31 - 1, _DEFAULT.seed)
        self._seed.setToolTip(self.tr("The same seed gives the same training"))
        self._augment = QCheckBox(self.tr("&Vary the images while learning"))
        self._augment.setChecked(_DEFAULT.augment)
        self._advice = QLabel(wordWrap=True)
        self._advice.setProperty("role", "muted")
        self._name = QLineEdit()
        self._name.setValidator(
            QRegularExpressionValidator(QRegularExpression(_NAME_PATTERN), self._name)
        )
        self._name.textEdited.connect(self._name_typed)

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow(self.tr("&Network:"), self._architecture)
        form.addRow(self.tr("Start f&rom:"), self._start)
        form.addRow(self.tr("La&yers that learn:"), self._layers)
        form.addRow(self.tr("&Epochs at most:"), self._epochs)
        form.addRow(self.tr("&Patience (epochs):"), self._patience)
        form.addRow(self.tr("&Batch (images):"), self._batch)
        form.addRow(self.tr("See&d:"), self._seed)
        form.addRow("", self._augment)
        form.addRow(self.tr("N&ame of the model:"), self._name)
        form.addRow(self._advice)

    def _offer_starts(self) -> None:
        """List what the network can start from; our own model first."""
        self._start.clear()
        if self.learns_classes():
            for model in self._models:
                if model.architecture == VGG16 and not model.problem:
                    self._start.addItem(model.name, model.folder)
            self._start.addItem(self.tr("Nothing (from scratch)"), SCRATCH)
            self._start.addItem(self.tr("ImageNet (may be downloaded)"), IMAGENET)
            self._start.addItem(self.tr("A weights file …"), _ASK_FILE)
        else:
            self._start.addItem(self.tr("Nothing (from scratch)"), SCRATCH)
        self._start.setCurrentIndex(0)
        self._choose_layers()

    def _choose_layers(self) -> None:
        """From scratch everything has to learn; else the head is a good beginning."""
        from_scratch = self._start.currentData() == SCRATCH
        wanted = "all" if from_scratch else "head"
        self._layers.setCurrentIndex(self._layers.findData(wanted))
        self._layers.setEnabled(not from_scratch)
        self._show_advice()

    def _show_advice(self) -> None:
        self._advice.setText(self._advice_text())

    def _advice_text(self) -> str:
        if not self.learns_classes():
            return self.tr(
                "Learns to redraw the images from 48 numbers; images with similar "
                "numbers look alike. Nothing is predicted."
            )
        if self._start.currentData() == SCRATCH:
            return self.tr(
                "Learns everything anew. Takes thousands of images and, without a "
                "graphics processor, hours."
            )
        if self._layers.currentData() == "head":
            return self.tr(
                "Keeps what the network sees and learns to tell the new classes "
                "apart. A good beginning from 20 images per class on."
            )
        return self.tr(
            "Also changes what the network sees. Better with some hundred images "
            "per class; takes longer."
        )

    def _architecture_chosen(self) -> None:
        self._offer_starts()
        self._propose_name()
        self.changed.emit()

    def _start_chosen(self) -> None:
        if self._start.currentData() == _ASK_FILE:
            self._ask_file()
        self._choose_layers()

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Weights"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter(self.tr("Weights (*.h5 *.hdf5)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._start_from_file)
        self._start.setCurrentIndex(0)
        dialog.open()

    def _start_from_file(self, path: str) -> None:
        with QSignalBlocker(self._start):
            self._start.insertItem(0, Path(path).name, path)
            self._start.setCurrentIndex(0)
        self._choose_layers()

    def _name_typed(self) -> None:
        self._name_is_chosen = bool(self._name.text())
        self.changed.emit()

    def _propose_name(self) -> None:
        if self._name_is_chosen:
            return
        base = "-".join(
            part for part in (str(self._architecture.currentData()), self._stem) if part
        )
        taken = {model.name for model in self._models}
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        self._name.setText(name)
        self.changed.emit()


def _spin_box(low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    return box
