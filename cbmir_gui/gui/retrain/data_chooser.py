"""Choose a folder of class folders, a manifest or a library of labelled images."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.gui.counted import classes_text, images_text
from cbmir_gui.gui.style import SMALL_SPACE_PX

_TYPING_PAUSE_MS = 400


class DataChooser(QWidget):
    """A path that can be typed, browsed for, or picked among the known libraries."""

    typed = Signal()
    """The path is being changed: what was known of it is void."""
    chosen = Signal()
    """The path is complete."""

    def __init__(self, last_folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._last_folder = last_folder
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.chosen)
        self._path = QLineEdit(clearButtonEnabled=True)
        self._path.setPlaceholderText(
            self.tr("Drop a folder, a manifest or a library here")
        )
        self._path.setAccessibleName(self.tr("Folder, manifest or library"))
        self._path.textEdited.connect(self._edit)
        self._libraries = QMenu(self)
        self._arrange()
        self.set_libraries(())

    def path(self) -> str:
        """Return the chosen folder or file, absolute; "" for none."""
        text = self._path.text().strip()
        return str(Path(text).expanduser().absolute()) if text else ""

    def set_path(self, path: str) -> None:
        """Choose a folder or file."""
        self._path.setText(path)
        self._pause.stop()
        self.chosen.emit()

    def is_manifest(self) -> bool:
        """Return whether the path is one of a manifest."""
        return Path(self.path()).suffix.lower() == ".csv"

    def set_libraries(self, libraries: Sequence[LibraryInfo]) -> None:
        """Offer the libraries whose images have classes."""
        self._libraries.clear()
        for info in libraries:
            num_classes = len([name for name in info.classes if name])
            if num_classes:
                text = self.tr("{name} ({images}, {classes})").format(
                    name=info.name.replace("&", "&&"),
                    images=images_text(info.num_images),
                    classes=classes_text(num_classes),
                )
                action = self._libraries.addAction(text)
                action.setData(info.folder)
        if self._libraries.isEmpty():
            self._libraries.addAction(self.tr("No library has classes")).setEnabled(
                False
            )
        self._libraries.addSeparator()
        self._libraries.addAction(self.tr("Another library …")).setData("")

    def library_menu(self) -> QMenu:
        """Return the menu of the known libraries."""
        return self._libraries

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACE_PX)
        folder = QPushButton(self.tr("&Folder …"), autoDefault=False)
        folder.setToolTip(self.tr("A folder that holds one folder per class"))
        folder.clicked.connect(
            lambda: self._ask_folder(self.tr("Folder of class folders"))
        )
        manifest = QPushButton(self.tr("&Manifest …"), autoDefault=False)
        manifest.setToolTip(self.tr("A CSV file with the columns file and class"))
        manifest.clicked.connect(self._ask_manifest)
        library = QPushButton(self.tr("&Library"), autoDefault=False)
        library.setToolTip(self.tr("The images of a library that have a class"))
        library.setMenu(self._libraries)
        self._libraries.triggered.connect(
            lambda action: self._pick_library(str(action.data() or ""))
        )
        row.addWidget(self._path, 1)
        for button in (folder, manifest, library):
            row.addWidget(button)

    def _pick_library(self, folder: str) -> None:
        if folder:
            self.set_path(folder)
        else:
            self._ask_folder(self.tr("Folder of a library"))

    def _edit(self) -> None:
        self.typed.emit()
        self._pause.start()

    def _ask_folder(self, title: str) -> None:
        dialog = self._file_dialog(title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.open()

    def _ask_manifest(self) -> None:
        dialog = self._file_dialog(self.tr("Manifest"))
        dialog.setNameFilter(self.tr("Manifests (*.csv)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.open()

    def _file_dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        start = Path(self.path() or self._last_folder)
        dialog.setDirectory(str(start.parent if start.is_file() else start))
        dialog.fileSelected.connect(self.set_path)
        return dialog


def dropped_path(event: QDropEvent) -> str:
    """Return the one folder or manifest that is dropped, or ""."""
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    if len(urls) != 1:
        return ""
    path = Path(urls[0].toLocalFile())
    is_usable = path.is_dir() or path.suffix.lower() == ".csv"
    return str(path) if is_usable else ""
