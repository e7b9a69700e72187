"""Uses the window offscreen, and writes down every word that it shows.

    python window_round.py IMAGES QUERY ARCHIVE OUT NUM_TYPED TYPED... BROKEN...

Prints a line for each step that was reached; the last one is ``done``.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QDeadlineTimer,
    QEventLoop,
    QModelIndex,
    Qt,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QWidget

from cbmir_gui.core.logs import open_log
from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.privacy import keep_private
from cbmir_gui.core.records import IndexSummary
from cbmir_gui.gui.application import (
    install_excepthook,
    log_qt_messages,
    make_application,
    make_window,
)
from cbmir_gui.gui.library.failures_dialog import FailuresDialog
from cbmir_gui.gui.library.import_dialog import ImportDialog
from cbmir_gui.gui.library.import_summary import ImportSummaryDialog
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.query.compare_dialog import CompareDialog
from cbmir_gui.gui.results.deidentify_dialog import DeidentifyDialog
from cbmir_gui.gui.tags.dialog import TagsDialog
from cbmir_gui.imaging.patient import read_patient

LIMIT_MS = 400_000
_WORDS = ("text", "toolTip", "statusTip", "accessibleName", "windowTitle", "title")
_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)


def wait(condition: Callable[[], object]) -> None:
    """Let the window work until something is so."""
    deadline = QDeadlineTimer(LIMIT_MS)
    while not condition():
        if deadline.hasExpired():
            raise TimeoutError(sys._getframe(1).f_lineno)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def shown() -> Iterator[str]:
    """Yield every word in every widget, seen or pointed at or read aloud."""
    for widget in QApplication.allWidgets():
        for name in _WORDS:
            value = getattr(widget, name, None)
            if callable(value):
                yield str(value())
        for action in widget.actions():
            yield from (action.text(), action.toolTip(), action.statusTip())
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(row) for row in range(widget.count()))
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from _cells(widget.model(), QModelIndex())


def _cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    """Yield every word of a list, a table or a tree."""
    is_list = isinstance(model, QAbstractListModel)
    columns = 1 if is_list else model.columnCount(parent)
    for row in range(model.rowCount(parent)):
        for column in range(columns):
            for role in _ROLES:
                yield str(model.index(row, column, parent).data(role))
        if not is_list:
            yield from _cells(model, model.index(row, 0, parent))


def write_down(out: Path, name: str) -> None:
    """Write what the window shows to a file for the one who looks for leaks."""
    (out / f"{name}.txt").write_text("\n".join(shown()), encoding="utf-8")


def close_dialogs(window: QWidget) -> None:
    for dialog in window.findChildren(FailuresDialog):
        dialog.reject()


def main() -> None:
    images, query, archive, out, num_typed, *others = sys.argv[1:]
    typed, broken = others[: int(num_typed)], others[int(num_typed) :]
    folder = Path(out) / "window"
    keep_private()
    open_log("window")
    folder.mkdir()
    log_qt_messages()
    application = make_application()
    window = make_window()
    install_excepthook(window)
    application.aboutToQuit.connect(window.shut_down)
    window.show()
    # A library, so that no demo library is made first.
    mine = str(libraries_dir() / "mine")
    window._store.update(intended_use_accepted=True, library=mine)
    window.start()
    wait(lambda: window.library.info is not None)
    wait(lambda: window._tasks.num_pending() == 0)
    _fill_library(window, images, folder)
    _search(window, query, folder)
    _look_at_patients(window, query, folder)
    _export_copies(window, folder)
    for number, path in enumerate(typed):
        _look_at_tags(window, path, folder / f"typed-{number}")
    _import(window, archive, folder)
    for path in broken:
        window.queries.open_file(path)
        wait(lambda: window._tasks.num_pending() == 0)
    write_down(folder, "broken")
    sys.excepthook(ValueError, ValueError("x"), None)
    write_down(folder, "error")
    sys.stdout.write("done\n")
    window.close()
    wait(lambda: not window.isVisible())


def _fill_library(window: MainWindow, images: str, folder: Path) -> None:
    window.library.create(str(folder / "library"), "mine")
    wait(lambda: window.library.folder == str(folder / "library"))
    wait(lambda: window._tasks.num_pending() == 0)
    failed: list[object] = []
    window.library.import_ended.connect(
        lambda summary: failed.extend(summary.failed if summary else ())
    )
    window.library.add([images], "raw-pixels", "pixels")
    wait(lambda: not window.library.is_importing)
    wait(lambda: window._tasks.num_pending() == 0)
    assert failed, "some files are broken"
    dialog = FailuresDialog(tuple(failed), window)
    dialog.show()
    write_down(folder, "failures")
    dialog.save(str(folder / "failures.csv"))
    dialog.reject()
    sys.stdout.write("library\n")


def _search(window: MainWindow, query: str, folder: Path) -> None:
    window.queries.open_file(query)
    wait(lambda: window.search.results is not None)
    wait(lambda: window._tasks.num_pending() == 0)
    write_down(folder, "results")
    window.export.save_csv(str(folder / "results.csv"))
    window.export.save_screenshot(str(folder / "window.png"))
    wait(lambda: (folder / "window.png").is_file())
    window.queries.compare(window.results.model.tiles()[1])
    (dialog,) = window.findChildren(CompareDialog)
    wait(lambda: window._tasks.num_pending() == 0)
    write_down(folder, "compare")
    dialog.reject()
    sys.stdout.write("search\n")


def _look_at_patients(window: MainWindow, query: str, folder: Path) -> None:
    """Have the patient shown: nothing of that may be anywhere afterwards."""
    patient = read_patient(Path(query))
    window.actions_.show_patient.trigger()
    wait(lambda: window._tasks.num_pending() == 0)
    assert patient.name in window.patient_banner.texts()[0]
    assert any(patient.name in words for words in shown()), "it is looked for"
    window.export.save_screenshot(str(folder / "with-patient.png"))
    wait(lambda: (folder / "with-patient.png").is_file())
    window.actions_.show_patient.trigger()
    assert not any(patient.name in words for words in shown())
    write_down(folder, "hidden-again")
    sys.stdout.write("patient\n")


def _look_at_tags(window: MainWindow, path: str, out: Path) -> None:
    """Open a file that names its windows, and its tags: hidden, shown, hidden."""
    window.queries.open_file(path)
    wait(lambda: window._tasks.num_pending() == 0)
    out.mkdir()
    write_down(out, "query")
    cleaned = ("of …", "of ~~…~~")
    assert any(words.startswith(cleaned) for words in shown()), "it names its windows"
    window.tag_views.open(path)
    (dialog,) = filter(QWidget.isVisible, window.findChildren(TagsDialog))
    patient = read_patient(Path(path)).patient_id
    wait(lambda: window._tasks.num_pending() == 0)
    write_down(out, "tags")
    dialog.patient_data.click()
    wait(lambda: any(patient in words for words in shown()))
    dialog.patient_data.click()
    wait(lambda: window._tasks.num_pending() == 0)
    write_down(out, "tags-again")
    dialog.reject()
    sys.stdout.write("tags\n")


def _import(window: MainWindow, archive: str, folder: Path) -> None:
    """Add an archive by way of the dialog, and save what became of it."""
    window.library_controller.add([archive])
    wait(lambda: window.findChildren(ImportDialog))
    (dialog,) = window.findChildren(ImportDialog)
    wait(lambda: window._tasks.num_pending() == 0)
    write_down(folder, "import")
    ended: list[IndexSummary] = []
    window.library.import_ended.connect(ended.append)
    dialog.accept()
    wait(lambda: ended)
    wait(lambda: window._tasks.num_pending() == 0)
    summary = ImportSummaryDialog(ended[0], window)
    summary.show()
    write_down(folder, "summary")
    summary.save(str(folder / "import.csv"))
    summary.reject()
    sys.stdout.write("import\n")


def _export_copies(window: MainWindow, folder: Path) -> None:
    window.results.view.selectAll()
    window.actions_.deidentify.trigger()
    (dialog,) = window.findChildren(DeidentifyDialog)
    dialog.folder.setText(str(folder / "copies"))
    dialog.export.click()
    wait(dialog.result_text)
    write_down(folder, "copies")
    assert any((folder / "copies").iterdir())
    dialog.reject()
    sys.stdout.write("copies\n")


if __name__ == "__main__":
    main()
