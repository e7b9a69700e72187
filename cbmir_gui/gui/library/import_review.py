"""Lets the user choose from what a look has found, and has that added."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from cbmir_gui.core.contents import FILE_ONCE, ImportContents, select_every
from cbmir_gui.core.records import IndexRequest, IndexSummary, SelectedFile
from cbmir_gui.gui.library.import_dialog import ImportDialog
from cbmir_gui.gui.library.library_import import ADDING, LOOKING, LibraryImport
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


def _with_left_out(contents: ImportContents, summary: IndexSummary) -> IndexSummary:
    return replace(
        summary,
        skipped=contents.skipped,
        failed=(*contents.unreadable, *summary.failed),
    )


class ImportReview(QObject):
    """Look at what may be added, let the user choose, and add it.

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

    def look(self, paths: Sequence[str]) -> None:
        """Look at files, folders, DICOMDIRs and archives."""
        folder = self._session.folder
        ask = partial(self._tasks.look_at_import, folder, tuple(paths))
        review = partial(self._review, folder, tuple(paths))
        self._session.start_import(LibraryImport(LOOKING, ask, on_found=review))

    def _review(
        self, folder: str, paths: tuple[str, ...], contents: ImportContents
    ) -> None:
        if folder != self._session.folder:
            self._discard(contents)
        elif needs_choice(contents):
            self._ask(folder, paths, contents)
        else:
            files = tuple(
                file
                for group in contents.groups
                for file in select_every(group, FILE_ONCE)
            )
            self._add(folder, paths, contents, files)

    def _ask(
        self, folder: str, paths: tuple[str, ...], contents: ImportContents
    ) -> None:
        info = self._session.info
        name = info.name if info else ""
        dialog = ImportDialog(self._tasks, contents, name, self._window())
        dialog.add_requested.connect(partial(self._add, folder, paths, contents))
        dialog.rejected.connect(partial(self._discard, contents))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add(
        self,
        folder: str,
        paths: tuple[str, ...],
        contents: ImportContents,
        files: tuple[SelectedFile, ...],
    ) -> None:
        if folder != self._session.folder:
            self._discard(contents)
            return
        if self._session.is_importing:
            self._discard(contents)  # the session says that it is busy
        model, layer = self._first_features()
        request = IndexRequest(
            folder, (), model, layer, selection=files, staged=contents.staged
        )
        wanted = LibraryImport(
            ADDING,
            partial(self._tasks.index, request),
            complete=partial(_with_left_out, contents),
            on_given_up=partial(self._discard, contents),
            # What came out of an archive is gone by then.
            retry=partial(self.look, paths) if contents.staged else None,
        )
        self._session.start_import(wanted)

    def _discard(self, contents: ImportContents) -> None:
        if contents.staged:
            self._tasks.discard_import(contents.staged)

    def _window(self) -> QWidget:
        return self._messages.window()
