"""The loop with a network of a few weights: stages, stopping, checkpoints, resuming."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cbmir_gui.core.errors import Cancelled, StorageError, TrainingError
from cbmir_gui.core.records import EpochReport, ImageSource, TrainRequest
from cbmir_gui.engine.run_events import RunBatchSize, RunEvent, RunStep
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.training import batch_memory, checkpoints, epoch_steps
from cbmir_gui.training.batches import Batch, ImageTable
from cbmir_gui.training.datasets import TrainingData
from cbmir_gui.training.epoch_steps import UnstableError
from cbmir_gui.training.network_steps import NetworkSteps, StepResult
from cbmir_gui.training.objectives import Classification
from cbmir_gui.training.recipe import Recipe, Stage
from cbmir_gui.training.trainer import Trainer
from cbmir_gui.training.training_result import TrainingResult

NUM_IMAGES = 8
LABELS = np.arange(NUM_IMAGES) % 2


@pytest.fixture(autouse=True)
def float32() -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy(before)


def make_network() -> keras.Model:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((None, None, 3))
    hidden = layers.Conv2D(4, 3, name="block1_conv1")(inputs)
    hidden = layers.BatchNormalization(name="block1_conv1_bn")(hidden)
    hidden = layers.GlobalAveragePooling2D()(layers.ReLU()(hidden))
    hidden = layers.Dropout(0.2)(hidden)
    outputs = layers.Dense(2, activation="softmax", name="probabilities")(hidden)
    return keras.Model(inputs, outputs, name="network")


def make_data(sha256: str = "abc") -> TrainingData:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 128, (NUM_IMAGES, 16, 16, 3)).astype(np.uint8)
    pixels += (100 * LABELS).astype(np.uint8)[:, np.newaxis, np.newaxis, np.newaxis]
    sources = tuple(ImageSource(f"/{number}") for number in range(NUM_IMAGES))
    classes = ("dark", "bright")
    table = ImageTable(sources, pixels, LABELS, LABELS)
    return TrainingData(classes, classes, table, table, (), sha256)


def make_recipe(*num_epochs: int) -> Recipe:
    stages = tuple(
        Stage(16, number, "all" if index == 0 else "block5", 1e-2, 1e-3, 4)
        for index, number in enumerate(num_epochs)
    )
    return Recipe(stages, "adamw", 0.01, 0.1, 0.2, batch_norm=True)


class Run:
    """One training in a folder, begun anew as often as needed."""

    def __init__(self, folder: Path, recipe: Recipe, patience: int = 99) -> None:
        self.folder = folder
        self.recipe = recipe
        self.request = TrainRequest("d", patience=patience, augment=False)
        self.told: dict[int, EpochReport] = {}
        self.batch_sizes: list[int] = []
        self.weights_after: dict[int, dict[str, np.ndarray]] = {}
        self.network = make_network()

    def go(
        self,
        data: TrainingData | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
        after_epoch: Callable[[int], None] = lambda _: None,
        after_step: Callable[[int], None] = lambda _: None,
    ) -> TrainingResult:
        folder_epochs = tuple(self.told[number] for number in sorted(self.told))
        self.network = make_network()
        objective = Classification(2, self.recipe.label_smoothing)
        trainer = Trainer(
            self.network,
            objective,
            self.recipe,
            self.request,
            self.folder,
            folder_epochs,
        )

        def report(event: RunEvent) -> None:
            if isinstance(event, EpochReport):
                self.told[event.epoch] = event
                self.weights_after[event.epoch] = get_variables(self.network)
                after_epoch(event.epoch)
            elif isinstance(event, RunStep):
                after_step(event.step)
            elif isinstance(event, RunBatchSize):
                self.batch_sizes.append(event.batch_size)

        return trainer.run(data or make_data(), report, is_stopped)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let validation return these losses, one after the other."""

    def write(*losses: float) -> None:
        remaining = iter(losses)

        def validate(*_: object) -> tuple[float, float]:
            if np.isnan(loss := next(remaining)):
                raise UnstableError(loss)
            return loss, 0.5

        monkeypatch.setattr(Trainer, "_validate", validate)

    return write


