"""Choose labelled images, and see what is in them before learning from them."""

from pathlib import Path

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.engine.operations import DataSummary
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.class_table import ClassTable
from cbmir_gui.gui.retrain.data_warnings import data_warnings
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.tasks import Tasks

_TYPING_PAUSE_MS = 400


class DataPanel(QGroupBox):
    """Path, set and label of the images; their classes; what to watch out for."""

    changed = Signal()
    """`summary` is another one, or there is none any more."""

    def __init__(
        self, tasks: Tasks, last_folder: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Images to learn from"))
        self.setAcceptDrops(True)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._last_folder = last_folder
        self._summary: DataSummary | None = None
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._inspect)
        self._make_widgets()
        self._arrange()
        self._forget()
        self._say(self.tr("Choose a folder that holds one folder per class."))

    @property
    def summary(self) -> DataSummary | None:
        """What the chosen images hold; None while that is not known."""
        return self._summary

    def data_path(self) -> str:
        """Return the chosen folder or manifest, absolute; "" for none."""
        text = self._path.text().strip()
        return str(Path(text).expanduser().absolute()) if text else ""

    def set_data_path(self, path: str) -> None:
        """Choose a folder or manifest."""
        self._path.setText(path)
        self._pause.stop()
        self._inspect()

    def set_name(self) -> str:
        """Return the set that a manifest is narrowed to, or ""."""
        return str(self._set.currentData() or "")

    def choose_set(self, name: str) -> None:
        """Narrow a manifest to one of its sets."""
        self._set.setCurrentIndex(self._set.findData(name))
        self._inspect()

    def state_text(self) -> str:
        """Return what is said of the chosen images."""
        return self._state.text()

    def label_column(self) -> str:
        """Return class or modality."""
        return str(self._label.currentData())

    def _make_widgets(self) -> None:
        self._path = QLineEdit(clearButtonEnabled=True)
        self._path.setPlaceholderText(self.tr("Drop a folder or a manifest here"))
        self._path.setAccessibleName(self.tr("Folder or manifest"))
        self._path.textEdited.connect(self._typed)
        self._browse_folder = QPushButton(self.tr("&Folder …"), autoDefault=False)
        self._browse_folder.setToolTip(self.tr("A folder that holds one per class"))
        self._browse_folder.clicked.connect(self._ask_folder)
        self._browse_manifest = QPushButton(self.tr("&Manifest …"), autoDefault=False)
        self._browse_manifest.setToolTip(
            self.tr("A CSV file with the columns file and class")
        )
        self._browse_manifest.clicked.connect(self._ask_manifest)
        self._set = QComboBox()
        self._set_label = QLabel(self.tr("S&et:"))
        self._set_label.setBuddy(self._set)
        self._label = QComboBox()
        self._label.addItem(self.tr("class"), "class")
        self._label.addItem(self.tr("modality"), "modality")
        self._label_label = QLabel(self.tr("&Label:"))
        self._label_label.setBuddy(self._label)
        self._set.activated.connect(self._inspect)
        self._label.activated.connect(self._inspect)
        self._classes = ClassTable()
        self._state = QLabel(wordWrap=True)
        self._warnings = QLabel(wordWrap=True)
        self._warnings.setProperty("role", "muted")

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._path, 1)
        row.addWidget(self._browse_folder)
        row.addWidget(self._browse_manifest)
        choices = QGridLayout()
        choices.setColumnStretch(1, 1)
        choices.setColumnStretch(3, 1)
        choices.addWidget(self._set_label, 0, 0)
        choices.addWidget(self._set, 0, 1)
        choices.addWidget(self._label_label, 0, 2)
        choices.addWidget(self._label, 0, 3)
        column = QVBoxLayout(self)
        column.setSpacing(SMALL_SPACE_PX)
        column.addLayout(row)
        column.addLayout(choices)
        column.addWidget(self._state)
        column.addWidget(self._classes, 1)
        column.addWidget(self._warnings)

    def _typed(self) -> None:
        self._forget()
        self._pause.start()

    def _inspect(self) -> None:
        """Have the images counted; an answer to an earlier question is dropped."""
        self._replies.forget(self._ticket)
        self._tasks.cancel(self._ticket)
        self._pause.stop()
        self._forget()
        if not self.data_path():
            self._say(self.tr("Choose a folder that holds one folder per class."))
            return
        is_manifest = Path(self.data_path()).suffix.lower() == ".csv"
        self._label.setVisible(is_manifest)
        self._label_label.setVisible(is_manifest)
        if not is_manifest:
            self._label.setCurrentIndex(0)
            self._set.clear()
        self._say(self.tr("Counting images …"))
        self._ticket = self._replies.expect(
            self._tasks.inspect_data(
                self.data_path(), self.set_name(), self.label_column()
            ),
            self._show_summary,
            self._say,
        )

    def _show_summary(self, summary: DataSummary) -> None:
        self._classes.set_classes(summary.classes)
        self._offer_sets(summary.sets)
        number = QLocale().toString
        self._say(
            self.tr("{images} images in {classes} classes").format(
                images=number(summary.num_images), classes=number(len(summary.classes))
            )
        )
        self._warnings.setText("\n".join(data_warnings(summary)))
        self._warnings.setVisible(bool(self._warnings.text()))
        self._summary = summary
        self.changed.emit()

    def _offer_sets(self, sets: tuple[str, ...]) -> None:
        chosen = self.set_name()
        self._set.clear()
        if sets:
            self._set.addItem(self.tr("all images"), "")
        for name in sets:
            self._set.addItem(name, name)
        self._set.setCurrentIndex(max(0, self._set.findData(chosen)))
        self._set.setVisible(bool(sets))
        self._set_label.setVisible(bool(sets))

    def _forget(self) -> None:
        self._summary = None
        self._classes.set_classes({})
        self._warnings.hide()
        hidden = not self.data_path().lower().endswith(".csv")
        for widget in (self._label, self._label_label):
            widget.setHidden(hidden)
        for widget in (self._set, self._set_label):
            widget.setHidden(hidden or not self._set.count())
        self.changed.emit()

    def _say(self, text: str) -> None:
        self._state.setText(text)

    def _ask_folder(self) -> None:
        dialog = self._file_dialog(self.tr("Folder of class folders"))
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
        start = Path(self.data_path() or self._last_folder)
        dialog.setDirectory(str(start.parent if start.is_file() else start))
        dialog.fileSelected.connect(self.set_data_path)
        return dialog

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept one folder or manifest."""
        if _dropped_path(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose what was dropped."""
        path = _dropped_path(event)
        if path:
            event.acceptProposedAction()
            self.set_data_path(path)


def _dropped_path(event: QDropEvent) -> str:
    """Return the one folder or manifest that is dropped, or ""."""
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    if len(urls) != 1:
        return ""
    path = Path(urls[0].toLocalFile())
    is_usable = path.is_dir() or path.suffix.lower() == ".csv"
    return str(path) if is_usable else ""
