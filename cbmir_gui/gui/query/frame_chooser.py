"""Chooses one frame of an image that has several."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

from cbmir_gui.gui.style import SMALL_SPACE_PX

_DELAY_MS = 250


class FrameChooser(QWidget):
    """A slider and a number; hidden while there is only one frame."""

    frame_chosen = Signal(int)
    """Frame, from 1, once the user has settled on it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setMinimum(1)
        self._slider.setAccessibleName(self.tr("Frame"))
        self._number = QSpinBox(minimum=1)
        self._number.setAccessibleName(self.tr("Frame"))
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        label = QLabel(self.tr("Fra&me"))
        label.setBuddy(self._number)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE_PX)
        row.addWidget(label)
        row.addWidget(self._slider, 1)
        row.addWidget(self._number)
        self._slider.valueChanged.connect(self._number.setValue)
        self._number.valueChanged.connect(self._slider.setValue)
        self._number.valueChanged.connect(self._timer.start)
        self._timer.timeout.connect(self._tell)
        self.hide()

    def set_frames(self, frame: int, num_frames: int) -> None:
        """Show `frame` of `num_frames` without telling."""
        for part in (self._slider, self._number):
            part.blockSignals(True)
            part.setMaximum(max(num_frames, 1))
            part.setValue(frame)
            part.blockSignals(False)
        # QSpinBox keeps its text until it repaints if its signals are blocked.
        self._number.setSuffix(f" / {num_frames}")
        self._timer.stop()
        self.setVisible(num_frames > 1)

    def frame(self) -> int:
        """Return the frame shown."""
        return self._number.value()

    def set_frame(self, frame: int) -> None:
        """Choose a frame as the user would."""
        self._number.setValue(frame)

    def _tell(self) -> None:
        self.frame_chosen.emit(self._number.value())
