"""The open library: asks for its facts and for every change of it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cbmir_gui.core.records import IndexRequest, IndexSummary, LibraryInfo
from cbmir_gui.gui.library.catalogue_reader import CATALOGUE_FILE
from cbmir_gui.gui.library.library_import import (
    ADDING,
    ADOPTING,
    EXTRACTING,
    MAKING_DEMO,
    LibraryImport,
)
from cbmir_gui.gui.library.undo_steps import UndoSteps
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.tasks import Tasks


def is_library(folder: str) -> bool:
    """Return whether `folder` looks like a library."""
    return (Path(folder) / CATALOGUE_FILE).is_file()


class LibrarySession(QObject):
    """Hold the open library; changes of it can be undone, imports cancelled."""

    opened = Signal(str)
    """Folder of the library that is open now; empty: none."""
    info_changed = Signal(object)
    """`LibraryInfo`: just opened, or its content has changed."""
    import_started = Signal(str)
    """`LibraryImport.kind` of what begins."""
    import_progress = Signal(int, int, str)
    import_ended = Signal(object)
    """`IndexSummary`, or None if it failed or was cancelled before it began."""
    removed = Signal(int)
    relabelled = Signal(int, str)
    undone = Signal()
    adopted = Signal(str)
    """The library uses this model from now on."""
    rolled_back = Signal()
    """The library uses its former model again."""
    failed = Signal(str, object)
    """Message, and a function that tries again, or None."""
    refused = Signal(str)
    """Why something was not begun now."""
    undo_available = Signal(bool)
    adopting = Signal(str, str, str)
    """Folder, model and layer of an adoption that begins."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._folder = ""
        self._info: LibraryInfo | None = None
        self._info_ticket = 0
        self._import_ticket = 0
        self._undo = UndoSteps(tasks, self)
        self._undo.available.connect(self.undo_available)
        self._undo.taken_back.connect(self._finish_undo)
        self._undo.failed.connect(self._fail)

    @property
    def folder(self) -> str:
        """Folder of the open library; empty: none."""
        return self._folder

    @property
    def info(self) -> LibraryInfo | None:
        """Facts of the open library, once they are known."""
        return self._info

    @property
    def is_importing(self) -> bool:
        """Whether images are being added."""
        return self._replies.is_expected(self._import_ticket)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change of the library to take back."""
        return self._undo.can_take_back

    def open(self, folder: str) -> None:
        """Open the library in `folder`."""
        self._set_folder(folder)
        self.refresh()

    def refresh(self) -> None:
        """Ask for the facts of the open library again."""
        self._replies.forget(self._info_ticket)
        if not self._folder:
            return
        self._info_ticket = self._replies.expect(
            self._tasks.library_info(self._folder),
            self._set_info,
            partial(self._lose, self._folder),
        )

    def create(self, folder: str, name: str) -> None:
        """Make an empty library in `folder` and open it."""
        self._replies.expect(
            self._tasks.create_library(folder, name), self._open_created, self._fail
        )

    def build_demo(self, folder: str) -> None:
        """Make the demo library in `folder`; it is opened when it is complete."""
        ask = partial(self._tasks.build_demo, folder)
        self.start_import(LibraryImport(MAKING_DEMO, ask, demo_folder=folder))

    def add(
        self,
        paths: Sequence[str],
        model: str = "",
        layer: str = "",
        *,
        class_folders: bool = False,
    ) -> None:
        """Add files and folders to the open library.

        `class_folders` says that the names of folders are classes.
        """
        request = IndexRequest(
            self._folder, tuple(paths), model, layer, class_folders=class_folders
        )
        self.start_import(LibraryImport(ADDING, partial(self._tasks.index, request)))

    def extract(self, model: str = "", layer: str = "") -> None:
        """Give every image features of a model; empty: of the default."""
        ask = partial(self._tasks.extract_missing, self._folder, model, layer)
        self.start_import(LibraryImport(EXTRACTING, ask))

    def adopt(self, model: str, layer: str = "") -> None:
        """Let the library use a model once it has all its features; can be undone."""
        folder = self._folder

        def switch(summary: IndexSummary) -> None:
            if not summary.cancelled and folder == self._folder:
                self._undo.push(partial(self._roll_back, folder))
                self.adopted.emit(model)

        def ask() -> int:
            self.adopting.emit(folder, model, layer)
            return self._tasks.adopt_model(folder, model, layer)

        self.start_import(LibraryImport(ADOPTING, ask, on_summary=switch))

    def roll_back(self) -> None:
        """Let the library use its former model again."""
        self._roll_back(self._folder, self._fail)

    def cancel_import(self) -> None:
        """Stop adding; what is complete stays."""
        if self.is_importing:
            self._tasks.cancel(self._import_ticket)

    def remove(self, image_ids: Sequence[str]) -> None:
        """Remove images from the open library; can be undone."""
        folder = self._folder

        def remember(token: str) -> None:
            if folder != self._folder:
                return
            self._undo.push_removal(token)
            self.removed.emit(len(image_ids))
            self.refresh()

        self._replies.expect(
            self._tasks.remove_images(folder, image_ids), remember, self._fail
        )

    def relabel(self, image_ids: Sequence[str], class_name: str) -> None:
        """Give images another class; can be undone."""
        folder = self._folder

        def remember(previous: dict[str, str]) -> None:
            if folder != self._folder:
                return
            self._undo.push_relabelling(previous)
            self.relabelled.emit(len(image_ids), class_name)
            self.refresh()

        self._replies.expect(
            self._tasks.relabel(folder, image_ids, class_name), remember, self._fail
        )

    def undo(self) -> None:
        """Take back the last change: images added or removed, a class, a model."""
        self._undo.take_back()

    def leave(self) -> None:
        """Ask for nothing more, because the window closes."""
        self._folder = ""
        self._undo.leave()

    def _set_folder(self, folder: str) -> None:
        self._undo.follow(folder)
        self._folder = folder
        self._info = None
        self.opened.emit(folder)

    def _set_info(self, info: LibraryInfo) -> None:
        self._info = info
        self.info_changed.emit(info)

    def _open_created(self, info: LibraryInfo) -> None:
        self._set_folder(info.folder)
        self._set_info(info)

    def _lose(self, folder: str, message: str) -> None:
        if self._info is None:
            self._set_folder("")
            self.failed.emit(message, partial(self.open, folder))
        else:
            # It was open before, so only the newest facts are missing.
            self.failed.emit(message, self.refresh)

    def _fail(self, message: str) -> None:
        self.failed.emit(message, None)

    def start_import(self, wanted: LibraryImport) -> None:
        """Begin what is wanted; one at a time, or Cancel would not know which."""
        if self.is_importing:
            self.refused.emit(
                self.tr(
                    "The library is being changed already; wait until this is done."
                )
            )
            return
        folder = self._folder

        def hand_over(found: object) -> None:
            self.import_ended.emit(None)
            self.refresh()
            if wanted.on_found is not None:
                wanted.on_found(found)

        def finish(summary: IndexSummary) -> None:
            is_here = folder == self._folder
            if wanted.kind == ADDING and summary.added_ids and is_here:
                self._undo.push_addition(summary.added_ids)
            self.import_ended.emit(wanted.complete(summary))
            if wanted.on_summary is not None:
                wanted.on_summary(summary)
            if wanted.demo_folder and is_library(wanted.demo_folder):
                self.open(wanted.demo_folder)
            else:
                self.refresh()

        def fail(message: str) -> None:
            self.import_ended.emit(None)
            wanted.on_given_up()
            again = wanted.retry or partial(self.start_import, wanted)
            # What failed for one library must not go on unseen beside another.
            may_retry = bool(wanted.demo_folder) or folder == self._folder
            self.failed.emit(message, again if may_retry else None)
            self.refresh()

        def stop() -> None:
            self.import_ended.emit(None)
            wanted.on_given_up()
            wanted.on_cancelled()
            self.refresh()

        answer = finish if wanted.on_found is None else hand_over
        self._import_ticket = self._replies.expect(
            wanted.ask(), answer, fail, stop, self.import_progress.emit
        )
        self.import_started.emit(wanted.kind)

    def _roll_back(self, folder: str, on_failed: Callable[[str], None]) -> None:
        def use(info: LibraryInfo) -> None:
            if folder == self._folder:
                self.rolled_back.emit()
                self._set_info(info)

        self._replies.expect(self._tasks.roll_back(folder), use, on_failed)

    def _finish_undo(self) -> None:
        self.undone.emit()
        self.refresh()
