"""Small questions about a library: name and features of a new one, another model."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.style import SPACE_PX

_FORBIDDEN = set('/\\:*?"<>|')


def feature_choices(
    models: Iterable[ModelInfo],
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield text, and model and layer, of all models that can be used."""
    for model in models:
        if not model.problem:
            for layer in model.layers:
                yield f"{model.name} · {layer}", (model.name, layer)


class NewLibraryDialog(QDialog):
    """Ask for name, place and features of a new library."""

    create_requested = Signal(str, str, str, str)
    """Folder, name, model and layer; the last two empty for the program's default."""

    def __init__(self, place: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("New library"))
        self.setMinimumWidth(460)
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("for example: chest-ct"))
        self.place = QLineEdit(str(place))
        self.features = QComboBox()
        self.features.addItem(self.tr("Program's default"), ("", ""))
        self._problem = QLabel(wordWrap=True)
        self._problem.setProperty("role", "muted")
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._create = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._create.setText(self.tr("Create"))
        self._arrange()
        self.name.textChanged.connect(self._check)
        self.place.textChanged.connect(self._check)
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        self._check()

    def set_models(self, models: Iterable[ModelInfo]) -> None:
        """Offer the layers of the models that can be used."""
        for text, features in feature_choices(models):
            self.features.addItem(text, features)

    def problem(self) -> str:
        """Return why the library cannot be made; empty if it can."""
        name = self.name.text().strip()
        if not name:
            return self.tr("Give the library a name.")
        if name.startswith(".") or _FORBIDDEN & set(name):
            return self.tr('A name has no / \\ : * ? " < > | and no dot in front.')
        if not Path(self.place.text()).is_absolute():
            return self.tr("Choose a folder for the library.")
        if self._folder().exists():
            return self.tr("There is already something of this name.")
        return ""

    def _arrange(self) -> None:
        choose = QPushButton(self.tr("C&hoose …"))
        choose.clicked.connect(self._choose_place)
        place_row = QHBoxLayout()
        place_row.addWidget(self.place, 1)
        place_row.addWidget(choose)
        form = QFormLayout()
        form.addRow(self.tr("&Name"), self.name)
        form.addRow(self.tr("&Folder"), place_row)
        form.addRow(self.tr("F&eatures"), self.features)
        form.labelForField(place_row).setBuddy(self.place)  # type: ignore[attr-defined]
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(form)
        column.addWidget(self._problem)
        column.addWidget(self._buttons)

    def _folder(self) -> Path:
        return Path(self.place.text()) / self.name.text().strip()

    def _choose_place(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for the library"), self.place.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.place.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _check(self) -> None:
        problem = self.problem()
        self._create.setEnabled(not problem)
        self._problem.setText(problem or str(self._folder()))

    def _accept(self) -> None:
        if self.problem():
            return
        model, layer = self.features.currentData()
        name = self.name.text().strip()
        self.create_requested.emit(str(self._folder()), name, model, layer)
        self.accept()


class FeaturesDialog(QDialog):
    """Ask for the model and layer that a library should be extracted with."""

    extract_requested = Signal(str, str)
    """Model and layer."""

    def __init__(self, num_images: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Another model"))
        self.choice = QComboBox()
        self.choice.setMinimumWidth(320)
        text = counted(
            num_images,
            self.tr(
                "The image is read again, so that it can be searched with this model "
                "too. Searches go on meanwhile."
            ),
            self.tr(
                "All {n} images are read again, so that they can be searched "
                "with this model too. Searches go on meanwhile."
            ),
        )
        note = QLabel(text, wordWrap=True)
        note.setProperty("role", "muted")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._extract = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._extract.setText(self.tr("Extract"))
        self._extract.setEnabled(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(self._tell)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self.choice)
        column.addWidget(note)
        column.addWidget(buttons)

    def set_models(self, models: Iterable[ModelInfo]) -> None:
        """Offer the layers of the models that can be used."""
        for text, features in feature_choices(models):
            self.choice.addItem(text, features)
        self._extract.setEnabled(self.choice.count() > 0)

    def _tell(self) -> None:
        self.extract_requested.emit(*self.choice.currentData())
