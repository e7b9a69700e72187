import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import FailedFile, ModelInfo
from cbmir_gui.gui.library.dialogs import FeaturesDialog, NewLibraryDialog
from cbmir_gui.gui.library.failures_dialog import FailuresDialog
from cbmir_gui.gui.library.left_out import LeftOutModel
from cbmir_gui.gui.library.statistics_dialog import StatisticsDialog

FAILED = (
    FailedFile("/images/report.dcm", "it has no image"),
    FailedFile("/images/empty.png", "it is empty"),
)
GOOD = ModelInfo("good", "vgg16", "", (), ("flatten", "pool"), "pool", "cosine", "", {})
BROKEN = ModelInfo("broken", "vgg16", "", (), ("a",), "a", "cosine", "", {}, "damaged")


@pytest.mark.parametrize(
    ("name", "is_good"),
    [("chest", True), ("", False), ("a/b", False), (".hidden", False), ("b:c", False)],
)
def test_a_new_library_needs_a_name_that_can_be_a_folder(
    qtbot: QtBot, tmp_path: Path, name: str, is_good: bool
) -> None:
    dialog = NewLibraryDialog(tmp_path)
    qtbot.addWidget(dialog)
    dialog.name.setText(name)
    assert (not dialog.problem()) is is_good
    button = dialog.findChild(QDialogButtonBox).button(
        QDialogButtonBox.StandardButton.Ok
    )
    assert button.isEnabled() is is_good


def test_a_name_that_is_taken_is_refused(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "chest").mkdir()
    dialog = NewLibraryDialog(tmp_path)
    qtbot.addWidget(dialog)
    dialog.name.setText("chest")
    assert "already" in dialog.problem()


def test_a_new_library_is_asked_for_with_the_chosen_features(
    qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = NewLibraryDialog(tmp_path)
    qtbot.addWidget(dialog)
    dialog.name.setText("chest")
    dialog.set_models([BROKEN, GOOD])
    dialog.features.setCurrentIndex(2)
    with qtbot.waitSignal(dialog.create_requested) as wanted:
        dialog.findChild(QDialogButtonBox).accepted.emit()
    assert wanted.args == [str(tmp_path / "chest"), "chest", "good", "pool"]


def test_only_models_that_can_be_used_are_offered(qtbot: QtBot) -> None:
    dialog = FeaturesDialog(240)
    qtbot.addWidget(dialog)
    dialog.set_models([BROKEN])
    assert dialog.choice.count() == 0
    dialog.set_models([GOOD])
    assert dialog.choice.itemText(0) == "good · flatten"


def test_the_list_of_failures_keeps_the_rules(qtmodeltester: ModelTester) -> None:
    model = LeftOutModel(FAILED)
    qtmodeltester.check(model)
    assert model.index(0, 0).data() == "report.dcm"
    assert model.index(1, 1).data() == "it is empty"
    qtmodeltester.check(LeftOutModel(FAILED, FAILED))


def test_the_list_of_failures_can_be_saved(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = FailuresDialog(FAILED)
    qtbot.addWidget(dialog)
    dialog.save(str(tmp_path / "list.csv"))
    text = (tmp_path / "list.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1] == "report.dcm,it has no image"
    dialog.folders.setChecked(True)
    dialog.save(str(tmp_path / "list.csv"))
    text = (tmp_path / "list.csv").read_text(encoding="utf-8")
    assert text.splitlines()[1] == "/images/report.dcm,it has no image"


def test_very_many_failures_are_shown_at_once(qtbot: QtBot) -> None:
    failed = tuple(FailedFile(f"/images/{n}", "it is empty") for n in range(100_000))
    start = time.process_time()
    dialog = FailuresDialog(failed)
    qtbot.addWidget(dialog)
    dialog.show()
    assert time.process_time() - start < 1
    assert dialog.left_out.model().rowCount() == 100_000


def test_statistics_sort_classes_by_size(qtbot: QtBot, tmp_path: Path, make) -> None:
    info = make.info(tmp_path)
    info.classes["ct_head"] = 500
    dialog = StatisticsDialog(info)
    qtbot.addWidget(dialog)
    model = dialog.classes.model()
    assert model.index(0, 0).data() == "ct head"
    assert model.index(0, 1).data() == 500
