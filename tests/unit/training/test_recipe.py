from pathlib import Path

import pytest

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_folder import write_request
from cbmir_gui.training.recipe import Stage, learning_rate, make_recipe


def test_the_stages_add_up_to_the_epochs_that_were_asked_for() -> None:
    for epochs in (1, 5, 8, 18, 25):
        recipe = make_recipe(TrainRequest(data="x", epochs=epochs))
        assert recipe.num_epochs == epochs


def test_training_from_scratch_learns_small_and_finishes_at_224() -> None:
    sizes = [s.image_size_px for s in make_recipe(TrainRequest(data="x")).stages]
    assert sizes == [64, 96, 224]


def test_each_epoch_knows_its_stage() -> None:
    recipe = make_recipe(TrainRequest(data="x", epochs=18))
    first, second, third = (stage.num_epochs for stage in recipe.stages)
    assert recipe.stage_of(0) == (0, 0)
    assert recipe.stage_of(first) == (1, 0)
    assert recipe.stage_of(first + second + third - 1) == (2, third - 1)
    with pytest.raises(IndexError, match="18 epochs"):
        recipe.stage_of(18)


def test_the_rate_warms_up_and_falls_to_its_end() -> None:
    stage = Stage(64, 2, "all", 1.0, 0.1, 32, warm_up_steps=4)
    rates = [learning_rate(stage, step, 100) for step in range(101)]
    assert rates[0] == 0.25
    assert rates[3] == 1.0
    assert rates[52] == pytest.approx(0.55, abs=0.01)
    assert rates[100] == pytest.approx(0.1)


def test_a_frozen_network_without_starting_weights_is_refused() -> None:
    with pytest.raises(TrainingError, match="starting weights"):
        make_recipe(TrainRequest(data="x", trainable="head"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "at least 1 epoch"),
        ({"batch_size": 1}, "batches of 2 or more"),
        ({"patience": 0}, "patience .* at least 1"),
        ({"seed": -1}, "seed .* -1"),
        ({"seed": 2**32}, "seed .* 4294967296"),
        ({"image_size": 16}, "at least 32 px; received 16"),
        ({"image_size": 96, "variant": "paper"}, "224 px only; received 96"),
        ({"image_size": 96, "architecture": "autoencoder"}, "224 px only; received 96"),
        ({"recipe": "mine"}, "'ours' or 'published'; received 'mine'"),
        ({"architecture": "autoencoder", "trainable": "head"}, "no head.*'head'"),
        ({"architecture": "autoencoder", "trainable": "block5"}, "no head.*'block5'"),
        ({"trainable": "tail"}, "'head', 'block5' or 'all'; received 'tail'"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        make_recipe(TrainRequest(data="x", **changes))


def test_the_published_variant_is_trained_at_224() -> None:
    for weights in ("none", "imagenet"):
        request = TrainRequest(data="x", variant="paper", weights=weights)
        sizes = {stage.image_size_px for stage in make_recipe(request).stages}
        assert sizes == {224}


def test_the_autoencoder_is_trained_with_adam() -> None:
    recipe = make_recipe(TrainRequest(data="x", architecture="autoencoder", epochs=7))
    assert (recipe.optimizer, recipe.num_epochs) == ("adam", 7)
    assert recipe.stages[0].peak_rate == 1e-3
    assert not recipe.batch_norm


def test_the_published_autoencoder_follows_the_decay_of_keras() -> None:
    request = TrainRequest("d", architecture="autoencoder", recipe="published")
    recipe = make_recipe(request)
    assert (recipe.optimizer, recipe.augment) == ("adam", False)
    (stage,) = recipe.stages
    rates = [learning_rate(stage, step, 100_000) for step in (0, 1, 50_000)]
    assert rates == pytest.approx([1e-3, 1e-3 / 1.00002, 0.5e-3])


@pytest.mark.parametrize(("asked", "received"), [(7, 7), (25, 25), (100, 25)])
def test_the_published_vgg16_has_at_most_25_epochs_at_one_rate(
    asked: int, received: int
) -> None:
    request = TrainRequest("d", variant="paper", epochs=asked, recipe="published")
    recipe = make_recipe(request)
    assert (recipe.num_epochs, recipe.augment) == (received, False)
    (stage,) = recipe.stages
    assert stage.image_size_px == 224
    assert learning_rate(stage, 0, 10) == learning_rate(stage, 9, 10)
    # Its patience is the one that a request has where nobody chooses another.
    assert request.patience == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"second_head": True}, "neither a second head nor a teacher"),
        ({"teacher": "t.npz"}, "neither a second head nor a teacher"),
        ({"image_size": 96}, "224 px; received 96"),
        ({"trainable": "head"}, "starting weights"),
    ],
)
def test_what_was_not_published_is_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        make_recipe(TrainRequest("d", recipe="published", **changes))


@pytest.fixture
def earlier(tmp_path: Path) -> str:
    """Return the folder of an earlier training."""
    write_request(tmp_path, TrainRequest("d"))
    return str(tmp_path)


def test_a_training_that_goes_on_takes_larger_images_and_smaller_steps(
    earlier: str,
) -> None:
    fresh = make_recipe(TrainRequest("d", epochs=8))
    recipe = make_recipe(TrainRequest("d", epochs=8, weights=earlier))
    assert [(s.image_size_px, s.num_epochs) for s in recipe.stages] == [
        (96, 5),
        (144, 2),
        (224, 1),
    ]
    assert recipe.stages[0].peak_rate < fresh.stages[0].peak_rate
    assert recipe.batch_norm
    assert [stage.trainable for stage in recipe.stages] == ["all", "all", "block5"]
    for epochs in range(1, 12):
        request = TrainRequest("d", epochs=epochs, weights=earlier)
        assert make_recipe(request).num_epochs == epochs


@pytest.mark.parametrize("changes", [{"trainable": "head"}, {"variant": "paper"}])
def test_what_cannot_be_gone_on_with_is_refused(
    earlier: str, changes: dict[str, str]
) -> None:
    with pytest.raises(TrainingError, match="default variant and all layers"):
        make_recipe(TrainRequest("d", weights=earlier, **changes))


@pytest.mark.parametrize(("trainable", "rate"), [("head", 1e-3), ("block5", 1e-4)])
def test_fine_tuning_is_slower_where_more_layers_learn(
    trainable: str, rate: float
) -> None:
    request = TrainRequest(data="x", weights="imagenet", trainable=trainable)
    (stage,) = make_recipe(request).stages
    assert (stage.trainable, stage.peak_rate) == (trainable, rate)
