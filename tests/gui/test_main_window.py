"""What the user does in the window, and what the window asks for then."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QLabel,
    QMenu,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cbmir_gui.core.paths import libraries_dir, settings_file
from cbmir_gui.core.records import FailedFile, IndexSummary
from cbmir_gui.core.search_records import FUSED, PartSimilarity
from cbmir_gui.core.settings import load_settings
from cbmir_gui.engine.run_events import RunFinished
from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.query.compare_dialog import CompareDialog
from cbmir_gui.gui.query.features_choice import FeaturesChoice
from cbmir_gui.gui.results.tiles import tile_of_hit
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.widgets.message_bar import MessageAction


def texts(window: MainWindow) -> list[str]:
    return [message.text for message in window.messages.messages()]


def search(window: MainWindow, tasks: Any, make: Any, **changes: Any) -> None:
    window.queries.open_file("/images/query.dcm")
    tasks.answer("preview", make.image())
    tasks.answer("search", make.results(**changes))


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    keys = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), action, data, button, keys)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(9, 9), action, data, button, keys))


def finish_demo(tasks: Any) -> None:
    folder = Path(tasks.last("build_demo").arguments.folder)
    folder.mkdir(parents=True)
    (folder / "library.sqlite").touch()
    tasks.answer("build_demo", IndexSummary(str(folder), 240, 0, 0, (), 30.0, 8.0))


def open_dialogs(window: MainWindow) -> list[QDialog]:
    return [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]


def test_the_first_start_makes_the_demo_library_in_sight(
    window: MainWindow, tasks: Any, make: Any
) -> None:
    window.start()
    assert tasks.is_started
    folder = tasks.last("build_demo").arguments.folder
    assert folder == str(libraries_dir() / "demo")
    assert window.results.page.title() == "Making the demo library"
    assert window.activity.isVisible()
    tasks.progress.emit(tasks.last("build_demo").ticket, 12, 240, "CT head")
    finish_demo(tasks)
    tasks.answer("library_info", make.info(folder))
    assert not window.activity.isVisible()
    assert window.library.folder == folder


def test_a_stopped_demo_library_can_be_gone_on_with(
    window: MainWindow, tasks: Any
) -> None:
    window.start()
    folder = tasks.last("build_demo").arguments.folder
    summary = IndexSummary(folder, 0, 0, 0, (), 3.0, 0.0, cancelled=True)
    tasks.answer("build_demo", summary)
    assert window.results.page.title() == "No library is open"
    assert texts(window) == ["Stopped. The demo library is not complete yet."]
    window.messages.messages()[0].press("Go on")
    assert tasks.count("build_demo") == 2


def test_a_query_may_be_opened_while_the_demo_library_is_made(
    window: MainWindow, tasks: Any, make: Any
) -> None:
    window.start()
    window.queries.open_file("/images/query.dcm")
    tasks.answer("preview", make.image())
    assert window.query_panel.facts()
    finish_demo(tasks)
    assert tasks.last("search").arguments.query_path == "/images/query.dcm"


def test_the_library_of_the_last_time_is_opened_again(
    window: MainWindow, tasks: Any, store: SettingsStore, library_folder: Path
) -> None:
    store.update(library=str(library_folder))
    window.start()
    assert tasks.last("library_info").arguments.library == str(library_folder)
    assert tasks.count("build_demo") == 0


def test_a_library_that_is_gone_is_said_and_the_demo_library_opened(
    window: MainWindow, tasks: Any, store: SettingsStore
) -> None:
    store.update(library="/media/stick/chest")
    window.start()
    assert texts(window) == ["The library 'chest' is no longer there."]
    assert tasks.count("build_demo") == 1


def test_an_open_library_shows_its_images_and_warms_the_search(
    qtbot: QtBot, open_window: MainWindow, tasks: Any, library_folder: Path
) -> None:
    qtbot.waitUntil(lambda: open_window.results.model.rowCount() > 0)
    assert open_window.results.heading() == "Images of this library"
    assert tasks.last("warm").arguments.library == str(library_folder)
    assert "chest: 240 images" in open_window.status.texts()


def test_a_double_click_in_the_library_makes_the_image_the_query(
    qtbot: QtBot, open_window: MainWindow, tasks: Any
) -> None:
    model = open_window.results.model
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    open_window.results.view.opened.emit(model.tiles()[3])
    assert tasks.last("search").arguments.query_image_id == "0003:1"


def test_an_empty_library_says_what_to_do(
    window: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    window.library.open(str(library_folder))
    tasks.answer("library_info", make.info(library_folder, 0))
    page = window.results.page
    assert page.title() == "This library is empty"
    assert "Add folder …" in page.actions_shown()
    window.queries.open_file("/images/query.dcm")
    assert tasks.count("search") == 0


def test_results_are_shown_with_their_metric_timings_and_predictions(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    assert open_window.results.heading() == "20 most similar images"
    assert open_window.results.model.rowCount() == 20
    timing, features = open_window.status.texts()[1:3]
    assert timing == "61 ms (reading 12, features 40, searching 8)"
    assert features == "vgg16-c18 · flatten · cosine"
    assert "ct head" in open_window.query_panel.bars.accessibleName()


def test_old_hits_never_stand_beside_a_new_query(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    open_window.queries.open_file("/images/other.dcm")
    assert open_window.results.model.rowCount() == 0
    tasks.fail("search", "'other.dcm' cannot be read: it is empty.")
    assert open_window.results.page.title() == "No results"
    assert texts(open_window) == ["'other.dcm' cannot be read: it is empty."]


def test_the_same_failure_of_picture_and_search_is_said_once(
    open_window: MainWindow, tasks: Any
) -> None:
    open_window.queries.open_file("/images/other.dcm")
    tasks.fail("preview", "'other.dcm' cannot be read: it is empty.")
    tasks.fail("search", "'other.dcm' cannot be read: it is empty.")
    assert len(texts(open_window)) == 1


def test_a_failure_leaves_with_its_query(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    open_window.queries.open_file("/images/other.dcm")
    tasks.fail("search", "'other.dcm' cannot be read: it is empty.")
    search(open_window, tasks, make)
    assert texts(open_window) == []


def test_trying_again_asks_for_picture_and_search(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    open_window.queries.open_file("/images/query.dcm")
    tasks.fail("preview", "The decoder stopped.")
    tasks.fail("search", "The decoder stopped.")
    open_window.results.page.press("Try again")
    assert (tasks.count("preview"), tasks.count("search")) == (2, 2)
    assert texts(open_window) == []


def test_one_dropped_file_is_the_query(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    path = tmp_path / "IM000001"
    path.touch()
    drop(open_window, path)
    assert tasks.last("search").arguments.query_path == str(path)
    assert not open_window.drops.overlay.isVisible()


def test_several_dropped_files_ask_what_to_do(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    paths = [tmp_path / "a.dcm", tmp_path / "b.dcm"]
    drop(open_window, *paths)
    assert texts(open_window) == ["What should be done with these 2 items?"]
    open_window.messages.messages()[0].press("Add to library")
    assert tasks.last("look_at_import").arguments.paths == tuple(map(str, paths))


def test_a_dropped_folder_can_be_added_as_class_folders(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    drop(open_window, tmp_path)
    open_window.messages.messages()[0].press("Add as class folders")
    assert tasks.last("index").arguments.class_folders


def test_the_first_of_several_can_be_the_query(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    paths = [tmp_path / "list.csv", tmp_path / "b.dcm"]
    drop(open_window, *paths)
    open_window.messages.messages()[0].press("Search with the first")
    assert tasks.last("search").arguments.query_path == str(paths[1])


def test_recent_queries_and_the_last_folder_can_be_forgotten(
    open_window: MainWindow, store: SettingsStore
) -> None:
    menu, clear = open_window.menus.recent_queries, open_window.actions_.clear_recent
    assert not menu.isEnabled()
    assert not clear.isEnabled()
    open_window.queries.open_file("/patients/doe/query.dcm")
    assert menu.isEnabled()
    assert menu.actions()[-1] is clear
    clear.trigger()
    assert [action for action in menu.actions() if action.text()] == [clear]
    assert not menu.isEnabled()
    assert (store.value.recent_queries, store.value.last_folder) == ((), "")


def test_a_pasted_picture_is_the_query_and_is_not_remembered(
    open_window: MainWindow, tasks: Any, store: SettingsStore
) -> None:
    QGuiApplication.clipboard().setImage(QImage(8, 8, QImage.Format.Format_RGB32))
    open_window.actions_.paste.trigger()
    path = Path(tasks.last("search").arguments.query_path)
    assert path.is_file()
    assert store.value.recent_queries == ()


def test_a_copied_file_can_be_pasted(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.dcm"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    QGuiApplication.clipboard().setMimeData(data)
    open_window.actions_.paste.trigger()
    assert tasks.last("search").arguments.query_path == str(path)


def paste(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    QGuiApplication.clipboard().setMimeData(data)
    window.actions_.paste.trigger()


def test_a_pasted_folder_can_be_added_and_is_no_query(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    paste(open_window, tmp_path)
    assert tasks.count("search") == 0
    open_window.messages.messages()[0].press("Add to library")
    assert tasks.last("look_at_import").arguments.paths == (str(tmp_path),)


def test_an_empty_clipboard_is_said(open_window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("hello")
    open_window.actions_.paste.trigger()
    assert texts(open_window) == ["There is no image in the clipboard."]


def test_a_frame_of_a_multi_frame_file_is_searched_with(
    qtbot: QtBot, open_window: MainWindow, tasks: Any, make: Any
) -> None:
    open_window.queries.open_file("/images/query.dcm")
    tasks.answer("preview", make.image(num_frames=30))
    open_window.query_panel.frames.set_frame(7)
    qtbot.waitUntil(lambda: tasks.last("search").arguments.frame == 7)
    assert tasks.last("preview").arguments[1] == 7


def test_classes_of_another_frame_do_not_stay_when_its_search_fails(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    bars = open_window.query_panel.bars
    for end in (partial(tasks.fail, message="Oh."), tasks.confirm_cancel):
        open_window.queries._open_frame(2)
        assert bars.accessibleName()
        end("search")
        assert bars.accessibleName() == ""
        tasks.answer("preview", make.image())
        open_window.search.search_again()
        tasks.answer("search", make.results())


def test_the_number_of_hits_is_searched_for_and_remembered(
    qtbot: QtBot, open_window: MainWindow, tasks: Any, make: Any, store: SettingsStore
) -> None:
    search(open_window, tasks, make)
    open_window.results._top.setValue(50)
    qtbot.waitUntil(lambda: tasks.last("search").arguments.top == 50)
    assert store.value.top == 50


def test_restricting_to_the_predicted_class_is_one_choice_in_two_places(
    open_window: MainWindow, tasks: Any, make: Any, store: SettingsStore
) -> None:
    search(open_window, tasks, make)
    open_window.actions_.restrict.trigger()
    assert tasks.last("search").arguments.class_filter == "predicted"
    assert open_window.results.class_filter() == "predicted"
    assert store.value.class_filter == "predicted"
    open_window.results.class_filter_changed.emit("off")
    assert not open_window.actions_.restrict.isChecked()


@pytest.mark.parametrize(("chosen", "kept"), [("prior", "prior"), ("mr_brain", "off")])
def test_a_filter_that_fits_every_library_is_remembered(
    qtbot: QtBot,
    open_window: MainWindow,
    tasks: Any,
    store: SettingsStore,
    reader: CatalogueReader,
    chosen: str,
    kept: str,
) -> None:
    open_window.queries._set_class_filter(chosen)
    assert store.value.class_filter == kept
    later = MainWindow(tasks, store, reader)
    qtbot.addWidget(later)
    assert later.search.options.class_filter == kept
    assert later.results.class_filter() == kept


def file_dialogs(window: MainWindow) -> list[QFileDialog]:
    return window.findChildren(QFileDialog)


def test_adding_begins_where_something_was_added_last(
    open_window: MainWindow, store: SettingsStore, tmp_path: Path
) -> None:
    (tmp_path / "lungs").mkdir()
    open_window.actions_.add_folder.trigger()
    file_dialogs(open_window)[-1].fileSelected.emit(str(tmp_path / "lungs"))
    assert store.value.last_folder == str(tmp_path)
    open_window.actions_.add_files.trigger()
    assert file_dialogs(open_window)[-1].directory().absolutePath() == str(tmp_path)


def test_file_dialogs_do_not_pile_up(
    qtbot: QtBot, open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    actions = open_window.actions_
    for action in (
        actions.open,
        actions.open_library,
        actions.add_files,
        actions.add_folder,
        actions.export_csv,
        actions.export_png,
    ):
        action.trigger()
        (dialog,) = file_dialogs(open_window)
        if action is actions.export_csv:
            assert dialog.directory().absolutePath() != str(Path.cwd())
        dialog.reject()
        qtbot.waitUntil(lambda: not file_dialogs(open_window))


def test_no_hit_in_a_class_offers_to_search_in_all(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    open_window.actions_.restrict.trigger()
    search(open_window, tasks, make, num_hits=0, class_filter="pet_brain")
    open_window.results.page.press("Search all classes")
    assert tasks.last("search").arguments.class_filter == "off"


def test_a_class_without_images_is_no_longer_searched_in(
    open_window: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    open_window.queries._set_class_filter("mr_brain")
    others = {"ct_head": 120, "chest_xray": 120}
    open_window.library.refresh()
    tasks.answer("library_info", replace(make.info(library_folder), classes=others))
    assert open_window.results.class_filter() == "off"
    open_window.queries.open_file("/images/query.dcm")
    assert tasks.last("search").arguments.class_filter == "off"


def is_exportable(window: MainWindow) -> bool:
    return window.actions_.export_csv.isEnabled() and any(window.status.texts()[1:3])


def test_hits_of_another_library_are_neither_exported_nor_described(
    open_window: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    search(open_window, tasks, make)
    assert is_exportable(open_window)
    open_window.library.open(str(tmp_path))
    tasks.answer("library_info", make.info(tmp_path, 0))
    assert not open_window.actions_.export_csv.isEnabled()
    assert open_window.status.texts()[1:3] == ("", "")


def test_hits_are_void_when_the_search_is_repeated_in_vain(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    open_window.menus.metric_chosen.emit("euclidean")
    assert is_exportable(open_window)
    tasks.fail("search", "The search process stopped unexpectedly.")
    assert not open_window.actions_.export_csv.isEnabled()
    assert open_window.status.texts()[1:3] == ("", "")


def test_metric_and_features_are_chosen_in_the_menu(
    open_window: MainWindow, tasks: Any, make: Any, store: SettingsStore
) -> None:
    search(open_window, tasks, make)
    open_window.menus.metric_chosen.emit("euclidean")
    assert tasks.last("search").arguments.metric == "euclidean"
    choice = FeaturesChoice("vgg16-c18", "pool")
    open_window.menus.features.features_chosen.emit(choice)
    request = tasks.last("search").arguments
    assert (request.model, request.layer) == ("vgg16-c18", "pool")
    assert (store.value.metric, store.value.layer) == ("euclidean", "pool")


def test_combined_features_are_searched_with_and_remembered(
    open_window: MainWindow,
    tasks: Any,
    make: Any,
    store: SettingsStore,
    library_folder: Path,
) -> None:
    open_window.queries.open_file("/images/a.dcm")
    menu = open_window.menus.features
    combined = next(a for a in menu.actions() if a.text().startswith("&Combined"))
    assert "vgg16-c18 · flatten + vgg16-c18 · pool" in combined.text()
    combined.trigger()
    request = tasks.last("search").arguments
    assert (request.model, request.layer) == ("vgg16-c18", "flatten")
    assert request.also == ("vgg16-c18/pool",)
    assert store.value.combined
    open_window.library.open(str(library_folder))
    assert tasks.last("search").arguments.also == ()
    tasks.answer("library_info", make.info(library_folder))
    assert tasks.last("search").arguments.also == ("vgg16-c18/pool",)
    assert [a.text()[:9] for a in menu.actions() if a.isChecked()] == ["&Combined"]
    menu.actions()[0].trigger()
    assert tasks.last("search").arguments.also == ()
    assert not store.value.combined


def test_a_fused_score_is_named_so_everywhere(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    open_window.queries.open_file("/images/a.dcm")
    parts = (
        PartSimilarity("vgg16-c18", "pool", "cosine", 0.1, 0.9),
        PartSimilarity("autoencoder-m4", "latent", "euclidean", 3.0, 0.25),
    )
    hits = [replace(make.hit(rank), similarity=3.5, parts=parts) for rank in (1, 2)]
    results = make.results(
        layer="pool", metric=FUSED, also=("autoencoder-m4/latent",), hits=tuple(hits)
    )
    tasks.answer("search", results)
    assert "by fused score" in open_window.results.subtitle()
    features = open_window.status.texts()[2]
    assert features == "vgg16-c18 · pool + autoencoder-m4 · latent · combined"
    tip = open_window.results.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Fused score" in tip
    assert "0.9000 cosine" in tip
    assert "0.2500 1/(1+d)" in tip
    assert "Distance" not in tip


def test_an_image_whose_file_is_gone_says_so(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    tile = tile_of_hit(make.hit(1))
    open_window.queries.open_image_of_library(tile)
    gone = "'0001.dcm' cannot be read: the file is gone. Put it back."
    tasks.answer("search", make.results(predicted=(), prediction_problem=gone))
    assert open_window.query_panel.prediction_note() == f"Not predicted: {gone}"


def test_the_librarys_thumbnail_stands_for_a_file_that_is_gone(
    open_window: MainWindow, tasks: Any, make: Any, qtbot: QtBot
) -> None:
    open_window.queries.open_image_of_library(tile_of_hit(make.hit(1)))
    tasks.fail("preview", "The file is gone.")
    panel = open_window.query_panel
    qtbot.waitUntil(lambda: panel.facts() == "Thumbnail only: The file is gone.")
    assert texts(open_window) == []


def test_a_failed_search_in_one_class_offers_all_classes(
    open_window: MainWindow, tasks: Any
) -> None:
    open_window.queries.set_restricted(True)
    open_window.queries.open_file("/images/a.dcm")
    tasks.fail("search", "The file is gone.")
    assert "Try again" in open_window.results.page.actions_shown()
    open_window.results.page.press("Search all classes")
    assert tasks.last("search").arguments.class_filter == "off"


def test_a_layer_that_the_library_lacks_is_not_asked_for(
    window: MainWindow,
    tasks: Any,
    make: Any,
    store: SettingsStore,
    library_folder: Path,
) -> None:
    store.update(model="resnet", layer="avg")
    window.library.open(str(library_folder))
    tasks.answer("library_info", make.info(library_folder))
    window.queries.open_file("/images/query.dcm")
    assert tasks.last("search").arguments.model == ""


def test_every_menu_entry_can_be_found_by_its_words(open_window: MainWindow) -> None:
    titles = [
        action.text().replace("&", "") for action in open_window.menuBar().actions()
    ]
    assert titles == ["File", "Library", "Search", "Retrain", "View", "Help"]
    for menu in open_window.menuBar().findChildren(QMenu):
        for action in menu.actions():
            assert action.isSeparator() or action.text()


def test_no_two_entries_of_a_menu_share_a_letter(open_window: MainWindow) -> None:
    for title in open_window.menuBar().actions():
        texts = [action.text() for action in title.menu().actions()]
        letters = [text[text.index("&") + 1].lower() for text in texts if text]
        assert len(letters) == len(set(letters)), title.text()


def test_no_two_actions_share_a_key(open_window: MainWindow) -> None:
    keys = [
        key.toString()
        for action in open_window.actions_.all()
        for key in action.shortcuts()
    ]
    assert len(keys) == len(set(keys))


def test_an_import_reports_what_it_did_and_what_failed(
    open_window: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    open_window.library_controller.add(["/images/list.csv"])
    assert open_window.activity.isVisible()
    failed = (FailedFile("/images/report.dcm", "it has no image"),)
    summary = IndexSummary(str(library_folder), 1180, 6, 11, failed, 60.0, 20.0)
    tasks.answer("index", summary)
    assert texts(open_window) == [
        "1180 images added, 6 known already, 11 with the content of a known image, "
        "1 could not be read."
    ]
    open_window.messages.messages()[0].press("Details")
    assert [type(dialog).__name__ for dialog in open_dialogs(open_window)] == [
        "ImportSummaryDialog"
    ]
    assert tasks.count("library_info") == 2


def test_escape_stops_the_search_first_and_then_the_import(
    qtbot: QtBot, open_window: MainWindow, tasks: Any
) -> None:
    open_window.library_controller.add(["/images/list.csv"])
    open_window.queries.open_file("/images/query.dcm")
    open_window.actions_.cancel.trigger()
    assert tasks.cancelled_tickets == [tasks.last("search").ticket]
    tasks.confirm_cancel("search")
    open_window.actions_.cancel.trigger()
    assert tasks.cancelled_tickets[-1] == tasks.last("index").ticket
    tasks.confirm_cancel("index")
    assert not open_window.activity.isVisible()


def test_a_second_import_has_to_wait(open_window: MainWindow, tasks: Any) -> None:
    open_window.library_controller.add(["/images/list.csv"])
    open_window.library_controller.add(["/more.csv"])
    assert tasks.count("index") == 1
    assert "wait" in texts(open_window)[0]
    for start, op in (
        (open_window.library_controller.adopt_model, "adopt_model"),
        (open_window.library_controller.use_model, "extract_missing"),
    ):
        start("mine")
        assert tasks.count(op) == 0
    open_window.actions_.cancel.trigger()
    assert tasks.cancelled_tickets == [tasks.last("index").ticket]


def test_a_busy_library_offers_to_try_again(
    open_window: MainWindow, tasks: Any
) -> None:
    open_window.library_controller.add(["/images/list.csv"])
    tasks.fail("index", "Another window or command is changing the library.")
    open_window.messages.messages()[0].press("Try again")
    assert tasks.count("index") == 2


def test_relabelling_keeps_the_place_in_the_library_and_among_the_hits(
    qtbot: QtBot, open_window: MainWindow, tasks: Any, make: Any
) -> None:
    model, view = open_window.results.model, open_window.results.view

    def relabel(row: int) -> None:
        view.setCurrentIndex(model.index(row))
        open_window.library.relabel(["0040:1"], "ct_head")
        tasks.answer("relabel", {"0040:1": "mr_brain"})
        with qtbot.waitSignal(model.modelReset):
            tasks.answer("library_info", make.info(open_window.library.folder))
            if open_window.search.query:
                tasks.answer("search", make.results())

    qtbot.waitUntil(lambda: model.rowCount() > 0)
    relabel(40)
    assert view.currentIndex().row() == 40
    search(open_window, tasks, make)
    assert view.currentIndex().row() == -1
    relabel(7)
    assert view.currentIndex().row() == 7


def test_removed_images_can_be_brought_back(
    open_window: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    search(open_window, tasks, make)
    view = open_window.results.view
    view.setCurrentIndex(open_window.results.model.index(2))
    open_window.actions_.remove.trigger()
    assert tasks.last("remove_images").arguments.image_ids == ("0003:1",)
    tasks.answer("remove_images", "token-1")
    tasks.answer("library_info", make.info(library_folder, 239))
    assert tasks.count("search") == 2
    assert open_window.actions_.undo.isEnabled()
    open_window.actions_.undo.trigger()
    assert tasks.last("restore_images").arguments.undo == "token-1"
    tasks.answer("restore_images", 1)
    assert not open_window.actions_.undo.isEnabled()
    assert texts(open_window) == ["The change was taken back."]


def test_a_changed_class_can_be_changed_back(
    open_window: MainWindow, tasks: Any
) -> None:
    open_window.library.relabel(["a:1", "b:1", "c:1"], "ct_head")
    tasks.answer("relabel", {"a:1": "x", "b:1": "y", "c:1": "x"})
    assert texts(open_window) == ["3 images are now of the class 'ct head'."]
    open_window.messages.messages()[0].press("Undo")
    undone = [asked.arguments for asked in tasks.asked if asked.op == "relabel"][1:]
    assert [(change.class_name, change.image_ids) for change in undone] == [
        ("x", ("a:1", "c:1")),
        ("y", ("b:1",)),
    ]


def test_another_library_has_nothing_to_undo(
    open_window: MainWindow, tasks: Any, tmp_path: Path
) -> None:
    open_window.library.remove(["a:1"])
    tasks.answer("remove_images", "token")
    open_window.library.open(str(tmp_path))
    assert not open_window.actions_.undo.isEnabled()


def test_a_folder_that_is_no_library_leaves_the_open_one(
    open_window: MainWindow, tmp_path: Path, library_folder: Path
) -> None:
    open_window.library_controller.open(str(tmp_path))
    assert "is not a library" in texts(open_window)[0]
    assert open_window.library.folder == str(library_folder)


def test_a_library_that_cannot_be_opened_leaves_none_open(
    window: MainWindow, tasks: Any, library_folder: Path
) -> None:
    window.library.open(str(library_folder))
    tasks.fail("library_info", "The library 'chest' is damaged.")
    assert window.results.page.title() == "No library is open"
    assert "Demo library" in window.results.page.actions_shown()
    assert texts(window) == ["The library 'chest' is damaged."]
    window.messages.messages()[0].press("Try again")
    assert tasks.count("library_info") == 2


def test_a_new_library_is_opened_and_filled_with_the_chosen_features(
    window: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    folder = str(tmp_path / "new")
    window.library_controller._create(folder, "new", "autoencoder-m4", "latent")
    tasks.answer("create_library", make.info(folder, 0))
    window.library_controller.add(["/images/list.csv"])
    request = tasks.last("index").arguments
    assert request.library == folder
    assert (request.model, request.layer) == ("autoencoder-m4", "latent")


def test_the_features_chosen_for_a_new_library_are_its_own(
    window: MainWindow, tasks: Any, make: Any, store: SettingsStore, tmp_path: Path
) -> None:
    folder, other = str(tmp_path / "new"), str(tmp_path / "other")
    window.library_controller._create(folder, "new", "autoencoder-m4", "latent")
    tasks.fail("create_library", "The disk is full.")
    window.library.open(other)
    tasks.answer("library_info", make.info(other, 0))
    window.library_controller.add(["/images/list.csv"])
    assert tasks.last("index").arguments.model == ""
    tasks.confirm_cancel("index")
    window.library.open(folder)
    tasks.answer("library_info", make.info(folder, 0))
    window.library_controller.add(["/images/list.csv"])
    assert tasks.last("index").arguments.model == "autoencoder-m4"
    assert store.value.first_features == (folder, "autoencoder-m4", "latent")


def open_other(window: MainWindow, tasks: Any, make: Any, folder: Path) -> None:
    window.library.open(str(folder))
    tasks.answer("library_info", make.info(folder))


def test_what_failed_for_one_library_is_not_tried_again_with_another(
    open_window: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    open_window.library_controller.add(["/images/list.csv"])
    open_other(open_window, tasks, make, tmp_path)
    tasks.fail("index", "The disk is full.")
    open_window.messages.messages()[0].press("Try again")
    assert tasks.count("index") == 1


def test_messages_about_a_library_leave_with_it(
    open_window: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    folder = open_window.library.folder
    open_window.library.remove(["0001:1"])
    tasks.answer("remove_images", "token")
    missing = replace(make.info(folder), num_missing_features=12)
    tasks.answer("library_info", missing)
    open_window.library_controller.add(["/images/list.csv"])
    tasks.fail("index", "The disk is full.")
    assert len(texts(open_window)) == 3
    open_other(open_window, tasks, make, tmp_path)
    assert texts(open_window) == []


def test_a_removal_that_ends_in_another_library_cannot_be_undone_there(
    open_window: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    open_window.library.remove(["0001:1"])
    open_other(open_window, tasks, make, tmp_path)
    tasks.answer("remove_images", "token")
    assert not open_window.library.can_undo
    assert texts(open_window) == []


def test_missing_features_are_offered_to_be_extracted(
    window: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    window.library.open(str(library_folder))
    info = replace(make.info(library_folder), num_missing_features=12)
    tasks.answer("library_info", info)
    window.messages.messages()[0].press("Extract them")
    assert tasks.count("extract_missing") == 1


def test_a_hit_is_compared_with_the_query_and_the_next_one_follows(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    tile = open_window.results.model.tiles()[4]
    open_window.results.view.opened.emit(tile)
    dialog = open_window.findChild(CompareDialog)
    assert dialog.row() == 4
    first = tasks.last("preview").ticket
    dialog.show_hit(5)
    tasks.answer("preview", make.image(), first)
    assert dialog.hit_side.view.image().isNull()
    tasks.answer("preview", make.image())
    assert not dialog.hit_side.view.image().isNull()


def test_the_menu_of_a_hit_follows_the_selection(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    actions, view = open_window.actions_, open_window.results.view
    assert not actions.use_as_query.isEnabled()
    view.setCurrentIndex(open_window.results.model.index(0))
    assert actions.use_as_query.isEnabled()
    assert actions.compare.isEnabled()
    view.selectAll()
    assert not actions.compare.isEnabled()
    assert actions.remove.isEnabled()
    actions.copy_path.trigger()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 20


def test_use_as_query_searches_with_the_hit(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    open_window.results.view.setCurrentIndex(open_window.results.model.index(1))
    open_window.actions_.use_as_query.trigger()
    assert tasks.last("search").arguments.query_image_id == "0002:1"
    assert tasks.last("preview").arguments[0] == "/images/0002.dcm"


def test_a_hit_whose_file_is_gone_is_said(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    open_window.results.view.setCurrentIndex(open_window.results.model.index(1))
    open_window.actions_.show_in_folder.trigger()
    assert texts(open_window) == ["'0002.dcm' is no longer where it was."]


def test_results_are_exported(
    qtbot: QtBot, open_window: MainWindow, tasks: Any, make: Any, tmp_path: Path
) -> None:
    search(open_window, tasks, make)
    open_window.export.save_csv(str(tmp_path / "list.csv"))
    assert len((tmp_path / "list.csv").read_text().splitlines()) == 21
    open_window.export.save_screenshot(str(tmp_path / "window.png"))
    qtbot.waitUntil(lambda: "Saved as 'window.png'." in texts(open_window))
    assert QImage(str(tmp_path / "window.png")).width() == open_window.width()


def test_leaving_the_query_shows_the_library_again(
    qtbot: QtBot, open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    open_window.actions_.browse.trigger()
    qtbot.waitUntil(lambda: open_window.results.heading() == "Images of this library")
    assert open_window.query_panel.drop_zone.isVisible()


def test_one_class_of_the_library_can_be_looked_at(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    open_window.queries._set_class_filter("mr_brain")
    model = open_window.results.model
    qtbot.waitUntil(lambda: {tile.class_name for tile in model.tiles()} == {"mr_brain"})


def test_scrolling_down_brings_the_rest_of_the_library(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    model = open_window.results.model
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    assert model.rowCount() < 240
    while model.canFetchMore(model.index(-1)):
        with qtbot.waitSignal(model.rowsInserted):
            model.fetchMore(model.index(-1))
    assert model.rowCount() == 240


def test_help_about_and_statistics_open_without_stopping_the_window(
    open_window: MainWindow,
) -> None:
    for action in (
        open_window.actions_.about,
        open_window.actions_.shortcuts,
        open_window.actions_.statistics,
        open_window.actions_.new_library,
    ):
        action.trigger()
        (dialog,) = open_dialogs(open_window)
        dialog.reject()


def test_every_button_and_the_grid_have_a_name_for_screen_readers(
    open_window: MainWindow,
) -> None:
    for button in open_window.findChildren(QPushButton):
        assert button.text() or button.accessibleName()
    assert open_window.results.view.accessibleName()
    assert open_window.query_panel.image_view.accessibleName()


def test_choices_and_shape_are_remembered(
    open_window: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    search(open_window, tasks, make)
    tasks.answer("warm", 240)
    open_window.actions_.larger.trigger()
    open_window.close()
    settings = load_settings(settings_file())
    assert settings.library == str(library_folder)
    assert settings.recent_queries == ("/images/query.dcm",)
    assert settings.thumbnail_px > 0
    assert settings.window_geometry
    assert tasks.is_closed


def test_closing_cancels_what_runs_and_waits_for_it(
    qtbot: QtBot, open_window: MainWindow, tasks: Any
) -> None:
    open_window.library_controller.add(["/images/list.csv"])
    open_window.close()
    assert open_window.isVisible()
    assert texts(open_window) == ["Stopping what is running, then closing."]
    assert tasks.last("index").ticket in tasks.cancelled_tickets
    for op in ("warm", "index"):
        tasks.confirm_cancel(op)
    qtbot.waitUntil(lambda: not open_window.isVisible())
    assert tasks.is_closed


def test_a_task_that_does_not_end_cannot_keep_the_window_open(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    open_window._closing._deadline.setInterval(1)
    open_window.close()
    qtbot.waitUntil(lambda: not open_window.isVisible())


def test_a_starting_engine_is_said_in_the_status_bar(
    open_window: MainWindow, tasks: Any
) -> None:
    tasks.engine_state.emit("starting")
    assert open_window.status.texts()[0] == "Loading the network …"
    tasks.engine_state.emit("ready")
    assert open_window.status.texts()[0] == ""


def test_the_intended_use_is_said_until_it_is_accepted(
    window: MainWindow, store: SettingsStore
) -> None:
    store.update(intended_use_accepted=False)
    window.start()
    assert "not for diagnosis" in texts(window)[0]
    window.messages.messages()[0].press("I understand")
    assert store.value.intended_use_accepted


def test_models_and_evaluation_open_once_and_do_not_stop_the_window(
    open_window: MainWindow, tasks: Any
) -> None:
    for action, op in (
        (open_window.actions_.models, "models"),
        (open_window.actions_.evaluate, "list_libraries"),
    ):
        action.trigger()
        action.trigger()
        assert tasks.count(op) >= 2
    dialogs = open_dialogs(open_window)
    assert [dialog.windowTitle() for dialog in dialogs] == ["Models", "Evaluation"]
    assert not any(dialog.isModal() for dialog in dialogs)
    for dialog in dialogs:
        dialog.reject()


def test_a_model_of_the_list_becomes_the_default_of_the_library(
    open_window: MainWindow, tasks: Any, store: SettingsStore
) -> None:
    store.update(model="vgg16-c18", layer="pool")
    open_window.pages.adopt_requested.emit("mine", "fc1")
    arguments = tasks.last("adopt_model").arguments
    assert (arguments.library, arguments.model, arguments.layer) == (
        open_window.library.folder,
        "mine",
        "fc1",
    )
    tasks.answer("adopt_model", IndexSummary("", 240, 0, 0, (), 9.0, 26.0))
    assert store.value.model == ""


def test_the_retrain_menu_opens_one_dialog(open_window: MainWindow, tasks: Any) -> None:
    open_window.actions_.retrain.trigger()
    open_window.actions_.retrain.trigger()
    assert len(open_dialogs(open_window)) == 1
    tasks.trainings.happened.emit("/runs/1", RunFinished("mine"))
    open_window.messages.messages()[0].press("Use it for this library")
    assert tasks.last("adopt_model").arguments.model == "mine"


def test_a_library_is_searched_with_a_model_once_it_has_its_features(
    open_window: MainWindow, tasks: Any, make: Any, library_folder: Path
) -> None:
    search(open_window, tasks, make)
    open_window.library_controller.use_model("vgg16-c18", "pool")
    assert tasks.count("search") == 1
    summary = IndexSummary(str(library_folder), 240, 0, 0, (), 9.0, 26.0)
    tasks.answer("extract_missing", summary)
    tasks.answer("library_info", make.info(library_folder))
    assert tasks.last("search").arguments.layer == "pool"
    assert texts(open_window) == ["Features of 240 images extracted."]


def test_a_running_training_is_asked_about_once_before_the_window_closes(
    open_window: MainWindow, tasks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.answer("warm", 240)
    monkeypatch.setattr(tasks.trainings, "folder", lambda: "/runs/1")
    open_window.close()
    open_window.close()
    (question,) = open_dialogs(open_window)
    assert open_window.isVisible()
    question.defaultButton().click()
    assert not open_window.isVisible()


def test_the_number_of_results_can_be_reached_by_its_key(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    open_window.activateWindow()
    open_window.actions_.set_number.trigger()
    assert open_window.results._top.hasFocus()


def tab_stops(window: MainWindow) -> list[QWidget]:
    stops, widget = [], window.nextInFocusChain()
    while widget is not window:
        policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if policy and widget.isVisible() and widget.isEnabled():
            stops.append(widget)
        widget = widget.nextInFocusChain()
    return stops


def test_the_tab_key_reaches_the_buttons_of_the_newest_message_first(
    open_window: MainWindow,
) -> None:
    actions = (MessageAction("Do", lambda: None), MessageAction("Undo", lambda: None))
    open_window.messages.post("first", actions=actions)
    open_window.messages.post("second", actions=actions)
    stops = tab_stops(open_window)[:7]
    texts = [stop.text() for stop in stops if isinstance(stop, QPushButton)]
    assert texts == ["Do", "Undo"] * 2
    assert stops[0].parentWidget().text == "second"
    assert stops[6] is open_window.query_panel._tools[0]


def test_no_two_letters_of_the_window_are_the_same(
    open_window: MainWindow,
) -> None:
    labels = [each.text() for each in open_window.findChildren(QLabel) if each.buddy()]
    menus = [action.text() for action in open_window.menuBar().actions()]
    letters = [text[text.index("&") + 1].lower() for text in labels + menus]
    assert len(letters) == len(set(letters)) >= 10


def test_the_tab_key_goes_from_the_query_to_the_grid(
    open_window: MainWindow, tasks: Any, make: Any
) -> None:
    search(open_window, tasks, make)
    order: list[QWidget] = []
    widget = open_window.query_panel.image_view
    while widget not in order:
        order.append(widget)
        widget = widget.nextInFocusChain()
    panel = open_window.results
    places = [order.index(part) for part in (panel._filter, panel._top, panel.view)]
    assert places == sorted(places)
