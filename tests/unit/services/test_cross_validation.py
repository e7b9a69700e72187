"""The order of the work, without networks: training and evaluation are stand-ins."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled, TrainingError
from cbmir_gui.core.paths import libraries_dir, runs_dir
from cbmir_gui.core.records import ImageSource, TrainRequest
from cbmir_gui.engine.run_folder import write_request
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.services import cross_validation
from cbmir_gui.services.cross_validation import cross_validate
from cbmir_gui.services.cross_validation_results import RESULTS_FILE
from cbmir_gui.services.training_data import data_sha256
from cbmir_gui.sources.manifests import read_sources
from cbmir_gui.training.described_request import described_request

CLASSES = ("a", "b")


class Stand:
    """Pretends to train and to evaluate, and says what was asked for."""

    def __init__(self) -> None:
        self.trained: list[tuple[str, bool]] = []
        self.evaluated: list[tuple[str, str]] = []
        self.fails_at = ""
        self.is_stopped = False
        self.problem = ""
        self.has_classes = True
        self.refusal = ""

    def refuse(self, request: TrainRequest, sources: Sequence[ImageSource]) -> None:
        if self.refusal:
            raise TrainingError(self.refusal)

    def train(
        self,
        request: TrainRequest,
        folder: Path,
        resume: bool,
        progress: Any,
        *,
        is_compared: bool,
    ) -> None:
        assert not is_compared, "what a fold starts from is not looked at again"
        self.trained.append((request.name, resume))
        folder.mkdir(parents=True, exist_ok=True)
        write_request(folder, request)
        (folder / "checkpoint-001.h5").touch()
        if self.fails_at == request.name:
            raise Cancelled
        progress(1, 2, "Epoch 1")
        sources = read_sources(Path(request.data), splits=("train", "val", "test"))
        assert {source.split for source in sources} == {"train", "val", "test"}
        card = Card(
            name=request.name,
            architecture="vgg16",
            variant="default",
            classes=CLASSES if self.has_classes else (),
            layers={"fc1": 3},
            default_layer="fc1",
            default_metric="cosine",
            preprocessing="minus-imagenet-mean",
            input_size_px=224,
            training={
                "request": described_request(request),
                "data": {"sha256": data_sha256(request, has_classes=True)},
                "problem": self.problem,
                "num_epochs": 3,
                "seconds": 7,
                "stopped_by_user": self.is_stopped,
            },
            metrics={"test": {}},
        )
        model_store.save_model(card, {"fc1/kernel": np.zeros((2, 2), np.float32)})
        (libraries_dir() / ".evaluation" / request.name).mkdir(
            parents=True, exist_ok=True
        )

    def evaluate(self, request: Any, decoder: object, progress: Any) -> dict:
        self.evaluated.append((request.model, request.class_filter))
        fold = int(request.model[-2:])
        value = fold / 10 + (0.5 if request.class_filter == "predicted" else 0)
        known = self.has_classes
        return {
            "accuracy": 0.9 if known else None,
            "mean_average_precision": value,
            "precision_at_1": 1.0,
            "precision_at_20": 0.5,
            "confusion_matrix": {
                "of": "classifier" if known else "majority class of the first hits",
                "classes": ["a", "b"],
                "matrix": [[fold, 1], [0, fold]],
            },
        }


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    stand = Stand()
    monkeypatch.setattr(cross_validation, "train", stand.train)
    monkeypatch.setattr(cross_validation, "evaluate", stand.evaluate)
    monkeypatch.setattr(cross_validation, "refuse_unusable", stand.refuse)
    return stand


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., dict]:
    for name in CLASSES:
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(40):
            (tmp_path / "data" / name / f"{number}.png").touch()

    def call(**changes: Any) -> dict:
        keep_models = changes.pop("keep_models", False)
        values = {"name": "cv", "epochs": 3} | changes
        request = TrainRequest(str(tmp_path / "data"), **values)
        return cross_validate(request, 3, keep_models)

    return call


def test_every_fold_is_trained_measured_and_summarised(stand, run) -> None:
    document = run()
    assert stand.trained == [(f"cv-fold-0{number}", False) for number in (1, 2, 3)]
    assert [fold["fold"] for fold in document["folds"]] == [1, 2, 3]
    # train and val of the folder: 4 of 5 images.
    assert document["num_images"] == 64
    assert sum(fold["num_test"] for fold in document["folds"]) == 64
    summary = document["summary"]
    assert summary["mean_average_precision"] == pytest.approx({"mean": 0.2, "sd": 0.1})
    assert summary["mean_average_precision_predicted"]["mean"] == pytest.approx(0.7)
    assert summary["mean_average_precision_prior"]["mean"] == pytest.approx(0.2)
    assert summary["accuracy"]["sd"] == pytest.approx(0)
    figures = document["classification"]
    assert figures["confusion_matrix"]["matrix"] == [[6, 3], [0, 6]]
    stored = json.loads((runs_dir() / "cv" / RESULTS_FILE).read_text())
    assert stored == json.loads(json.dumps(document))


def test_a_refused_cross_validation_leaves_its_name_free(stand, run) -> None:
    stand.refusal = "The seed must be from 0."
    with pytest.raises(TrainingError, match="seed"):
        run(seed=-4)
    assert not (runs_dir() / "cv").exists()
    stand.refusal = ""
    assert len(run()["folds"]) == 3


def test_what_is_done_is_read_whatever_became_of_the_starting_weights(
    stand, run
) -> None:
    document = run()
    stand.refusal = "There are no starting weights."
    assert run() == document


def test_what_only_a_fold_needed_is_deleted(stand, run) -> None:
    run()
    assert not model_store.model_folders().keys() & {"cv-fold-01", "cv-fold-03"}
    assert not list(runs_dir().glob("*/*.h5"))
    assert not list((libraries_dir() / ".evaluation").glob("cv-*"))


def test_a_stopped_cross_validation_goes_on_where_it_was(stand, run) -> None:
    stand.fails_at = "cv-fold-02"
    with pytest.raises(Cancelled):
        run()
    stand.fails_at = ""
    document = run()
    assert stand.trained == [
        ("cv-fold-01", False),
        ("cv-fold-02", False),
        ("cv-fold-02", True),
        ("cv-fold-03", False),
    ]
    assert len(document["folds"]) == 3
    assert run() == document
    assert len(stand.trained) == 4


def test_a_model_that_was_saved_before_the_kill_is_only_measured(
    stand, run, monkeypatch
) -> None:
    def killed(*_: object) -> dict:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cross_validation, "evaluate", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    run()
    assert [name for name, _ in stand.trained].count("cv-fold-01") == 1


def test_a_fold_stopped_by_the_user_is_not_counted(stand, run) -> None:
    stand.is_stopped = True
    with pytest.raises(Cancelled):
        run()
    stand.is_stopped = False
    assert len(run()["folds"]) == 3
    assert stand.trained[:2] == [("cv-fold-01", False), ("cv-fold-01", True)]


def test_a_model_of_another_cross_validation_is_not_taken_for_a_folds(
    stand, run
) -> None:
    run(keep_models=True)
    shutil.rmtree(runs_dir() / "cv")
    with pytest.raises(TrainingError, match="models delete cv-fold-01"):
        run(seed=2)
    shutil.rmtree(runs_dir() / "cv")
    with pytest.raises(TrainingError, match="models delete cv-fold-01"):
        run(epochs=4)


def test_a_run_of_another_cross_validation_is_not_gone_on_with(stand, run) -> None:
    run()
    shutil.rmtree(runs_dir() / "cv")
    with pytest.raises(TrainingError, match=r"not of this .*cv-fold-01'"):
        run(epochs=4)
    shutil.rmtree(runs_dir() / "cv")
    state = {"data_sha256": "of other images"}
    (runs_dir() / "cv-fold-01" / "checkpoint.json").write_text(json.dumps(state))
    with pytest.raises(TrainingError, match="Delete its folder"):
        run()
    (runs_dir() / "cv-fold-01" / "checkpoint.json").unlink()
    event = {"event": "finished", "model": "cv-fold-01"}
    (runs_dir() / "cv-fold-01" / "progress.jsonl").write_text(json.dumps(event) + "\n")
    shutil.rmtree(runs_dir() / "cv")
    with pytest.raises(TrainingError, match="Delete its folder"):
        run()


def test_a_fold_that_became_unstable_is_not_counted(stand, run) -> None:
    stand.problem = "The loss is nan."
    for _ in range(2):
        with pytest.raises(TrainingError, match=r"Fold 1 does not count: The loss"):
            run()
    assert stand.trained == [("cv-fold-01", False)]


def test_a_second_head_learns_the_images_outside_the_set_in_every_fold(
    stand, tmp_path: Path
) -> None:
    lines = ["file,class,group,split,sets"]
    for number in range(60):
        name, sets = ("abc"[number % 3], "s" if number % 3 < 2 else "")
        (tmp_path / f"{number}.png").touch()
        lines.append(f"{number}.png,{name},p{number // 6},train,{sets}")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(lines))
    request = TrainRequest(str(manifest), name="cv", set_name="s", second_head=True)
    document = cross_validate(request, 3)
    assert document["num_images"] == 40
    for number in (1, 2, 3):
        fold = runs_dir() / "cv" / f"fold-0{number}.csv"
        everything, own = read_sources(fold), read_sources(fold, "fold")
        assert {source.class_name for source in own} == {"a", "b"}
        others = [source for source in everything if source not in own]
        assert {source.class_name for source in others} == {"c"}
        assert {source.split for source in others} <= {"train", "val"}
        tested = {source.group for source in own if source.split == "test"}
        assert tested.isdisjoint(source.group for source in others)
        assert len(others) == 2 * (10 - len(tested))


def test_another_request_of_the_same_name_is_refused(stand, run) -> None:
    run()
    with pytest.raises(TrainingError, match="'cv' with other options or images"):
        run(epochs=4)
    (runs_dir() / "cv" / RESULTS_FILE).write_text("{}")
    with pytest.raises(TrainingError, match=r"cannot go on.*damaged"):
        run()


def test_without_a_classifier_there_is_no_accuracy(stand, run) -> None:
    stand.has_classes = False
    document = run()
    assert "accuracy" not in document["summary"]
    assert document["classification"] is None
    assert {name for _, name in stand.evaluated} == {"off"}
