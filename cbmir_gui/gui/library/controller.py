"""What the user does with libraries: open, make, extend, remove, change, undo."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.records import IndexSummary, LibraryInfo
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.dropped import deserve_look
from cbmir_gui.gui.library.dialogs import FeaturesDialog, NewLibraryDialog
from cbmir_gui.gui.library.import_review import ImportReview
from cbmir_gui.gui.library.index_files import IndexFiles
from cbmir_gui.gui.library.session import LibrarySession, is_library
from cbmir_gui.gui.library.statistics_dialog import StatisticsDialog
from cbmir_gui.gui.query.features_choice import default_extractor
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.settings_store import NUM_RECENT, SettingsStore, remember
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import (
    MessageAction,
    MessageBar,
)

DEMO_NAME = "demo"


class LibraryController(QObject):
    """Ask the user and tell the session."""

    def __init__(
        self,
        tasks: Tasks,
        session: LibrarySession,
        store: SettingsStore,
        messages: MessageBar,
    ) -> None:
        super().__init__(messages)
        self._tasks = tasks
        self._session = session
        self._store = store
        self._messages = messages
        self._replies = Replies(tasks, self)
        self._is_adopting = self._has_offered = False
        self.index_files = IndexFiles(tasks, session, store, messages)
        self._review = ImportReview(tasks, session, messages, self._features_of_new)
        session.info_changed.connect(self._remember)
        session.opened.connect(self._note_opening)
        session.adopting.connect(self._note_adoption)
        session.import_ended.connect(self._end_adoption)
        session.adopted.connect(self._forget_choice)
        session.rolled_back.connect(self._forget_choice)

    def start(self) -> None:
        """Open the library that was open last, or the demo library."""
        last = self._store.value.library
        if last and is_library(last):
            self._session.open(last)
            return
        if last:
            text = self.tr("The library '{name}' is no longer there.")
            self._messages.post(text.format(name=Path(last).name), "warning")
        self.open_demo()

    def open_demo(self) -> None:
        """Open the demo library; make it if it is not there."""
        folder = str(libraries_dir() / DEMO_NAME)
        if is_library(folder):
            self._session.open(folder)
        elif not self._session.is_importing:
            self._session.build_demo(folder)

    def open(self, folder: str) -> None:
        """Open the library in `folder`, or say that it is none."""
        if is_library(folder):
            self._session.open(folder)
            return
        text = self.tr("'{name}' is not a library: it has no library.sqlite.")
        choose = MessageAction(self.tr("Choose another"), self.ask_library)
        self._messages.post(text.format(name=Path(folder).name), "warning", (choose,))

    def ask_library(self) -> None:
        """Let the user choose a library."""
        self._ask_folder(self.tr("Open library"), str(libraries_dir()), self.open)

    def ask_new_library(self) -> None:
        """Let the user name a new library."""
        dialog = NewLibraryDialog(libraries_dir(), self._window())
        dialog.finished.connect(dialog.deleteLater)
        dialog.create_requested.connect(self._create)
        self._fill_models(dialog)
        dialog.open()

    def ask_features(self) -> None:
        """Let the user choose a further model for the library."""
        info = self._session.info
        if info is None:
            return
        dialog = FeaturesDialog(info.num_images, self._window())
        dialog.finished.connect(dialog.deleteLater)
        dialog.extract_requested.connect(self.use_model)
        self._fill_models(dialog)
        dialog.open()

    def use_model(self, model: str, layer: str = "") -> None:
        """Extract the library with a model; it is searched with it from then on.

        An empty layer means the model's own choice.
        """
        if not self._session.folder:
            self.add(())
            return
        info = self._session.info
        default = default_extractor(info) if info else None
        if default is not None and (default.model, default.layer) == (model, layer):
            # It has been changed, or nothing is missing: the default must be the new.
            self._session.adopt(model, layer)
            return
        if not self._session.is_importing:
            self._store.update(model=model, layer=layer)
        self._session.extract(model, layer)

    def extract_again(self, model: str, layer: str) -> None:
        """Adopt a model anew that has been changed; empty: the library's default."""
        info = self._session.info
        default = default_extractor(info) if info else None
        if not model and default is not None:
            model, layer = default.model, default.layer
        self.adopt_model(model, layer)

    def adopt_model(self, model: str, layer: str = "") -> None:
        """Let the library use a model from the moment it has all its features.

        An empty layer means the model's own choice.
        """
        if not self._session.folder:
            self.add(())
            return
        self._session.adopt(model, layer)

    def ask_files(self) -> None:
        """Let the user choose files to add."""
        dialog = QFileDialog(
            self._window(), self.tr("Add files"), self._store.value.last_folder
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._add_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_folder(self) -> None:
        """Let the user choose a folder to add."""
        start = self._store.value.last_folder
        title = self.tr("Add folder")
        self._ask_folder(title, start, lambda path: self._add_chosen([path]))

    def ask_class_folders(self) -> None:
        """Let the user choose a folder with one folder for each class."""
        self._ask_folder(
            self.tr("Add class folders"),
            self._store.value.last_folder,
            lambda path: self._add_chosen([path], class_folders=True),
        )

    def add(self, paths: Sequence[str], *, class_folders: bool = False) -> None:
        """Add files and folders to the open library."""
        if not self._session.folder:
            new = MessageAction(self.tr("New library"), self.ask_new_library)
            self._messages.post(self.tr("No library is open."), "warning", (new,))
        elif not class_folders and deserve_look(paths):
            self._review.look(paths)
        else:
            self._session.add(
                paths, *self._features_of_new(), class_folders=class_folders
            )

    def _add_chosen(self, paths: Sequence[str], *, class_folders: bool = False) -> None:
        self._store.update(last_folder=str(Path(paths[0]).parent))
        self.add(paths, class_folders=class_folders)

    def remove(self, tiles: Sequence[Tile]) -> None:
        """Remove images from the library."""
        self._session.remove([tile.image_id for tile in tiles])

    def show_statistics(self) -> None:
        """Show what the library holds."""
        if info := self._session.info:
            dialog = StatisticsDialog(info, self._window())
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _window(self) -> QWidget:
        return self._messages.window()

    def _ask_folder(
        self, title: str, start: str, choose: Callable[[str], None]
    ) -> None:
        dialog = QFileDialog(self._window(), title, start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(choose)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _forget_choice(self) -> None:
        """Search with the library's default, whatever was chosen before."""
        self._store.update(model="", layer="")

    def _fill_models(self, dialog: NewLibraryDialog | FeaturesDialog) -> None:
        ticket = self._tasks.models()
        self._replies.expect(ticket, dialog.set_models, self._show_plain_failure)
        dialog.finished.connect(lambda: self._replies.forget(ticket))

    def _show_plain_failure(self, message: str) -> None:
        self._messages.post(message, "error")

    def _create(self, folder: str, name: str, model: str, layer: str) -> None:
        kept = (folder, model, layer, *self._store.value.first_features)
        self._store.update(first_features=kept[: 3 * NUM_RECENT])
        self._session.create(folder, name)

    def _features_of_new(self) -> tuple[str, str]:
        """Return model and layer for a library that has none yet, else empty texts."""
        info = self._session.info
        is_new = info is None or not info.default_extractor
        return self._first_features() if is_new else ("", "")

    def _first_features(self) -> tuple[str, str]:
        """Return model and layer that were chosen for the open, empty library."""
        kept = self._store.value.first_features
        for folder, *features in zip(kept[::3], kept[1::3], kept[2::3], strict=False):
            if folder == self._session.folder:
                return features[0], features[1]
        return "", ""

    def _remember(self, info: LibraryInfo) -> None:
        recent = remember(self._store.value.recent_libraries, info.folder)
        self._store.update(library=info.folder, recent_libraries=recent)
        if info.num_missing_features and not self._session.is_importing:
            self._offer_extraction(info.num_missing_features)
        if self._store.value.adopting[:1] == (info.folder,) and not self._is_adopting:
            self._offer_adoption(*self._store.value.adopting[1:])

    def _offer_extraction(self, number: int) -> None:
        text = counted(
            number,
            self.tr("1 image of this library has no features yet."),
            self.tr("{n} images of this library have no features yet."),
        )
        extract = MessageAction(self.tr("Extract them"), self._session.extract)
        self._messages.post(text, "info", (extract,), about=self._session.folder)

    def _note_opening(self) -> None:
        self._has_offered = False

    def _note_adoption(self, folder: str, model: str, layer: str) -> None:
        self._is_adopting = True
        self._store.update(adopting=(folder, model, layer))

    def _end_adoption(self, summary: IndexSummary | None) -> None:
        is_done = summary is not None and not summary.cancelled
        # What the closing of the window cancels is not what the user gave up.
        if self._is_adopting and (is_done or self._session.folder):
            self._store.update(adopting=())
        self._is_adopting = False

    def _offer_adoption(self, model: str, layer: str) -> None:
        if self._has_offered:
            return
        self._has_offered = True
        text = self.tr(
            "The program ended while this library was prepared for the model '{name}'."
        )
        go_on = MessageAction(self.tr("Go on"), partial(self.adopt_model, model, layer))
        forget = partial(self._store.update, adopting=())
        self._messages.post(
            text.format(name=model),
            "info",
            (go_on, MessageAction(self.tr("Keep its former model"), forget)),
            about=self._session.folder,
        )
