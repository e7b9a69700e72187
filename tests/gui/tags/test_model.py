"""The tree of elements, whole and narrowed."""

import time

import pytest
from PySide6.QtCore import QModelIndex
from pytestqt.modeltest import ModelTester

from cbmir_gui.core.tags import TagRow, TagTable
from cbmir_gui.gui.tags.model import TagsModel

ROWS = (
    TagRow(0, "(0008,0060)", "Modality", "CS", "CT"),
    TagRow(0, "(0010,0010)", "PatientName", "PN", "", True, True),
    TagRow(0, "(0040,0275)", "RequestAttributesSequence", "SQ", "2 items"),
    TagRow(1, "", "Item 1", "", ""),
    TagRow(2, "(0008,0104)", "CodeMeaning", "LO", "Chest"),
    TagRow(1, "", "Item 2", "", ""),
    TagRow(2, "(0008,0104)", "CodeMeaning", "LO", "Knee"),
    TagRow(0, "(0028,0010)", "Rows", "US", "512"),
)


@pytest.fixture
def model() -> TagsModel:
    model = TagsModel()
    model.set_table(TagTable(ROWS, 1))
    return model


def tree(model: TagsModel, parent: QModelIndex | None = None) -> list:
    """Return names with what stands below them."""
    parent = parent or QModelIndex()
    found = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        name = model.index(row, 1, parent).data() or index.data()
        below = tree(model, index)
        found.append((name, below) if below else name)
    return found


def test_the_tree_keeps_the_rules(qtmodeltester: ModelTester, model: TagsModel) -> None:
    qtmodeltester.check(model)
    model.set_words("knee")
    qtmodeltester.check(model)


def test_items_stand_below_their_sequence(model: TagsModel) -> None:
    assert tree(model) == [
        "Modality",
        "PatientName",
        (
            "RequestAttributesSequence",
            [("Item 1", ["CodeMeaning"]), ("Item 2", ["CodeMeaning"])],
        ),
        "Rows",
    ]
    assert [model.index(0, column).data() for column in range(4)] == [
        "(0008,0060)",
        "Modality",
        "CS",
        "CT",
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("modal", ["Modality"]),
        ("MODALITY ct", ["Modality"]),
        ("modality mr", []),
        ("0010,0010", ["PatientName"]),
        ("00100010", ["PatientName"]),
        ("(0028,0010)", ["Rows"]),
        ("PN", ["PatientName"]),
        ("512", ["Rows"]),
    ],
)
def test_elements_are_found_by_all_that_is_shown(
    text: str, names: list[str], model: TagsModel
) -> None:
    model.set_words(text)
    assert tree(model) == names
    assert model.num_found() == len(names)


def test_what_is_found_stays_where_it_stands(model: TagsModel) -> None:
    model.set_words("knee")
    assert tree(model) == [("RequestAttributesSequence", [("Item 2", ["CodeMeaning"])])]
    assert model.num_found() == 1
    model.set_words("requestattributes")
    assert len(tree(model)[0][1]) == 2
    model.set_words("")
    assert len(tree(model)) == 4


def test_a_hidden_value_is_called_so_and_cannot_be_searched(model: TagsModel) -> None:
    index = model.index(1, 3)
    assert index.data() == "hidden"
    assert model.value_text(ROWS[1]) == "hidden"
    assert model.row_text(ROWS[0]) == "(0008,0060)\tModality\tCS\tCT"
    model.set_words("hidden")
    assert tree(model) == []


def test_many_elements_are_narrowed_at_once() -> None:
    rows = tuple(
        TagRow(0, f"(0009,{number:04X})", "Private", "LO", f"value {number}")
        for number in range(20_000)
    )
    model = TagsModel()
    start = time.monotonic()
    model.set_table(TagTable(rows))
    model.set_words("value 19999")
    assert tree(model) == ["Private"]
    assert time.monotonic() - start < 2
