"""The strip that names patients, and says that it does."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from cbmir_gui.core.patient_records import PatientData
from cbmir_gui.gui.icons import icon
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX

_ICON_PX = 20


class PatientBanner(QFrame):
    """Show whose the query and the selected image are, as long as it is wanted."""

    hide_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("severity", "warning")
        self.setAccessibleName(self.tr("Patient data"))
        self._title = QLabel(self.tr("Patient data are shown."))
        self._title.setProperty("role", "title")
        self._query = _plain_label()
        self._selected = _plain_label()
        picture = QLabel()
        color = self.palette().windowText().color()
        size = QSize(_ICON_PX, _ICON_PX)
        picture.setPixmap(icon("warning", color).pixmap(size, self.devicePixelRatioF()))
        hide = QPushButton(self.tr("&Hide"))
        hide.setToolTip(self.tr("Hide the patient data (Ctrl+Shift+P)"))
        hide.clicked.connect(self.hide_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_PX, SMALL_SPACE_PX, SMALL_SPACE_PX, SMALL_SPACE_PX)
        row.setSpacing(SPACE_PX)
        row.addWidget(picture)
        row.addWidget(self._title)
        row.addWidget(self._query, 1)
        row.addWidget(self._selected, 1)
        row.addWidget(hide)
        self.setVisible(False)

    def show_query(self, text: str) -> None:
        """Say whose the query is; an empty text takes it away."""
        query = self.tr("Query: {patient}")
        self._query.setText(query.format(patient=text) if text else "")

    def show_selected(self, text: str) -> None:
        """Say whose the selected image is; an empty text takes it away."""
        selected = self.tr("Selected: {patient}")
        self._selected.setText(selected.format(patient=text) if text else "")

    def set_texts(self, query: str, selected: str) -> None:
        """Put back what `texts` returned."""
        self._query.setText(query)
        self._selected.setText(selected)

    def texts(self) -> tuple[str, str]:
        """Return what is said of query and selected image."""
        return self._query.text(), self._selected.text()

    def patient_line(self, patient: PatientData) -> str:
        """Return name, number and birth date in one line."""
        born = self.tr("born {date}").format(date=patient.birth_date)
        parts = [patient.name, patient.patient_id, born if patient.birth_date else ""]
        line = " · ".join(part for part in parts if part)
        return line or self.tr("the file names no patient")


def _plain_label() -> QLabel:
    # What a file holds must not be able to pass for markup.
    return QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
