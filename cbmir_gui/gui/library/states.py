"""What stands in place of the grid while the library has nothing to show."""

from pathlib import Path

from PySide6.QtCore import QObject

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.gui.library.controller import LibraryController
from cbmir_gui.gui.library.library_import import LOOKING, MAKING_DEMO
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.results.panel import ResultsPanel
from cbmir_gui.gui.widgets.message_bar import MessageAction


class LibraryStates(QObject):
    """Say that no library is open, that it is empty, or that it is being made."""

    def __init__(
        self,
        session: LibrarySession,
        controller: LibraryController,
        results: ResultsPanel,
    ) -> None:
        super().__init__(results)
        self._session = session
        self._results = results
        self._open = MessageAction(self.tr("Open library …"), controller.ask_library)
        self._new = MessageAction(self.tr("New library …"), controller.ask_new_library)
        self._demo = MessageAction(self.tr("Demo library"), controller.open_demo)
        self._files = MessageAction(self.tr("Add files …"), controller.ask_files)
        self._folder = MessageAction(self.tr("Add folder …"), controller.ask_folder)
        self._class_folders = MessageAction(
            self.tr("Add class folders …"), controller.ask_class_folders
        )
        self._is_making = False
        session.opened.connect(self._show_opening)
        session.info_changed.connect(self._show_if_empty)
        session.import_started.connect(self._show_making)
        session.import_progress.connect(self._show_progress)
        session.import_ended.connect(self._end_making)

    def _show_opening(self, folder: str) -> None:
        if not folder:
            self._results.show_page(
                "library",
                self.tr("No library is open"),
                self.tr("A library holds the images that a search goes through."),
                (self._open, self._new, self._demo),
            )
            return
        text = self.tr("Opening {name} …").format(name=Path(folder).name)
        self._results.show_page("library", text)

    def _show_if_empty(self, info: LibraryInfo) -> None:
        if info.num_images == 0 and not self._session.is_importing:
            self._results.show_page(
                "empty",
                self.tr("This library is empty"),
                self.tr(
                    "Drop images or a folder on this window, or choose them here. "
                    "If each folder holds one class, add them as class folders."
                ),
                (self._files, self._folder, self._class_folders, self._demo),
            )

    def _show_making(self, kind: str) -> None:
        if self._session.folder and not self._is_empty():
            return
        self._is_making = True
        if kind == MAKING_DEMO:
            self._results.show_page(
                "demo",
                self.tr("Making the demo library"),
                self.tr(
                    "Generated images in many kinds, to try the program with. "
                    "It takes less than a minute, only this once."
                ),
            )
        elif kind == LOOKING:
            self._results.show_page(
                "empty",
                self.tr("Looking at the files"),
                self.tr("You choose what is added when all are known."),
            )
        else:
            self._results.show_page(
                "empty",
                self.tr("Adding the first images"),
                self.tr("They are shown here when all are in."),
            )
        self._results.page.show_progress(0, 0)

    def _show_progress(self, done: int, total: int, _text: str) -> None:
        if self._is_making and self._results.is_page_shown():
            self._results.page.show_progress(done, total)

    def _end_making(self, _summary: object) -> None:
        was_making, self._is_making = self._is_making, False
        if was_making and not self._session.folder:
            self._show_opening("")

    def _is_empty(self) -> bool:
        info = self._session.info
        return info is not None and info.num_images == 0
