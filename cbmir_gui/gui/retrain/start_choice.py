"""What the network starts from: a model, ImageNet, a file, or nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.gui.retrain.architectures import IMAGENET, SCRATCH, Architecture

_ASK_FILE = "ask"


class StartChoice(QComboBox):
    """Offer what fits an architecture; the model in use comes first."""

    chosen = Signal()
    """Another start, by the user or because what fits has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.setMinimumContentsLength(24)
        self.activated.connect(self._use_choice)

    def start(self) -> str:
        """Return none, imagenet, or the folder or file of weights."""
        return str(self.currentData() or SCRATCH)

    def offer(
        self,
        architecture: Architecture,
        models: Sequence[ModelInfo],
        active_model: str,
        *,
        only_scratch: bool = False,
    ) -> None:
        """Offer other starts; the best one is chosen."""
        with QSignalBlocker(self):
            self.clear()
            if not only_scratch:
                self._add_models(architecture, models, active_model)
            self.addItem(self.tr("Nothing (from scratch)"), SCRATCH)
            if architecture.starts_from_files and not only_scratch:
                self.addItem(self.tr("ImageNet (may be downloaded)"), IMAGENET)
                self.addItem(self.tr("A weights file …"), _ASK_FILE)
            self.setCurrentIndex(0)
        self.setEnabled(self.count() > 1)
        self.chosen.emit()

    def _add_models(
        self, architecture: Architecture, models: Sequence[ModelInfo], active: str
    ) -> None:
        fitting = [
            model
            for model in models
            if model.architecture == architecture.name and not model.problem
        ]
        for model in sorted(fitting, key=lambda model: model.name != active):
            is_active = model.name == active
            text = self.tr("{name} (in use)") if is_active else "{name}"
            self.addItem(text.format(name=model.name), model.folder)

    def _use_choice(self) -> None:
        if self.currentData() == _ASK_FILE:
            self._ask_file()
        self.chosen.emit()

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Weights"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter(self.tr("Weights (*.h5 *.hdf5)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.use_file)
        self.setCurrentIndex(0)
        dialog.open()

    def use_file(self, path: str) -> None:
        """Start from a file of weights."""
        with QSignalBlocker(self):
            self.insertItem(0, Path(path).name, path)
            self.setCurrentIndex(0)
        self.chosen.emit()
