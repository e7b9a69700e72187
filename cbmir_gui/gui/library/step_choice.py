"""How much is taken of a series: each file once, all frames, or every n-th image."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from cbmir_gui.core.contents import FILE_ONCE
from cbmir_gui.gui.style import SMALL_SPACE_PX

ONCE, ALL, NTH = range(3)
_MAX_STEP = 10_000
_FIRST_STEP = 5


class StepChoice(QWidget):
    """Choose what is taken; says which series it is about."""

    step_chosen = Signal(int)
    """n of "every n-th", 1 for all, or `FILE_ONCE`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.about = QLabel()
        self.choice = QComboBox()
        self.choice.addItems(
            [
                self.tr("each file once"),
                self.tr("every image"),
                self.tr("every n-th image"),
            ]
        )
        self.choice.setToolTip(
            self.tr(
                "Each file once: of a file with several frames the middle one.\n"
                "Every image: all slices and all frames.\n"
                "Every n-th image: in the order in which they lie in space."
            )
        )
        self.choice.setPlaceholderText(self.tr("different"))
        self.step = QSpinBox(minimum=2, maximum=_MAX_STEP, value=_FIRST_STEP)
        self.step.setAccessibleName(self.tr("n of every n-th"))
        self.step.setPrefix(self.tr("n = "))
        self.about.setBuddy(self.choice)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE_PX)
        row.addWidget(self.about)
        row.addWidget(self.choice)
        row.addWidget(self.step)
        row.addStretch()
        self.choice.activated.connect(self._tell)
        self.step.valueChanged.connect(self._tell)
        self.show_steps((), 0)

    def show_steps(self, steps: Iterable[int], num_selected: int) -> None:
        """Show what is taken of the series in question.

        Parameters
        ----------
        num_selected
            Series that are selected; 0: all series are meant.
        """
        text = self.tr("&Take of all series:")
        if num_selected:
            text = self.tr("&Take of the selected series ({n}):")
        self.about.setText(text.format(n=num_selected))
        found = set(steps)
        step = found.pop() if len(found) == 1 else None
        kinds = {None: -1, 1: ALL, FILE_ONCE: ONCE}
        self.choice.setCurrentIndex(kinds.get(step, NTH))
        if step is not None and step > 1:
            self.step.blockSignals(True)
            self.step.setValue(step)
            self.step.blockSignals(False)
        self.step.setVisible(self.choice.currentIndex() == NTH)

    def _tell(self) -> None:
        kind = self.choice.currentIndex()
        self.step.setVisible(kind == NTH)
        if kind >= 0:
            steps = {ALL: 1, NTH: self.step.value(), ONCE: FILE_ONCE}
            self.step_chosen.emit(steps[kind])
