"""Data, evaluations and models in the real worker, without a network."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cbmir_gui.core.errors import ModelError
from cbmir_gui.engine.operations import (
    DataArguments,
    EvaluateArguments,
    ExportModelArguments,
    LookArguments,
    ModelArguments,
    NoArguments,
    RebuildArguments,
)

if TYPE_CHECKING:
    from tests.integration.worker.conftest import Asker

MODEL = "raw-pixels"


@pytest.fixture
def data(images: Callable[[int], Path], tmp_path: Path) -> Path:
    """Return class folders of 10 images each, with train and test."""
    files = sorted(images(40).iterdir())
    folder = tmp_path / "data"
    for number, file in enumerate(files):
        target = (
            folder / ("train", "test")[number % 2] / ("chest", "hand")[number // 20]
        )
        target.mkdir(parents=True, exist_ok=True)
        file.rename(target / file.name)
    return folder


def test_data_are_counted_and_looked_at(asker: "Asker", data: Path) -> None:
    counted = asker.ask("inspect_data", DataArguments(str(data)))
    assert counted.classes == {"chest": 20, "hand": 20}
    ticket = asker.submit("look_at_data", LookArguments(str(data), per_class=3))
    assert asker.next_event(ticket)[0] == "progress"
    kind, found = asker.ending(ticket)
    assert kind == "result"
    assert len(found.examples) == 6
    assert base64.b64decode(found.examples[0].thumbnail).startswith(b"\xff\xd8")
    assert found.duplicates == ()


def test_a_look_can_be_cancelled(asker: "Asker", data: Path) -> None:
    ticket = asker.submit("look_at_data", LookArguments(str(data)))
    assert asker.next_event(ticket)[0] == "progress"
    asker.client.cancel(ticket)
    assert asker.ending(ticket)[0] == "cancelled"


def test_a_library_is_data_too(asker: "Asker", library: tuple[str, Path]) -> None:
    kind, error = asker.ending(asker.submit("inspect_data", DataArguments(library[0])))
    assert kind == "error"
    assert "no image with a class" in str(error)


def test_an_evaluation_answers_with_its_document(asker: "Asker", data: Path) -> None:
    arguments = EvaluateArguments(str(data), model=MODEL)
    answer = asker.ask("evaluate", arguments)
    report = json.loads(answer.document)
    assert report["num_queries"] == 20
    assert report["protocol"]["database_size"] == 20
    assert 0 <= report["precision_at_1"] <= 1


def test_an_evaluation_can_be_cancelled(asker: "Asker", data: Path) -> None:
    ticket = asker.submit("evaluate", EvaluateArguments(str(data), model=MODEL))
    assert asker.next_event(ticket)[0] == "progress"
    asker.client.cancel(ticket)
    assert asker.ending(ticket)[0] == "cancelled"


def test_cards_are_shown_and_written(asker: "Asker", tmp_path: Path) -> None:
    models = asker.ask("models", NoArguments()).models
    if not models:
        pytest.skip("no model is shipped with this checkout")
    name = models[0].name
    card = json.loads(asker.ask("model_card", ModelArguments(name)).card)
    assert card["name"] == name
    out = tmp_path / "card.json"
    written = asker.ask("export_model", ExportModelArguments(name, str(out), "card"))
    assert written.path == str(out)
    assert json.loads(out.read_text(encoding="utf-8")) == card


def test_a_shipped_model_is_not_deleted(asker: "Asker") -> None:
    models = asker.ask("models", NoArguments()).models
    if not models:
        pytest.skip("no model is shipped with this checkout")
    ticket = asker.submit("delete_model", ModelArguments(models[0].name))
    kind, error = asker.ending(ticket)
    assert kind == "error"
    assert isinstance(error, ModelError)
    assert Path(models[0].folder).is_dir()


def test_an_autoencoder_rebuilds_an_image_for_the_window(
    asker: "Asker", data: Path
) -> None:
    file = next(data.rglob("*.*"))
    arguments = RebuildArguments("autoencoder-m4", str(file))
    rebuilt = asker.ask("rebuild_image", arguments)
    assert rebuilt.file_name == file.name
    assert 0 < rebuilt.mean_squared_error < 1
    for picture in (rebuilt.seen, rebuilt.rebuilt, rebuilt.difference, rebuilt.all_png):
        assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_only_an_autoencoder_rebuilds_an_image(asker: "Asker", data: Path) -> None:
    file = next(data.rglob("*.*"))
    ticket = asker.submit("rebuild_image", RebuildArguments("vgg16-c18", str(file)))
    kind, error = asker.ending(ticket)
    assert kind == "error"
    assert isinstance(error, ModelError)
