"""How to train, for those who want to say more than the defaults do."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QSpinBox, QWidget

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.gui.retrain.architectures import OURS, PUBLISHED, Architecture

_DEFAULT = TrainRequest("")


class AdvancedOptions(QWidget):
    """Recipe, epochs, patience, batch, seed and augmentation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipe = QComboBox()
        self.recipe.addItem(self.tr("ours (learns faster)"), OURS)
        self.recipe.addItem(self.tr("as published"), PUBLISHED)
        self.recipe.setToolTip(
            self.tr("Optimizer, rates and losses: ours, or as in the publication")
        )
        self.epochs = _spin_box(1, 1000, _DEFAULT.epochs)
        self.epochs.setToolTip(self.tr("How often every image is seen, at most"))
        self.patience = _spin_box(1, 100, _DEFAULT.patience)
        self.patience.setToolTip(
            self.tr("Stop after so many epochs without improvement")
        )
        self.batch = _spin_box(2, 256, _DEFAULT.batch_size)
        self.batch.setToolTip(self.tr("Images per step; fewer need less memory"))
        self.seed = _spin_box(0, 2**31 - 1, _DEFAULT.seed)
        self.seed.setToolTip(self.tr("The same seed gives the same training"))
        self.augment = QCheckBox(self.tr("&Vary the images while learning"))
        self.augment.setChecked(_DEFAULT.augment)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow(self.tr("Rec&ipe:"), self.recipe)
        form.addRow(self.tr("&Epochs at most:"), self.epochs)
        form.addRow(self.tr("&Patience (epochs):"), self.patience)
        form.addRow(self.tr("Batc&h (images):"), self.batch)
        form.addRow(self.tr("See&d:"), self.seed)
        form.addRow("", self.augment)

    def is_published(self) -> bool:
        """Return whether the published recipe is chosen."""
        return bool(self.recipe.currentData() == PUBLISHED)

    def use_recipe_of(self, architecture: Architecture) -> None:
        """Set the epochs to what the chosen recipe takes by default."""
        is_published = self.is_published()
        self.epochs.setValue(
            architecture.published_epochs if is_published else _DEFAULT.epochs
        )


def _spin_box(low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    return box
