"""Lets the user choose from what a look has found, and has that added."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from cbmir_gui.core.contents import FILE_ONCE, ImportContents, select_every
from cbmir_gui.core.records import SelectedFile
from cbmir_gui.gui.library.import_dialog import ImportDialog
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import MessageBar


def needs_choice(contents: ImportContents) -> bool:
    """Tell whether there is anything to choose or to know before adding.

    One folder of pictures, or one DICOM image, is added as it is.
    """
    if contents.skipped or contents.unreadable or contents.archives:
        return True
    if len(contents.groups) != 1:
        return True
    group = contents.groups[0]
    is_series = bool(group.series_instance_uid) or group.is_multi_frame
    return is_series and group.num_images > 1


class ImportReview(QObject):
    """Stand between what `LibrarySession.look` finds and what is added.

    Parameters
    ----------
    first_features
        Returns model and layer for a library without features, else two empty texts.
    """

    def __init__(
        self,
        tasks: Tasks,
        session: LibrarySession,
        messages: MessageBar,
        first_features: Callable[[], tuple[str, str]],
    ) -> None:
        super().__init__(messages)
        self._tasks = tasks
        self._session = session
        self._messages = messages
        self._first_features = first_features
        session.looked.connect(self._review)

    def _review(self, folder: str, contents: ImportContents) -> None:
        if folder != self._session.folder:
            self._discard(contents)
        elif needs_choice(contents):
            self._ask(folder, contents)
        else:
            files = tuple(
                file
                for group in contents.groups
                for file in select_every(group, FILE_ONCE)
            )
            self._add(folder, contents, files)

    def _ask(self, folder: str, contents: ImportContents) -> None:
        info = self._session.info
        name = info.name if info else ""
        dialog = ImportDialog(self._tasks, contents, name, self._window())
        dialog.add_requested.connect(partial(self._add, folder, contents))
        dialog.rejected.connect(partial(self._discard, contents))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add(
        self,
        folder: str,
        contents: ImportContents,
        files: tuple[SelectedFile, ...],
    ) -> None:
        if folder != self._session.folder:
            self._discard(contents)
            return
        if self._session.is_importing:
            self._discard(contents)  # the session says that it is busy
        self._session.add_found(contents, files, *self._first_features())

    def _discard(self, contents: ImportContents) -> None:
        if contents.staged:
            self._tasks.discard_import(contents.staged)

    def _window(self) -> QWidget:
        return self._messages.window()
