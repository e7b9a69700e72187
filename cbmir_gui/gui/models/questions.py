"""Questions before a model is exported, imported or deleted; none stops the window."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.gui.style import SPACE_PX

MODEL_SUFFIX = "cbmir"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a model to a file."""

    key: str
    text: str
    suffix: str

    def file_name(self, model: str) -> str:
        """Return the file name that is proposed."""
        return f"{model}.{self.suffix}"


def export_forms() -> tuple[Form, ...]:
    """Return the ways to export a model."""
    return (
        Form("cbmir", _tr("&Model for this program …"), MODEL_SUFFIX),
        Form("keras", _tr("&Keras file …"), "keras"),
        Form("onnx", _tr("&ONNX file …"), "onnx"),
        Form("card", _tr("&Card only …"), "json"),
    )


def ask_export_file(
    model: str, form: Form, folder: str, export: Callable[[str], None], parent: QWidget
) -> QFileDialog:
    """Ask where to write a model to."""
    dialog = QFileDialog(parent, _tr("Export model"), folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(form.suffix)
    dialog.setNameFilter(f"*.{form.suffix}")
    # A file that is there is never replaced, so there is nothing to ask about.
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.selectFile(form.file_name(model))
    dialog.fileSelected.connect(export)
    return _open(dialog)


def ask_import_file(
    folder: str, choose: Callable[[str], None], parent: QWidget
) -> QFileDialog:
    """Ask for the file of an exported model."""
    dialog = QFileDialog(parent, _tr("Import model"), folder)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    models = _tr("Exported models ({patterns})").format(
        patterns=f"*.{MODEL_SUFFIX} *.zip"
    )
    dialog.setNameFilters([models, _tr("All files (*)")])
    dialog.fileSelected.connect(choose)
    return _open(dialog)


def ask_delete(model: str, delete: Callable[[], None], parent: QWidget) -> QMessageBox:
    """Ask whether a model shall be deleted."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(_tr("Delete model"))
    box.setText(_tr("Delete the model '{name}'?").format(name=model))
    box.setInformativeText(
        _tr("Its weights are gone then. Export it first if it may be needed again.")
    )
    button = box.addButton(_tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton(_tr("&Keep"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    button.clicked.connect(lambda: delete())
    box.finished.connect(box.deleteLater)
    box.open()
    return box


class ImportDialog(QDialog):
    """Ask what an imported model shall be called."""

    import_requested = Signal(str, str)
    """File, and name or ""."""

    def __init__(self, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.setWindowTitle(self.tr("Import model"))
        self.setMinimumWidth(420)
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("as its card says"))
        file = QLabel(Path(path).name)
        note = QLabel(
            self.tr(
                "Everything in the file is checked first. Nothing in it can run "
                "as a program."
            ),
            wordWrap=True,
        )
        note.setProperty("role", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        accept = buttons.addButton(
            self.tr("&Import"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        accept.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(self.tr("File"), file)
        form.addRow(self.tr("&Name"), self.name)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(buttons)
        self.accepted.connect(self._tell)

    def _tell(self) -> None:
        self.import_requested.emit(self._path, self.name.text().strip())


def _open(dialog: QFileDialog) -> QFileDialog:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelQuestions", text)