def assert_same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_allclose(array, second[name], rtol=1e-4, atol=1e-6)


def test_a_training_learns(tmp_path: Path) -> None:
    result = Run(tmp_path, make_recipe(15)).go()
    assert result.epochs[-1].val_loss < result.epochs[0].val_loss
    assert result.epochs[-1].train_accuracy > 0.8
    assert not result.stopped


def test_the_best_weights_win_and_not_the_last(
    tmp_path: Path, script: Callable[..., None]
) -> None:
    script(0.9, 0.5, 0.8, 0.6)
    run = Run(tmp_path, make_recipe(4))
    result = run.go()
    assert result.best.epoch == 2
    assert [epoch.best_epoch for epoch in result.epochs] == [1, 2, 2, 2]
    assert_same(result.weights, run.weights_after[2])


def test_patience_counts_the_epochs_since_the_best(
    tmp_path: Path, script: Callable[..., None]
) -> None:
    script(0.9, 0.5, 0.8, 0.5, 0.4)
    result = Run(tmp_path, make_recipe(9), patience=2).go()
    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3, 4]
    assert result.best.epoch == 2
    assert not result.stopped


def test_a_stage_that_no_longer_improves_gives_way_to_the_next(
    tmp_path: Path, script: Callable[..., None]
) -> None:
    script(0.5, 0.6, 0.7, 3.0, 2.0)
    run = Run(tmp_path, make_recipe(5, 2), patience=2)
    result = run.go()
    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3, 6, 7]
    # Losses of another size do not compare: each stage has a best of its own.
    assert result.best.epoch == 7
    # The second stage froze the first layer, as the first stage's best had it.
    kernel = "block1_conv1/kernel"
    np.testing.assert_array_equal(
        run.weights_after[7][kernel], run.weights_after[1][kernel]
    )
    assert not np.array_equal(
        run.weights_after[3][kernel], run.weights_after[1][kernel]
    )


@pytest.mark.parametrize("killed_after", [2, 3])
def test_a_killed_training_ends_with_the_weights_of_an_unbroken_one(
    tmp_path: Path, killed_after: int
) -> None:
    recipe = make_recipe(3, 2)
    unbroken = Run(tmp_path / "unbroken", recipe)
    broken = Run(tmp_path / "broken", recipe)
    for run in (unbroken, broken):
        run.folder.mkdir()
    expected = unbroken.go()

    batches = 4 * killed_after  # two to learn from, two to validate

    def is_stopped() -> bool:
        nonlocal batches
        batches -= 1
        if batches < 0:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        broken.go(is_stopped=is_stopped)
    assert max(broken.told) == killed_after
    result = broken.go()
    assert [e.epoch for e in result.epochs] == [e.epoch for e in expected.epochs]
    assert result.best.epoch == expected.best.epoch
    assert_same(result.weights, expected.weights)


def test_a_kill_between_report_and_checkpoint_loses_no_epoch(
    tmp_path: Path, script: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    script(0.9, 0.5, 0.5, 0.6)
    run = Run(tmp_path, make_recipe(3))
    save = checkpoints.save_checkpoint

    def killed(folder: Path, state: checkpoints.TrainingState, arrays: object) -> None:
        if state.next_epoch == 2:
            raise KeyboardInterrupt
        save(folder, state, arrays)  # type: ignore[arg-type]

    monkeypatch.setattr(checkpoints, "save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    monkeypatch.setattr(checkpoints, "save_checkpoint", save)
    result = run.go()
    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3]
    assert result.best.epoch == 2


def test_every_committed_epoch_was_reported_before(
    tmp_path: Path, script: Callable[..., None]
) -> None:
    script(0.9, 0.5)
    run = Run(tmp_path, make_recipe(2))

    def kill(epoch: int) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.go(after_epoch=kill)
    state = checkpoints.load_state(tmp_path)
    assert state is not None
    assert state.next_epoch == 1


def test_a_validation_loss_that_is_no_number_keeps_the_former_checkpoint(
    tmp_path: Path, script: Callable[..., None]
) -> None:
    script(0.9, float("nan"))
    run = Run(tmp_path, make_recipe(3))
    result = run.go()
    assert re.search(r"epoch 2: the loss is nan\. .* of epoch 1", result.problem)
    assert_same(result.weights, run.weights_after[1])
    state = checkpoints.load_state(tmp_path)
    assert state is not None
    assert (state.next_epoch, state.best_epoch) == (1, 1)
    assert list(run.told) == [1]


@pytest.mark.parametrize("bad_step", [1, 3])
def test_a_loss_that_is_no_number_ends_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad_step: int
) -> None:
    run = Run(tmp_path, make_recipe(3))
    learn = NetworkSteps.train
    num_steps = 0

    def explode(self: NetworkSteps, batch: Batch, rate: float) -> StepResult:
        nonlocal num_steps
        num_steps += 1
        result = learn(self, batch, rate)
        return StepResult(np.inf, 0) if num_steps == bad_step else result

    monkeypatch.setattr(NetworkSteps, "train", explode)
    if bad_step == 1:
        with pytest.raises(TrainingError, match=r"epoch 1: .* inf\. There are no"):
            run.go()
        return
    result = run.go()
    assert result.best.epoch == 1
    assert "epoch 2: the loss is inf" in result.problem
    assert all(np.isfinite(array).all() for array in result.weights.values())


