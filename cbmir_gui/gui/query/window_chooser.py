"""Chooses how the gray values of a DICOM image are shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from cbmir_gui.core.records import ImageInfo
from cbmir_gui.gui.query.session import AS_STORED
from cbmir_gui.gui.style import SMALL_SPACE_PX

FULL_RANGE = "minmax"


class WindowChooser(QWidget):
    """The file's own window, the full range, or for CT a usual window."""

    window_chosen = Signal(str)
    """first, minmax or CENTER,WIDTH: what the decoder understands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = QComboBox()
        self._choice.setToolTip(
            self.tr("Changes only what you see here; the search uses the file's window")
        )
        label = QLabel(self.tr("&Gray values"))
        label.setBuddy(self._choice)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE_PX)
        row.addWidget(label)
        row.addWidget(self._choice, 1)
        self._choice.activated.connect(self._tell)
        self.hide()

    def set_info(self, info: ImageInfo | None) -> None:
        """Offer what suits the image; hidden for anything but DICOM."""
        is_dicom = info is not None and info.file_format.upper() == "DICOM"
        self._choice.clear()
        self._choice.addItem(self.tr("Usual"), AS_STORED)
        self._choice.addItem(self.tr("Full range"), FULL_RANGE)
        if info is not None and info.modality == "CT":
            self._choice.addItem(self.tr("Brain (40, 80)"), "40,80")
            self._choice.addItem(self.tr("Lung (-600, 1500)"), "-600,1500")
            self._choice.addItem(self.tr("Abdomen (60, 400)"), "60,400")
            self._choice.addItem(self.tr("Bone (500, 2000)"), "500,2000")
        self.setVisible(is_dicom)

    def choose(self, window: str) -> None:
        """Choose as the user would."""
        self._choice.setCurrentIndex(self._choice.findData(window))
        self._tell()

    def _tell(self) -> None:
        self.window_chosen.emit(str(self._choice.currentData()))
