"""The open library as a JSON index, and such an index into the open library."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from cbmir_gui.engine.operation_answers import ReadIndex, WrittenIndex
from cbmir_gui.gui.counted import counted, images_text
from cbmir_gui.gui.desktop import open_folder
from cbmir_gui.gui.library.library_import import (
    READING_INDEX,
    WRITING_INDEX,
    LibraryImport,
)
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar

_SUFFIX = "json"


class IndexFiles(QObject):
    """Ask for the file, then let the session do it: one change at a time."""

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

    def ask_export(self) -> None:
        """Let the user choose where the index goes."""
        info = self._session.info
        dialog = self._dialog(self.tr("Export features"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_SUFFIX)
        # A file that is there is never replaced, so there is nothing to ask about.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.selectFile(f"{info.name if info else 'library'}.{_SUFFIX}")
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def ask_import(self) -> None:
        """Let the user choose an index."""
        dialog = self._dialog(self.tr("Import features"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.read)
        dialog.open()

    def write(self, file: str) -> None:
        """Write features, file names and classes of the open library to a file."""
        self._remember(file)
        ask = partial(self._tasks.export_index, self._session.folder, file)
        self._session.start_import(
            LibraryImport(
                WRITING_INDEX,
                ask,
                on_found=self._tell_written,
                # A file that is there, or a full disk: another place may help.
                retry=self.ask_export,
            )
        )

    def read(self, file: str) -> None:
        """Add the images of an index to the open library."""
        self._remember(file)
        folder = self._session.folder
        self._session.start_import(
            LibraryImport(
                READING_INDEX,
                partial(self._tasks.import_index, folder, file),
                on_found=partial(self._tell_read, folder),
                on_cancelled=partial(self._tell_cancelled, folder),
                retry=self.ask_import,
            )
        )

    def _dialog(self, title: str) -> QFileDialog:
        window, folder = self._messages.window(), self._store.value.last_folder
        dialog = QFileDialog(window, title, folder)
        dialog.setNameFilter(self.tr("JSON index (*.json)"))
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _remember(self, file: str) -> None:
        self._store.update(last_folder=str(Path(file).parent))

    def _tell_written(self, written: WrittenIndex) -> None:
        path = Path(written.path)
        show = MessageAction(
            self.tr("Show in folder"), lambda: open_folder(path.parent)
        )
        text = self.tr("Written to '{file}': {images} with their features.").format(
            file=path.name, images=images_text(written.num_images)
        )
        self._messages.post(text, "success", (show,))

    def _tell_read(self, folder: str, done: ReadIndex) -> None:
        parts = [
            counted(number, one, many)
            for number, one, many in (
                (
                    done.completed,
                    self.tr("1 got these features"),
                    self.tr("{n} got these features"),
                ),
                (
                    done.known,
                    self.tr("1 known already"),
                    self.tr("{n} known already"),
                ),
                (
                    done.without_file,
                    self.tr("1 has no picture: its file is not where the index says"),
                    self.tr(
                        "{n} have no picture: their files are not where the index says"
                    ),
                ),
                (
                    done.outdated,
                    self.tr("1 left out: the library has a newer image of the file"),
                    self.tr("{n} left out: the library has newer images of the files"),
                ),
            )
            if number
        ]
        added = counted(
            done.added, self.tr("1 image added"), self.tr("{n} images added")
        )
        is_whole = not (done.without_file or done.outdated)
        self._messages.post(
            ", ".join([added, *parts]) + ".",
            "success" if is_whole else "warning",
            about=folder,
        )

    def _tell_cancelled(self, folder: str) -> None:
        text = self.tr("The index was not read to its end; what was added stays.")
        self._messages.post(text, about=folder)
