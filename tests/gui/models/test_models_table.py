import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QIcon
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.gui.models.models_model import Column, ModelsModel
from cbmir_gui.gui.models.models_table import ModelsTable

GOOD = ModelInfo(
    name="vgg16-c18",
    architecture="vgg16",
    folder="",
    classes=("ct_head", "mr_brain"),
    layers=("flatten", "fc1"),
    default_layer="fc1",
    default_metric="cosine",
    created="2026-11-21",
    metrics={"accuracy": 0.9858, "mean_average_precision": 0.9638},
    size_bytes=2**20,
)
PLAIN = ModelInfo("a-coder", "autoencoder", "", (), ("z",), "z", "euclidean", "", {})
BROKEN = ModelInfo("broken", "", "", (), (), "", "", "", {}, "card.json is not JSON")


@pytest.fixture
def table(qtbot: QtBot) -> ModelsTable:
    table = ModelsTable()
    qtbot.addWidget(table)
    table.set_models([GOOD, BROKEN, PLAIN])
    return table


def test_the_list_keeps_the_rules(qtmodeltester: ModelTester) -> None:
    model = ModelsModel(QIcon())
    model.set_models([GOOD, BROKEN])
    qtmodeltester.check(model)


def test_a_row_tells_what_a_model_is() -> None:
    model = ModelsModel(QIcon())
    model.set_models([GOOD])
    row = [model.index(0, column).data() for column in Column]
    assert row == ["vgg16-c18", "vgg16", "fc1", "2", "0.9858", "0.9638", "1.00 MiB"]


def test_what_a_model_does_not_have_is_a_dash() -> None:
    model = ModelsModel(QIcon())
    model.set_models([BROKEN])
    dash = "\N{EN DASH}"
    assert model.index(0, Column.CLASSES).data() == dash
    assert model.index(0, Column.ACCURACY).data() == dash
    tip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "card.json is not JSON"


def test_the_model_that_the_library_uses_is_bold() -> None:
    model = ModelsModel(QIcon())
    model.set_models([GOOD, PLAIN])
    model.set_default("vgg16-c18")
    font = model.index(0, 0).data(Qt.ItemDataRole.FontRole)
    assert isinstance(font, QFont)
    assert font.bold()
    assert model.index(1, 0).data(Qt.ItemDataRole.FontRole) is None


def test_figures_are_sorted_as_numbers_and_missing_ones_are_the_lowest(
    table: ModelsTable,
) -> None:
    table.sortByColumn(Column.MAP, Qt.SortOrder.DescendingOrder)
    assert table.names()[0] == "vgg16-c18"
    table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    assert table.names() == ["a-coder", "broken", "vgg16-c18"]


def test_the_chosen_model_stays_chosen_when_the_list_is_renewed(
    table: ModelsTable,
) -> None:
    table.choose("vgg16-c18")
    table.set_models([GOOD, PLAIN])
    assert table.chosen_model() == GOOD
    table.set_models([PLAIN])
    assert table.chosen_model() == PLAIN


def test_an_empty_list_has_nothing_chosen(qtbot: QtBot, table: ModelsTable) -> None:
    with qtbot.waitSignal(table.chosen) as chosen:
        table.set_models([])
    assert chosen.args == [None]
    assert table.chosen_model() is None
