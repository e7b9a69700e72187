import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QMessageBox,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from cbmir_gui.core.records import IndexSummary, ModelInfo
from cbmir_gui.engine.operation_answers import Adoption, NoAnswer
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.models.dialog import ModelsDialog
from cbmir_gui.gui.models.questions import ImportDialog
from cbmir_gui.gui.models.reconstruction_dialog import ReconstructionDialog
from cbmir_gui.gui.settings_store import SettingsStore

CARD = json.dumps({"intended_use": "Research only.", "layers": {"fc1": 256}})
BROKEN = ModelInfo("broken", "", "", (), (), "", "", "", {}, "card.json is not JSON")


@pytest.fixture
def models(tmp_path: Path) -> tuple[ModelInfo, ...]:
    (tmp_path / "curves.png").touch()
    good = ModelInfo(
        name="good",
        architecture="vgg16",
        folder=str(tmp_path),
        classes=("ct_head",),
        layers=("flatten", "fc1"),
        default_layer="fc1",
        default_metric="cosine",
        created="2026-11-21",
        metrics={},
    )
    return good, BROKEN


@pytest.fixture
def library(tasks: Any, make: Any, library_folder: Path) -> LibrarySession:
    session = LibrarySession(tasks)
    session.open(str(library_folder))
    tasks.answer("library_info", make.info(library_folder))
    return session


