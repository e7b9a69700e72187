"""Chooses how the gray values of a DICOM image are shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from cbmir_gui.core.records import GrayChoice, ImageInfo
from cbmir_gui.gui.query.session import AS_STORED
from cbmir_gui.gui.style import SMALL_SPACE_PX

FULL_RANGE = "minmax"


class WindowChooser(QWidget):
    """The file's own windows and tables, the full range, or for CT a usual window."""

    window_chosen = Signal(str)
    """first, minmax, voi:N or CENTER,WIDTH: what the decoder understands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = QComboBox()
        # A file's long explanation must not widen the panel.
        self._choice.setMinimumContentsLength(12)
        self._choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
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
        self.setFocusProxy(self._choice)
        self._choice.activated.connect(self._tell)
        self.hide()

    def set_info(self, info: ImageInfo | None) -> None:
        """Offer what suits the image; hidden for anything but gray values of DICOM.

        What is chosen stays chosen, unless `info` is None: frames of one file may name
        other windows.
        """
        offered = self._offered(info)
        if offered != self._rows():
            chosen = self._choice.currentData() if info is not None else AS_STORED
            self._choice.clear()
            for text, window in offered:
                self._choice.addItem(text, window)
            self._choice.setCurrentIndex(max(0, self._choice.findData(chosen)))
        if info is None:
            self._choice.setCurrentIndex(0)
        is_dicom = info is not None and info.file_format.upper() == "DICOM"
        self.setVisible(info is not None and is_dicom and not info.display.is_color)

    def _offered(self, info: ImageInfo | None) -> list[tuple[str, str]]:
        """Return text and value of each choice."""
        choices = info.display.gray_choices if info is not None else ()
        offered = [(self._usual(choices), AS_STORED)]
        offered += [
            (self._description(choice, number), f"voi:{number}")
            for number, choice in enumerate(choices[1:], 2)
            if choice not in choices[: number - 1]  # some devices write each twice
        ]
        offered.append((self.tr("Full range"), FULL_RANGE))
        if info is not None and info.modality == "CT":
            offered += [
                (self.tr("Brain (40, 80)"), "40,80"),
                (self.tr("Lung (-600, 1500)"), "-600,1500"),
                (self.tr("Abdomen (60, 400)"), "60,400"),
                (self.tr("Bone (500, 2000)"), "500,2000"),
            ]
        return offered

    def _rows(self) -> list[tuple[str, str]]:
        choice = self._choice
        return [
            (choice.itemText(row), str(choice.itemData(row)))
            for row in range(choice.count())
        ]

    def choose(self, window: str) -> None:
        """Choose as the user would."""
        self._choice.setCurrentIndex(self._choice.findData(window))
        self._tell()

    def choices(self) -> list[str]:
        """Return the texts of what is offered."""
        return [text for text, _ in self._rows()]

    def chosen(self) -> str:
        """Return what is chosen, as `window_chosen` would tell it."""
        return str(self._choice.currentData())

    def _usual(self, choices: tuple[GrayChoice, ...]) -> str:
        # Short: this is what stands in the narrow panel.
        first = choices[0] if choices else GrayChoice("")
        if first.explanation:
            return self.tr("Usual: {window}").format(window=first.explanation)
        if first.is_table or len(set(choices)) < 2:
            return self.tr("Usual")
        return self.tr("Usual ({center:g}, {width:g})").format(
            center=first.center, width=first.width
        )

    def _description(self, choice: GrayChoice, number: int) -> str:
        if choice.is_table:
            unnamed = self.tr("Table {number}").format(number=number)
            return choice.explanation or unnamed
        name = choice.explanation or self.tr("Window {number}").format(number=number)
        return f"{name} ({choice.center:g}, {choice.width:g})"

    def _tell(self) -> None:
        self.window_chosen.emit(self.chosen())