def scarce_memory(
    monkeypatch: pytest.MonkeyPatch, num_images: int, error: Exception
) -> None:
    """Let a training step fail with more images than the memory has room for."""
    learn = NetworkSteps.train

    def fail(self: NetworkSteps, batch: Batch, rate: float) -> StepResult:
        if len(batch.labels) > num_images:
            raise error
        return learn(self, batch, rate)

    monkeypatch.setattr(NetworkSteps, "train", fail)


OUT_OF_MEMORY = [
    MemoryError(),
    tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_a_batch_that_does_not_fit_the_memory_is_halved_and_this_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    scarce_memory(monkeypatch, 2, error)
    run = Run(tmp_path, make_recipe(1, 1))
    result = run.go()
    assert [epoch.epoch for epoch in result.epochs] == [1, 2]
    assert run.batch_sizes == [2]
    # A run that goes on does not try the larger one again.
    state = checkpoints.load_state(tmp_path)
    assert state is not None
    assert state.batch_size == 2


def test_a_batch_that_will_not_fit_is_lowered_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = batch_memory.bytes_per_image(make_network(), 16)
    monkeypatch.setattr(batch_memory, "available_bytes", lambda: 3 * needed)
    scarce_memory(monkeypatch, 2, AssertionError())
    run = Run(tmp_path, make_recipe(1, 1))
    assert len(run.go().epochs) == 2
    assert run.batch_sizes == [2]


def test_an_epoch_that_begins_again_forgets_what_it_had_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path, make_recipe(1))
    learn = NetworkSteps.train
    before: list[dict[str, np.ndarray]] = []

    def fail_once(self: NetworkSteps, batch: Batch, rate: float) -> StepResult:
        before.append(get_variables(run.network))
        if len(before) == 2:
            raise MemoryError
        return learn(self, batch, rate)

    monkeypatch.setattr(NetworkSteps, "train", fail_once)
    run.go()
    kernel = "block1_conv1/kernel"
    assert not np.array_equal(before[1][kernel], before[0][kernel])
    assert_same(before[2], before[0])


def test_a_batch_that_stops_fitting_later_repeats_that_epoch_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path, make_recipe(2, 2))

    def fill_the_memory(epoch: int) -> None:
        if epoch == 2:
            scarce_memory(monkeypatch, 2, MemoryError())

    result = run.go(after_epoch=fill_the_memory)
    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3, 4]
    assert run.batch_sizes == [2]
    # The first layer is frozen in the second stage, and as the first stage had it.
    kernel = "block1_conv1/kernel"
    best_of_first = min((1, 2), key=lambda number: run.told[number].val_loss)
    np.testing.assert_array_equal(
        run.weights_after[4][kernel], run.weights_after[best_of_first][kernel]
    )


def test_two_images_that_do_not_fit_the_memory_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scarce_memory(monkeypatch, 1, MemoryError())
    run = Run(tmp_path, make_recipe(1))
    with pytest.raises(TrainingError, match="not even on 2 images"):
        run.go()
    assert run.batch_sizes == [2]


