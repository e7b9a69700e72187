"""What an autoencoder makes of an image: it, the rebuilt one and their difference."""

import base64
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QLocale, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.durability import storage_errors
from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.records import MIDDLE_FRAME
from cbmir_gui.engine.operation_answers import RebuiltImage
from cbmir_gui.engine.operations import RebuildArguments
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.elided_label import ElidedLabel
from cbmir_gui.gui.widgets.image_view import ImageView
from cbmir_gui.gui.widgets.message_bar import MessageBar
from cbmir_gui.gui.widgets.save_dialog import ask_where_to_save


class ReconstructionDialog(QDialog):
    """Rebuild one image after the other; a newer one voids the last."""

    def __init__(
        self,
        tasks: Tasks,
        store: SettingsStore,
        model: str,
        query: Callable[[], Query | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._store = store
        self._model = model
        self._query = query
        self._replies = Replies(tasks, self)
        self._ticket = 0
        self._answer: RebuiltImage | None = None
        self.setWindowTitle(self.tr("Rebuild an image: {name}").format(name=model))
        self.resize(960, 480)
        self.messages = MessageBar()
        self._name = ElidedLabel()
        self._state = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._state.setTextFormat(Qt.TextFormat.PlainText)
        self._state.setProperty("role", "muted")
        self._views = tuple(ImageView() for _ in self._titles())
        self._pictures = QWidget()
        self._stack = QStackedWidget()
        self._error = QLabel()
        self._make_buttons()
        self._arrange()
        self._say(self.tr("Choose an image to see what the model keeps of it."))

    def begin(self) -> None:
        """Show the dialog, and rebuild the query where there is one."""
        self.show()
        if self._query() is not None:
            self.rebuild_query()

    def rebuild_query(self) -> None:
        """Rebuild the image that the main window searches for."""
        query = self._query()
        if query is None:
            text = self.tr("There is no query in the main window; choose an image.")
            self.messages.post(text)
        else:
            self.rebuild(query.path, query.frame)

    def rebuild(self, path: str, frame: int = MIDDLE_FRAME) -> None:
        """Rebuild an image of a file."""
        self._answer = None
        self.messages.clear()
        self._name.set_full_text(Path(path).name)
        self._say(self.tr("Rebuilding the image …"))
        self._replies.drop(self._ticket)
        self._ticket = self._replies.expect(
            self._tasks.rebuild_image(RebuildArguments(self._model, path, frame)),
            self._show,
            self._say,
            self._say_given_up,
            self._report,
        )

    def save(self, path: str) -> None:
        """Write the three pictures side by side to a PNG file."""
        if self._answer is None:
            return
        name = Path(path).name
        try:
            with storage_errors(f"'{name}'"):
                Path(path).write_bytes(base64.b64decode(self._answer.all_png))
        except StorageError as error:
            self.messages.post(str(error), "error")
            return
        text = self.tr("Saved as '{name}'.").format(name=name)
        self.messages.post(text, "success", passing=True)

    def state_text(self) -> str:
        """Return what stands in place of the pictures; empty while there are some."""
        is_shown = self._stack.currentWidget() is self._pictures
        return "" if is_shown else self._state.text()

    def error_text(self) -> str:
        """Return how far the rebuilt image is from what the model saw."""
        return self._error.text()

    def images(self) -> tuple[QImage, ...]:
        """Return the pictures that are shown; null ones while there are none."""
        return tuple(view.image() for view in self._views)

    def done(self, result: int) -> None:
        """Stop what is done for nobody."""
        self._replies.drop(self._ticket)
        super().done(result)

    def _titles(self) -> tuple[str, str, str]:
        return (
            self.tr("What the model sees"),
            self.tr("What it makes of it"),
            self.tr("Difference: black where nothing is lost"),
        )

    def _make_buttons(self) -> None:
        self.choose_button = QPushButton(self.tr("C&hoose an image …"))
        self.choose_button.clicked.connect(self._ask_file)
        self.query_button = QPushButton(self.tr("Take the &query"))
        self.query_button.setToolTip(
            self.tr("Rebuild the image that the main window searches for")
        )
        self.query_button.clicked.connect(self.rebuild_query)
        self.save_button = QPushButton(self.tr("&Save as PNG …"))
        self.save_button.clicked.connect(self._ask_save)
        self._close = QPushButton(self.tr("&Close"))
        self._close.clicked.connect(self.reject)

    def _arrange(self) -> None:
        grid = QGridLayout(self._pictures)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SMALL_SPACE_PX)
        titled = zip(self._views, self._titles(), strict=True)
        for place, (view, title) in enumerate(titled):
            view.setAccessibleName(title)
            view.moved.connect(partial(self._follow, view))
            grid.addWidget(QLabel(title), 0, place)
            grid.addWidget(view, 1, place)
            grid.setColumnStretch(place, 1)
        self._stack.addWidget(self._state)
        self._stack.addWidget(self._pictures)
        buttons = QHBoxLayout()
        buttons.addWidget(self._error, 1)
        for button in (
            self.choose_button,
            self.query_button,
            self.save_button,
            self._close,
        ):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        self.choose_button.setDefault(True)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(self.messages)
        column.addWidget(self._name)
        column.addWidget(self._stack, 1)
        column.addLayout(buttons)

    def _show(self, answer: RebuiltImage) -> None:
        self._answer = answer
        pictures = answer.seen, answer.rebuilt, answer.difference
        for view, picture in zip(self._views, pictures, strict=True):
            view.set_image(QImage.fromData(QByteArray(base64.b64decode(picture))))
        if answer.num_frames > 1:
            text = self.tr("{name}, frame {frame} of {total}").format(
                name=answer.file_name, frame=answer.frame, total=answer.num_frames
            )
            self._name.set_full_text(text)
        error = QLocale().toString(answer.mean_squared_error, "f", 5)
        text = self.tr("Mean squared error: {error} (of values from 0 to 1)")
        self._error.setText(text.format(error=error))
        self.save_button.setEnabled(True)
        self._stack.setCurrentWidget(self._pictures)

    def _say(self, text: str) -> None:
        self._state.setText(text)
        self._error.clear()
        self.save_button.setEnabled(False)
        self._stack.setCurrentWidget(self._state)

    def _say_given_up(self) -> None:
        self._say(self.tr("The image was not rebuilt. Choose it again."))

    def _report(self, _done: int, _total: int, text: str) -> None:
        """Say what is done, or which other work it waits for."""
        self._say(self.tr("{text} …").format(text=text))

    def _follow(self, moved: ImageView, *view: object) -> None:
        for other in self._views:
            if other is not moved:
                other.set_view(*view)  # type: ignore[arg-type]

    def _ask_file(self) -> None:
        folder = self._store.value.last_folder
        dialog = QFileDialog(self, self.tr("Choose an image"), folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._rebuild_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _rebuild_chosen(self, path: str) -> None:
        self._store.update(last_folder=str(Path(path).parent))
        self.rebuild(path)

    def _ask_save(self) -> None:
        name = f"{self._model}.png"
        ask_where_to_save(self, self.tr("Save the pictures"), name, self.save)
