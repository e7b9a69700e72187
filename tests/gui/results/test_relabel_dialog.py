import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.results.relabel_dialog import RelabelDialog


@pytest.fixture
def dialog(qtbot: QtBot) -> RelabelDialog:
    dialog = RelabelDialog(("ct_head", "", "chest_xray"), ["ct_head", "chest_xray"])
    qtbot.addWidget(dialog)
    return dialog


def test_a_class_can_be_chosen_or_written(qtbot: QtBot, dialog: RelabelDialog) -> None:
    offered = [dialog.choice.itemText(row) for row in range(dialog.choice.count())]
    assert offered == ["chest_xray", "ct_head"]
    dialog.choice.setCurrentText("  new class ")
    assert dialog.note() == "This is a new class."
    with qtbot.waitSignal(dialog.class_chosen) as chosen:
        dialog.accept()
    assert chosen.args == ["new class"]


def test_any_part_of_a_name_completes_it(dialog: RelabelDialog) -> None:
    completer = dialog.choice.completer()
    completer.setCompletionPrefix("HEAD")
    model = completer.completionModel()
    found = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert found == ["ct_head"]


def test_images_of_several_classes_begin_without_one(dialog: RelabelDialog) -> None:
    assert dialog.choice.currentText() == ""
    assert dialog.choice.lineEdit().placeholderText() == "several classes"


def test_the_present_class_cannot_be_given_again(qtbot: QtBot) -> None:
    dialog = RelabelDialog(("ct_head",), ["ct_head"])
    qtbot.addWidget(dialog)
    ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    assert dialog.choice.currentText() == "ct_head"
    assert not ok.isEnabled()
    with qtbot.assertNotEmitted(dialog.class_chosen):
        dialog.accept()
    dialog.choice.setCurrentText("other")
    assert ok.isEnabled()
