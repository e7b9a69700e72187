"""Line icons in the colour of the text, sharp at every scale."""

import sys
from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from cbmir_gui.core.paths import checkout

_SIZES_PX = (16, 20, 24, 32, 40, 48)


@cache
def assets_folder() -> Path:
    """Return the folder of the icons: the checkout's, or the installed one."""
    root = checkout()
    return root / "assets" if root else Path(sys.prefix) / "share" / "cbmir" / "assets"


def render(name: str, size_px: int, color: QColor) -> QPixmap:
    """Draw the icon `name` as a square of `size_px` device pixels."""
    pixmap = QPixmap(size_px, size_px)
    pixmap.fill(Qt.GlobalColor.transparent)
    path = assets_folder() / "icons" / f"{name}.svg"
    if not path.is_file():
        return pixmap
    drawing = path.read_text(encoding="utf-8").replace("currentColor", color.name())
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing.encode())).render(
        painter, QRectF(0, 0, size_px, size_px)
    )
    painter.end()
    return pixmap


def icon(name: str, color: QColor) -> QIcon:
    """Return the icon `name` in `color`, for buttons and menus."""
    result = QIcon()
    for size_px in _SIZES_PX:
        result.addPixmap(render(name, size_px, color))
    return result


def app_icon() -> QIcon:
    """Return the icon of the program."""
    return QIcon(str(assets_folder() / "cbmir.svg"))