def test_a_full_disk_at_a_checkpoint_leaves_the_last_one_whole(
    tmp_path: Path,
) -> None:
    resource = pytest.importorskip("resource")
    recipe = make_recipe(3)
    (tmp_path / "unbroken").mkdir()
    expected = Run(tmp_path / "unbroken", recipe).go()
    run = Run(tmp_path, recipe)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_the_disk(_: int) -> None:
        if run.told:
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, hard))

    try:
        with pytest.raises(StorageError, match="could not be written"):
            run.go(after_step=fill_the_disk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    state = checkpoints.load_state(tmp_path)
    assert state is not None
    assert state.next_epoch == 1
    checkpoints.load_arrays(tmp_path, state)
    assert not list(tmp_path.glob("*.new"))
    result = run.go()
    assert [epoch.epoch for epoch in result.epochs] == [1, 2, 3]
    assert_same(result.weights, expected.weights)


def test_a_pause_is_no_time_of_the_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(epoch_steps.time, "perf_counter", lambda: now)

    def wait() -> bool:
        nonlocal now
        now += 1000.0
        return False

    def work(_: int) -> None:
        nonlocal now
        now += 2.0

    result = Run(tmp_path, make_recipe(1)).go(is_stopped=wait, after_step=work)
    assert result.epochs[0].seconds == 4.0
    assert result.epochs[0].images_per_second == NUM_IMAGES / 4.0


def test_a_training_is_not_gone_on_with_on_other_images(
    tmp_path: Path, script: Callable[..., None]
) -> None:
    script(0.9, 0.8)
    run = Run(tmp_path, make_recipe(2))

    def stop_in_the_second() -> bool:
        return len(run.told) == 1

    assert run.go(is_stopped=stop_in_the_second).stopped
    with pytest.raises(TrainingError, match=r"images .* have changed"):
        run.go(make_data("other"))
    assert len(run.go().epochs) == 2


def test_a_stop_in_the_first_epoch_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        Run(tmp_path, make_recipe(2)).go(is_stopped=lambda: True)
    assert checkpoints.load_state(tmp_path) is None


@pytest.mark.parametrize("work", ["evaluate", "recalibrate"])
def test_a_stop_is_heard_between_two_batches_that_are_not_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    recipe = make_recipe(1, 1)
    stages = recipe.stages[0], replace(recipe.stages[1], recalibrate=True)
    run = Run(tmp_path, replace(recipe, stages=stages))
    method = getattr(NetworkSteps, work)
    num_done = 0

    def count(self: NetworkSteps, batch: object) -> object:
        nonlocal num_done
        num_done += bool(run.told)
        return method(self, batch)

    monkeypatch.setattr(NetworkSteps, work, count)
    result = run.go(is_stopped=lambda: num_done == 1)
    assert num_done == 1
    assert result.stopped
    assert [epoch.epoch for epoch in result.epochs] == [1]
    assert_same(result.weights, run.weights_after[1])
    # It goes on where it was stopped.
    assert [epoch.epoch for epoch in run.go().epochs] == [1, 2]


def test_what_a_kill_left_half_written_is_swept(
    tmp_path: Path, script: Callable[..., None]
) -> None:
    script(0.9)
    (tmp_path / "checkpoint-007.h5.123.new").write_bytes(b"half")
    Run(tmp_path, make_recipe(1)).go()
    names = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert names == ["best-001.h5", "checkpoint-001.h5", "checkpoint.json"]


def test_the_rate_of_each_step_is_the_recipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = []
    train = "cbmir_gui.training.trainer.NetworkSteps.train"

    def record(self: NetworkSteps, *arguments: object) -> StepResult:
        rates.append(arguments[-1])
        return StepResult(1.0, 1)

    monkeypatch.setattr(train, record)
    Run(tmp_path, make_recipe(2, 1)).go()
    cosine = 0.5 * (1 + np.cos(np.pi * np.arange(4) / 4))
    expected = [*(1e-3 + 9e-3 * cosine), 1e-2, 1e-3 + 9e-3 * 0.5]
    assert rates == pytest.approx(expected)
