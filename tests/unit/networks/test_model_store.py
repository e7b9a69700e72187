import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, ModelError, ModelNotFoundError
from cbmir_gui.core.paths import models_dir, runs_dir
from cbmir_gui.features import frozen_mobilenet
from cbmir_gui.features.registry import find_extractor, list_extractors
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card, read_card
from cbmir_gui.networks.weights_file import read_weights

CARD = Card(
    name="small",
    architecture="vgg16",
    variant="default",
    classes=("ct", "mr"),
    layers={"flatten": 25088, "pooled": 512},
    default_layer="pooled",
    default_metric="cosine",
    preprocessing="minus-imagenet-mean",
    input_size_px=224,
)
WEIGHTS = {"block1_conv1/kernel": np.full((3, 3, 3, 64), 0.5, np.float32)}


def test_a_saved_model_is_found_with_its_weights(home: Path) -> None:
    saved = model_store.save_model(CARD, WEIGHTS, {"history.csv": b"epoch\n"})
    folder = home / "trained_models" / "small"
    assert read_card(folder) == saved
    assert model_store.verify_model("small") == saved
    arrays = read_weights(folder / "weights.h5", "small")
    np.testing.assert_array_equal(
        arrays["block1_conv1/kernel"], WEIGHTS["block1_conv1/kernel"]
    )
    assert (folder / "history.csv").read_bytes() == b"epoch\n"


def test_a_changed_byte_is_noticed(home: Path) -> None:
    model_store.save_model(CARD, WEIGHTS)
    path = home / "trained_models" / "small" / "weights.h5"
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelDamagedError, match="has changed"):
        model_store.verify_model("small")


def test_a_taken_name_is_refused_and_the_model_stays(home: Path) -> None:
    first = model_store.save_model(CARD, WEIGHTS)
    with pytest.raises(ModelError, match="already a model 'small'"):
        model_store.save_model(CARD, {"x/y": np.zeros(3, np.float32)})
    assert model_store.verify_model("small") == first


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 81, "a b"])
def test_names_that_are_paths_are_refused(name: str) -> None:
    with pytest.raises(ModelError, match="cannot be a model's name"):
        model_store.check_name(name)


@pytest.mark.parametrize("name", ["runs", "LBP", "hog", "raw-pixels"])
def test_names_that_the_program_uses_are_refused(name: str) -> None:
    with pytest.raises(ModelError, match="uses it itself"):
        model_store.check_name(name)


def test_every_extractor_without_a_model_has_a_reserved_name() -> None:
    models = model_store.model_folders()
    built_in = {info.model for info in list_extractors()} - set(models)
    assert built_in | {frozen_mobilenet.MODEL_NAME, runs_dir().name} == (
        model_store.RESERVED_NAMES
    )


def test_an_unknown_model_names_those_that_exist(home: Path) -> None:
    model_store.save_model(CARD, WEIGHTS)
    with pytest.raises(ModelNotFoundError, match=r"no model 'big'.*small"):
        model_store.find_model("big")


def test_a_damaged_card_is_listed_with_its_problem(home: Path) -> None:
    model_store.save_model(CARD, WEIGHTS)
    (home / "trained_models" / "small" / "card.json").write_text("{")
    listed = {model.name: model for model in model_store.list_models()}
    assert "not JSON" in listed["small"].problem


def test_a_listed_model_has_the_size_of_its_files(home: Path) -> None:
    model_store.save_model(CARD, WEIGHTS, {"history.csv": b"x" * 1000})
    listed = {model.name: model for model in model_store.list_models()}
    folder = home / "trained_models" / "small"
    sizes = [len(path.read_bytes()) for path in folder.iterdir()]
    assert len(sizes) == 3
    assert listed["small"].size_bytes == sum(sizes)


def test_a_copied_folder_is_a_model_of_its_own(home: Path) -> None:
    original = model_store.save_model(CARD, WEIGHTS)
    roots = home / "trained_models"
    shutil.copytree(roots / "small", roots / "copy")
    assert model_store.load_card("copy").name == "copy"
    assert model_store.verify_model("copy").name == "copy"
    assert {info.model for info in list_extractors()} >= {"small", "copy"}
    assert find_extractor("copy").model == "copy"
    card = replace(model_store.load_card("copy"), metrics={"accuracy": 1.0})
    model_store.update_card(card)
    assert model_store.load_card("small") == original
    assert model_store.load_card("copy").metrics == {"accuracy": 1.0}


def test_a_deleted_model_is_gone(home: Path) -> None:
    model_store.save_model(CARD, WEIGHTS)
    model_store.delete_model("small")
    assert not list((home / "trained_models").iterdir())


@pytest.fixture
def dead_pid(monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the id of a process that is not there any more."""
    monkeypatch.setattr(model_store.psutil, "pid_exists", lambda pid: pid != 77)
    return 77


def test_what_a_killed_process_left_is_swept_before_a_model_is_saved(
    home: Path, dead_pid: int
) -> None:
    for name in (".import.77.new", ".big.77.new", ".big.77.deleted", ".big.8.new"):
        (models_dir() / name).mkdir(parents=True)
        (models_dir() / name / "weights.h5").touch()
    model_store.save_model(CARD, WEIGHTS)
    # Process 8 is still at work.
    assert {path.name for path in models_dir().iterdir()} == {".big.8.new", "small"}


def test_a_card_that_a_killed_process_had_moved_away_is_brought_back(
    home: Path, dead_pid: int
) -> None:
    model_store.save_model(replace(CARD, name="big"), WEIGHTS)
    (models_dir() / "big" / "weights.h5").unlink()
    (models_dir() / "big").rename(models_dir() / ".big.77.former")
    model_store.save_model(CARD, WEIGHTS)
    assert model_store.load_card("big").name == "big"
    (models_dir() / ".big.77.former").mkdir()
    model_store.sweep_leftovers()
    assert {path.name for path in models_dir().iterdir()} == {"big", "small"}


def test_external_links_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["a"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(ModelDamagedError, match="links to other files"):
        read_weights(tmp_path / "weights.h5", "bad")


def test_external_storage_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(b"1234" * 4)
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.create_dataset("a/b", (4,), "f4", external=[(str(secret), 0, 16)])
    with pytest.raises(ModelDamagedError, match="not a plain array"):
        read_weights(tmp_path / "weights.h5", "bad")


def test_arrays_of_text_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["a/b"] = np.array([b"code"])
    with pytest.raises(ModelDamagedError, match="not a plain array"):
        read_weights(tmp_path / "weights.h5", "bad")


def test_training_again_replaces_a_model_of_which_only_the_card_is_there(
    home: Path,
) -> None:
    training = {"request": {"data": "m.csv", "set_name": "c24", "epochs": 12}}
    model_store.save_model(replace(CARD, training=training), WEIGHTS)
    folder = home / "trained_models" / "small"
    (folder / "weights.h5").unlink()
    command = "cbmir train m.csv --arch vgg16 --set c24 --epochs 12 --name small"
    (found,) = (info for info in model_store.list_models() if info.name == "small")
    assert f"train it with '{command}'" in found.problem
    with pytest.raises(ModelError, match=command):
        model_store.verify_model("small")
    again = model_store.save_model(CARD, WEIGHTS)
    assert model_store.verify_model("small") == again
    assert [path.name for path in folder.parent.iterdir()] == ["small"]
