"""What becomes of a new model: Adopt, Keep or Discard."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QWidget,
)

from cbmir_gui.gui.retrain.open_library import OpenLibrary
from cbmir_gui.gui.style import SMALL_SPACE_PX


class VerdictBar(QWidget):
    """One line of words and buttons at the foot of the outcome."""

    adopt_requested = Signal(str)
    """Name of the model that the open library should use."""
    keep_requested = Signal(str)
    discard_requested = Signal(str)
    """Name of the model to be deleted; the user has been asked."""
    close_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ""
        self._library = OpenLibrary()
        self._is_busy = False
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._discard = QPushButton(self.tr("&Discard …"), autoDefault=False)
        self._discard.setToolTip(self.tr("Delete the model"))
        self._discard.clicked.connect(self._ask_discard)
        self._keep = QPushButton(self.tr("&Keep"), autoDefault=False)
        self._keep.setToolTip(self.tr("Keep the model without using it now"))
        self._keep.clicked.connect(lambda: self.keep_requested.emit(self._model))
        self._adopt = QPushButton(self.tr("&Adopt"), default=True)
        self._adopt.clicked.connect(lambda: self.adopt_requested.emit(self._model))
        close = QPushButton(self.tr("Close"), autoDefault=False)
        close.clicked.connect(self.close_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE_PX)
        row.addWidget(self._text, 1)
        for button in (self._discard, self._keep, self._adopt, close):
            row.addWidget(button)

    def begin(self, model: str, library: OpenLibrary) -> None:
        """Ask what becomes of `model`."""
        self._model = model
        self._is_busy = False
        self.set_library(library)

    def set_library(self, library: OpenLibrary) -> None:
        """Offer to adopt the model for this library."""
        self._library = library
        self._renew()

    def show_adopting(self) -> None:
        """Show that the library is being prepared."""
        self._is_busy = True
        self._text.setText(
            self.tr(
                "“{library}” is being prepared; its former features serve until then. "
                "The main window shows how far it is."
            ).format(library=self._library.name)
        )
        self._enable(can_adopt=False)

    def show_settled(self, text: str) -> None:
        """Say what became of the model; another answer stays possible."""
        self._is_busy = False
        self._renew()
        self._text.setText(text)

    def text(self) -> str:
        """Return what is said."""
        return self._text.text()

    def _renew(self) -> None:
        if self._is_busy:
            return
        library = self._library
        can_adopt = bool(library.num_images) and not library.read_only
        is_used = library.model == self._model
        self._text.setText(self._question(library, is_used))
        self._enable(can_adopt=can_adopt and not is_used)

    def _question(self, library: OpenLibrary, is_used: bool) -> str:
        if is_used:
            return self.tr("“{library}” uses this model.").format(library=library.name)
        if not library.num_images:
            return self.tr("Open a library with images to adopt the model for it.")
        if library.read_only:
            return self.tr("“{library}” cannot be changed: it is read-only.").format(
                library=library.name
            )
        return self.tr("Should “{library}” be searched with this model?").format(
            library=library.name
        )

    def _enable(self, *, can_adopt: bool) -> None:
        self._adopt.setEnabled(can_adopt)
        self._keep.setEnabled(not self._is_busy)
        self._discard.setEnabled(not self._is_busy)

    def _ask_discard(self) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Discard the model"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(
            self.tr("Delete the model “{name}” for good?").format(name=self._model)
        )
        box.setInformativeText(self.tr("It cannot be brought back."))
        delete = box.addButton(
            self.tr("&Delete"), QMessageBox.ButtonRole.DestructiveRole
        )
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        delete.clicked.connect(lambda: self.discard_requested.emit(self._model))
        box.open()
