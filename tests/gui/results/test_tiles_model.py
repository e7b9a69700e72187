from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache
from cbmir_gui.gui.results.tiles import tile_of_hit, tile_of_record
from cbmir_gui.gui.results.tiles_model import TILE_ROLE, TilesModel


@pytest.fixture
def model(reader: CatalogueReader) -> TilesModel:
    reader.open("/library")
    return TilesModel(ThumbnailCache(reader))


def test_the_model_keeps_the_rules_with_hits_and_with_pages(
    qtmodeltester: ModelTester, model: TilesModel, make: Any
) -> None:
    model.set_tiles([tile_of_hit(make.hit(rank)) for rank in range(1, 21)])
    qtmodeltester.check(model)
    model.set_tiles([tile_of_record(make.record(row)) for row in range(30)], 60)
    model.append([tile_of_record(make.record(row)) for row in range(30, 60)])
    qtmodeltester.check(model)


def test_a_hit_says_rank_similarity_class_and_modality_to_a_screen_reader(
    model: TilesModel, make: Any
) -> None:
    model.set_tiles([tile_of_hit(make.hit(3))], metric="cosine")
    text = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Rank 3" in text
    assert "Cosine similarity 0.9700" in text
    assert "Class ct head" in text
    assert "Modality CT" in text


def test_a_thumbnail_arrives_after_it_was_asked_for(
    qtbot: QtBot, model: TilesModel, make: Any
) -> None:
    model.set_tiles([tile_of_record(make.record(7))])
    index = model.index(0)
    with qtbot.waitSignal(model.dataChanged):
        assert index.data(Qt.ItemDataRole.DecorationRole) is None
    assert index.data(Qt.ItemDataRole.DecorationRole).width() == 64


def test_a_page_is_asked_for_once_until_it_arrives(
    qtbot: QtBot, model: TilesModel, make: Any
) -> None:
    model.set_tiles([tile_of_record(make.record(row)) for row in range(10)], 25)
    asked = []
    model.more_wanted.connect(asked.append)
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert asked == [10]
    model.append([tile_of_record(make.record(row)) for row in range(10, 20)])
    model.fetchMore(QModelIndex())
    assert asked == [10, 20]


def test_an_empty_page_ends_the_asking(model: TilesModel, make: Any) -> None:
    model.set_tiles([tile_of_record(make.record(0))], 5)
    model.append([])
    assert not model.canFetchMore(QModelIndex())


def test_an_image_that_comes_twice_is_shown_once(model: TilesModel, make: Any) -> None:
    model.set_tiles([tile_of_record(make.record(0))], 3)
    model.append([tile_of_record(make.record(0)), tile_of_record(make.record(1))])
    assert [tile.image_id for tile in model.tiles()] == ["0000:1", "0001:1"]


def test_a_tile_knows_its_frame(model: TilesModel, make: Any) -> None:
    model.set_tiles([tile_of_record(make.record(0))])
    assert model.index(0).data(TILE_ROLE).frame == 1
