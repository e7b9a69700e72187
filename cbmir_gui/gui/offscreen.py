"""The window's job without a display: one query of the demo library, to files."""

import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.records import DecodedImage, ImageRecord
from cbmir_gui.core.search_records import SearchResults
from cbmir_gui.gui.application import (
    log_qt_messages,
    make_application,
    make_window,
)
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.results.ranked_list import results_csv, results_text, write_text

Say = Callable[[str], object]


def run_offscreen(folder: Path, say: Say) -> int:
    """Open the demo library, search once, write screenshot and ranked list.

    Parameters
    ----------
    folder
        Where the files go; made if it is not there.
    say
        Told in plain words what happens, line by line.

    Returns
    -------
    int
        Exit status.
    """
    # Qt's event loop never comes back to Python's own handler of Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    log_qt_messages()
    application = make_application()
    window = make_window()
    application.aboutToQuit.connect(window.shut_down)
    tour = Tour(window, folder, say)
    # The window closes once its processes have ended, and that ends the loop.
    tour.ended.connect(lambda _status: window.close())
    window.show()
    QTimer.singleShot(0, tour.start)
    application.exec()
    return tour.status


class Tour(QObject):
    """Lead a window through one query; `ended` is emitted once.

    Parameters
    ----------
    window : MainWindow
        Shown, but not started.

    Attributes
    ----------
    status : int
        Exit status; a tour that was interrupted has failed.
    """

    ended = Signal(int)
    """Exit status."""

    def __init__(self, window: MainWindow, folder: Path, say: Say) -> None:
        super().__init__(window)
        self._window = window
        self._folder = folder
        self._say = say
        self.status = 1
        self._is_previewed = False
        self._is_complete = False
        window.library.import_started.connect(self._tell_import)
        window.library.failed.connect(self._fail)
        window.reader.page_ready.connect(self._search)
        window.search.preview_ready.connect(self._note_preview)
        window.search.preview_failed.connect(self._fail)
        window.search.search_failed.connect(self._fail)
        window.search.results_ready.connect(self._finish_if_complete)
        window.thumbnails.loaded.connect(self._finish_if_complete)

    def start(self) -> None:
        """Open the demo library; all else follows from its signals."""
        self._window.start_with_demo()

    @Slot(str)
    def _tell_import(self, _kind: str) -> None:
        self._say("Making the demo library: under a minute, and only this time.")

    @Slot(int, int, object)
    def _search(self, total: int, _offset: int, records: Sequence[ImageRecord]) -> None:
        if records and self._window.search.query is None:
            path = records[len(records) // 2].path
            self._say(f"Searching {total} images for {Path(path).name}")
            self._window.queries.open_file(path)

    @Slot(object)
    def _note_preview(self, _image: DecodedImage) -> None:
        self._is_previewed = True
        self._finish_if_complete()

    def _finish_if_complete(self, _value: object = None) -> None:
        results = self._window.search.results
        if results is None or not self._is_previewed or self._is_complete:
            return
        pixmaps = [self._window.thumbnails.pixmap(hit.image_id) for hit in results.hits]
        if all(pixmap is not None for pixmap in pixmaps):
            self._is_complete = True
            # The grid is laid out and painted first.
            QTimer.singleShot(0, lambda: self._write(results))

    def _write(self, results: SearchResults) -> None:
        picture, listing = self._folder / "window.png", self._folder / "results.csv"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_text(listing, results_csv(results))
        except OSError as error:
            self._fail(str(StorageError(f"'{self._folder.name}'", error)))
            return
        except StorageError as error:
            self._fail(str(error))
            return
        if not self._window.grab().toImage().save(str(picture)):
            self._fail(f"'{picture.name}' could not be written.")
            return
        self._say(results_text(results).rstrip())
        self._say(f"Screenshot: {picture}")
        self._say(f"Ranked list: {listing}")
        self._end(0)

    def _fail(self, message: str, _retry: object = None) -> None:
        self._say(message)
        self._end(1)

    def _end(self, status: int) -> None:
        self.status = status
        self.ended.emit(status)