@pytest.fixture
def dialog(
    qtbot: QtBot,
    tasks: Any,
    library: LibrarySession,
    store: SettingsStore,
    models: tuple[ModelInfo, ...],
) -> ModelsDialog:
    dialog = ModelsDialog(tasks, library, store, lambda: None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.refresh()
    tasks.answer("models", models)
    dialog.table.choose("good")
    return dialog


def adopted(tasks: Any, make: Any, previous: bool = True) -> None:
    info = make.info("/libraries/chest")
    default, former = info.extractors
    tasks.answer("adopted", Adoption(default, former if previous else None))


def texts(dialog: ModelsDialog) -> list[str]:
    return [message.text for message in dialog.messages.messages()]


def test_the_card_of_the_chosen_model_is_shown_with_its_curves(
    dialog: ModelsDialog, tasks: Any, make: Any, tmp_path: Path
) -> None:
    assert tasks.last("model_card").arguments.model == "good"
    tasks.answer("model_card", CARD)
    assert "Research only." in dialog.card.card_text()
    assert tasks.last("preview").arguments[0] == str(tmp_path / "curves.png")
    tasks.answer("preview", make.image())
    assert dialog.card.curves().image().width() == 64


def test_the_card_of_a_model_chosen_before_is_dropped(
    dialog: ModelsDialog, tasks: Any
) -> None:
    late = tasks.last("model_card").ticket
    dialog.table.choose("broken")
    tasks.answer("model_card", CARD, late)
    assert dialog.card.card_text() == ""
    assert dialog.card.state_text() == "Its card cannot be read."
    assert "card.json is not JSON" in dialog.card.problem_text()


def test_a_list_that_cannot_be_had_can_be_asked_for_again(
    qtbot: QtBot, tasks: Any, library: LibrarySession, store: SettingsStore
) -> None:
    dialog = ModelsDialog(tasks, library, store, lambda: None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.refresh()
    assert dialog.state_text() == "Looking for models …"
    tasks.fail("models", "The network process has ended.")
    assert texts(dialog) == ["The network process has ended."]
    dialog.messages.messages()[0].press("Try again")
    tasks.answer("models", ())
    assert dialog.state_text() == "There is no model yet. Train one, or import one."
    assert not dialog.actions_.verify.isEnabled()


def test_a_model_becomes_the_default_with_its_own_or_another_layer(
    qtbot: QtBot, dialog: ModelsDialog
) -> None:
    with qtbot.waitSignal(dialog.adopt_requested) as wanted:
        dialog.actions_.set_default.trigger()
    assert wanted.args == ["good", "fc1"]
    flatten = dialog.actions_.layers.actions()[0]
    with qtbot.waitSignal(dialog.adopt_requested) as wanted:
        flatten.trigger()
    assert wanted.args == ["good", "flatten"]


def test_the_present_default_and_damaged_models_are_not_offered_with_the_reason(
    dialog: ModelsDialog, tasks: Any, make: Any, models: tuple[ModelInfo, ...]
) -> None:
    default = make.info("/x").extractors[0]
    used = ModelInfo(
        **{
            name: getattr(models[0], name)
            for name in ModelInfo.__dataclass_fields__  # type: ignore[attr-defined]
        }
        | {"name": default.model, "default_layer": default.layer}
    )
    dialog.refresh(default.model)
    tasks.answer("models", (used, BROKEN))
    adopted(tasks, make)
    action = dialog.actions_.set_default
    assert not action.isEnabled()
    assert action.toolTip() == "The library uses this model already."
    dialog.table.choose("broken")
    assert action.toolTip() == "This model cannot be used."


def test_adopting_shows_its_progress_and_can_be_stopped_and_taken_back(
    dialog: ModelsDialog, library: LibrarySession, tasks: Any, make: Any
) -> None:
    library.adopt("good", "fc1")
    assert dialog.activity.isVisible()
    assert not dialog.actions_.set_default.isEnabled()
    ticket = tasks.last("adopt_model").ticket
    tasks.progress.emit(ticket, 10, 240, "")
    dialog.activity.findChild(QPushButton).click()
    assert tasks.cancelled_tickets == [ticket]
    tasks.answer("adopt_model", IndexSummary("", 240, 0, 0, (), 9.0, 26.0))
    assert not dialog.activity.isVisible()
    assert texts(dialog) == ["The library is searched with 'good' from now on."]
    dialog.messages.messages()[0].press("Roll back")
    assert tasks.last("roll_back").arguments.library == library.folder


def test_cancelling_an_order_leaves_an_import_alone(
    dialog: ModelsDialog, library: LibrarySession, tasks: Any
) -> None:
    library.add(["/images"])
    dialog.orders.verify("good")
    dialog.activity.cancel_requested.emit()
    assert tasks.cancelled_tickets == [tasks.last("verify_model").ticket]


def test_adopting_during_an_import_is_refused_in_sight(
    dialog: ModelsDialog, library: LibrarySession, tasks: Any
) -> None:
    library.add(["/images"])
    library.adopt("good", "fc1")
    assert tasks.count("adopt_model") == 0
    assert "wait" in texts(dialog)[0]


def test_a_message_about_a_library_leaves_with_it(
    dialog: ModelsDialog, library: LibrarySession, tasks: Any, tmp_path: Path
) -> None:
    library.adopt("good", "fc1")
    tasks.answer("adopt_model", IndexSummary("", 240, 0, 0, (), 9.0, 26.0))
    assert len(texts(dialog)) == 1
    library.open(str(tmp_path))
    assert texts(dialog) == []


def test_rolling_back_needs_a_former_model(
    dialog: ModelsDialog, library: LibrarySession, tasks: Any, make: Any
) -> None:
    adopted(tasks, make, previous=False)
    assert not dialog.actions_.roll_back.isEnabled()
    dialog.refresh()
    adopted(tasks, make)
    assert dialog.actions_.roll_back.isEnabled()
    assert "vgg16-c18 · pool" in dialog.actions_.roll_back.toolTip()
    dialog.actions_.roll_back.trigger()
    tasks.fail("roll_back", "There is nothing to roll back to.")
    assert texts(dialog) == ["There is nothing to roll back to."]
    dialog.actions_.roll_back.trigger()
    tasks.answer("roll_back", make.info(library.folder))
    assert texts(dialog) == ["The library is searched with its former model again."]


def test_one_order_at_a_time_is_carried_out(dialog: ModelsDialog, tasks: Any) -> None:
    dialog.actions_.verify.trigger()
    assert dialog.activity.isVisible()
    assert not dialog.actions_.delete.isEnabled()
    assert not dialog.actions_.exports.isEnabled()
    tasks.answer("verify_model", CARD)
    assert texts(dialog) == ["'good' is whole: its weights are those of its card."]
    assert not dialog.activity.isVisible()
    assert dialog.actions_.delete.isEnabled()


@pytest.mark.parametrize(
    ("number", "form", "file_name"),
    [
        (0, "cbmir", "good.cbmir"),
        (1, "keras", "good.keras"),
        (2, "onnx", "good.onnx"),
        (3, "card", "good.json"),
    ],
)
def test_a_model_is_exported_in_four_forms(
    dialog: ModelsDialog,
    tasks: Any,
    tmp_path: Path,
    number: int,
    form: str,
    file_name: str,
) -> None:
    dialog.actions_.exports.actions()[number].trigger()
    chooser = dialog.findChild(QFileDialog)
    assert Path(chooser.selectedFiles()[0]).name == file_name
    chooser.fileSelected.emit(str(tmp_path / file_name))
    chooser.reject()
    arguments = tasks.last("export_model").arguments
    assert (arguments.model, arguments.form) == ("good", form)
    tasks.answer("export_model", arguments.out)
    assert texts(dialog) == [f"'good' was exported as {file_name}."]


def test_an_imported_model_is_checked_and_chosen(
    dialog: ModelsDialog, tasks: Any, models: tuple[ModelInfo, ...]
) -> None:
    dialog.ask_import_name("/media/stick/other.cbmir")
    question = dialog.findChild(ImportDialog)
    question.name.setText(" mine ")
    question.findChild(QDialogButtonBox).accepted.emit()
    arguments = tasks.last("import_model").arguments
    assert (arguments.file, arguments.name) == ("/media/stick/other.cbmir", "mine")
    tasks.answer("import_model", "mine")
    mine = ModelInfo("mine", "vgg16", "", (), ("a",), "a", "cosine", "", {})
    tasks.answer("models", (*models, mine))
    assert dialog.table.chosen_model() == mine


def test_a_file_that_is_no_model_is_refused_with_the_reason(
    dialog: ModelsDialog, tasks: Any
) -> None:
    dialog.orders.take_in("/media/stick/notes.zip")
    tasks.fail("import_model", "'notes.zip' is not an exported model.")
    assert texts(dialog) == ["'notes.zip' is not an exported model."]
    assert dialog.actions_.take_in.isEnabled()


def test_deleting_is_asked_about_and_a_refusal_is_told(
    qtbot: QtBot, dialog: ModelsDialog, tasks: Any
) -> None:
    dialog.table.setFocus()
    dialog.actions_.delete.trigger()
    box = dialog.findChild(QMessageBox)
    assert box.text() == "Delete the model 'good'?"
    assert box.defaultButton().text() == "&Keep"
    box.reject()
    assert tasks.count("delete_model") == 0
    dialog.actions_.delete.trigger()
    boxes = [box for box in dialog.findChildren(QMessageBox) if box.isVisible()]
    delete = next(b for b in boxes[-1].buttons() if b.text() == "&Delete")
    qtbot.mouseClick(delete, Qt.MouseButton.LeftButton)
    assert tasks.last("delete_model").arguments.model == "good"
    tasks.fail("delete_model", "The library 'chest' uses it by default.")
    assert texts(dialog) == ["The library 'chest' uses it by default."]


def test_the_model_that_the_open_library_is_searched_with_is_not_deleted(
    dialog: ModelsDialog, tasks: Any, make: Any
) -> None:
    assert dialog.actions_.delete.isEnabled()
    default = replace(make.info("/elsewhere/chest").extractors[0], model="good")
    tasks.answer("adopted", Adoption(default, None))
    assert not dialog.actions_.delete.isEnabled()
    assert "is searched with this model" in dialog.actions_.delete.toolTip()


def test_a_deleted_model_leaves_the_list(dialog: ModelsDialog, tasks: Any) -> None:
    dialog.orders.delete("good")
    tasks.answer("delete_model", NoAnswer())
    tasks.answer("models", (BROKEN,))
    assert dialog.table.names() == ["broken"]


def test_the_menu_of_a_model_has_what_its_buttons_do(dialog: ModelsDialog) -> None:
    menu = dialog.actions_.menu(dialog)
    words = [action.text().replace("&", "") for action in menu.actions()]
    assert [word for word in words if word] == [
        "Set as default",
        "Set as default with layer",
        "Roll back",
        "Export",
        "Rebuild an image …",
        "Verify",
        "Delete …",
    ]


def test_every_button_has_its_own_letter(dialog: ModelsDialog) -> None:
    texts = [button.text() for button in dialog.findChildren(QPushButton)]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(letters) == len(set(letters)) >= 7


def test_only_an_autoencoder_is_asked_to_rebuild_an_image(
    dialog: ModelsDialog, tasks: Any, models: tuple[ModelInfo, ...]
) -> None:
    action = dialog.actions_.rebuild
    assert not action.isEnabled()
    assert action.toolTip() == "Only autoencoders rebuild images."
    own = replace(models[0], name="own", architecture="autoencoder")
    dialog.refresh("own")
    tasks.answer("models", (own, *models))
    action.trigger()
    (rebuilding,) = dialog.findChildren(ReconstructionDialog)
    assert rebuilding.windowTitle() == "Rebuild an image: own"
    rebuilding.reject()
