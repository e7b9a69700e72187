"""Size and place of the window and its parts, from one start to the next."""

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter, QWidget

from cbmir_gui.core.settings import Settings


def restore_shape(window: QWidget, splitter: QSplitter, settings: Settings) -> None:
    """Bring back what the settings remember; the rest stays as it is."""
    geometry = QByteArray.fromBase64(settings.window_geometry.encode())
    if not geometry.isEmpty():
        window.restoreGeometry(geometry)
    state = QByteArray.fromBase64(settings.window_state.encode())
    if not state.isEmpty():
        splitter.restoreState(state)


def shape_of(window: QWidget, splitter: QSplitter) -> dict[str, str]:
    """Return the fields of the settings that remember it."""
    return {
        "window_geometry": window.saveGeometry().toBase64().toStdString(),
        "window_state": splitter.saveState().toBase64().toStdString(),
    }
