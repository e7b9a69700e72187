from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache
from cbmir_gui.gui.results.tiles import tile_of_hit
from cbmir_gui.gui.results.tiles_model import TilesModel
from cbmir_gui.gui.results.view import MIN_FITTED_PX, ResultsView


@pytest.fixture
def view(qtbot: QtBot, reader: CatalogueReader, make: Any) -> ResultsView:
    model = TilesModel(ThumbnailCache(reader))
    model.set_tiles([tile_of_hit(make.hit(rank)) for rank in range(1, 21)])
    view = ResultsView(model, 0)
    view.model_kept = model
    qtbot.addWidget(view)
    view.resize(970, 680)
    view.show()
    return view


def is_in_sight(view: ResultsView, row: int) -> bool:
    place = view.visualRect(view.model().index(row))
    return view.viewport().rect().contains(place)


@pytest.mark.parametrize("size", [(970, 680), (1600, 900), (760, 900), (1500, 500)])
def test_all_twenty_hits_are_in_sight_at_once(
    view: ResultsView, size: tuple[int, int]
) -> None:
    view.resize(*size)
    assert is_in_sight(view, 0)
    assert is_in_sight(view, 19)


def test_a_small_view_scrolls_instead_of_shrinking_images_to_nothing(
    view: ResultsView,
) -> None:
    view.resize(300, 200)
    assert view.thumbnail_px() == MIN_FITTED_PX


def test_the_place_in_the_grid_outlives_a_change_of_the_tiles(
    view: ResultsView, make: Any
) -> None:
    view.resize(300, 200)
    view.setCurrentIndex(view.model().index(9))
    view.executeDelayedItemsLayout()
    place = view.place()
    assert place.scrolled_px > 0
    hits = [make.hit(rank) for rank in range(1, 21)]
    view.model_kept.set_tiles(map(tile_of_hit, [hits[19], *hits[:19]]))
    assert view.currentIndex().row() == -1
    view.go_to(place)
    assert view.currentIndex().row() == 10
    assert [tile.rank for tile in view.selected_tiles()] == [10]
    assert view.verticalScrollBar().value() == place.scrolled_px
    view.model_kept.set_tiles(map(tile_of_hit, hits[:5]))
    view.go_to(place)
    assert view.currentIndex().row() == 4
    assert view.selected_tiles() == ()


def test_a_chosen_size_stays(view: ResultsView) -> None:
    view.set_thumbnail_px(150)
    view.resize(1600, 900)
    assert view.thumbnail_px() == 150


def test_enter_and_double_click_open_a_tile(qtbot: QtBot, view: ResultsView) -> None:
    view.setCurrentIndex(view.model().index(4))
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened.args[0].rank == 5
    place = view.visualRect(view.model().index(1)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args[0].rank == 2


def test_arrow_keys_move_through_the_grid(qtbot: QtBot, view: ResultsView) -> None:
    view.setCurrentIndex(view.model().index(0))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.currentIndex().row() == 1
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() > 2


def test_selected_tiles_come_in_the_order_of_the_grid(view: ResultsView) -> None:
    selection = view.selectionModel()
    for row in (7, 2):
        index = view.model().index(row)
        selection.select(index, selection.SelectionFlag.Select)
    assert [tile.rank for tile in view.selected_tiles()] == [3, 8]
