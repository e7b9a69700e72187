"""A part of a page that is folded away until it is wanted."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from cbmir_gui.gui.style import SMALL_SPACE_PX


class Folded(QWidget):
    """A heading with an arrow; pressing it shows or hides `content`."""

    def __init__(
        self, title: str, content: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._content = content
        self._heading = QToolButton(autoRaise=True)
        self._heading.setCheckable(True)
        self._heading.setText(title)
        self._heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._heading.toggled.connect(self.unfold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self._heading)
        column.addWidget(content)
        self.unfold(is_unfolded=False)

    def is_unfolded(self) -> bool:
        """Return whether the content is shown."""
        return self._heading.isChecked()

    def unfold(self, is_unfolded: bool = True) -> None:
        """Show or hide the content."""
        self._heading.setChecked(is_unfolded)
        self._heading.setArrowType(
            Qt.ArrowType.DownArrow if is_unfolded else Qt.ArrowType.RightArrow
        )
        self._content.setVisible(is_unfolded)
