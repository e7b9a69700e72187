import pytest

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.training.recipe import Recipe, learning_rate, make_recipe


def recipe_of(**changes: object) -> Recipe:
    return make_recipe(TrainRequest("d", architecture="dcnn", **changes))


def test_the_published_recipe_is_the_published_one() -> None:
    recipe = recipe_of(recipe="published", epochs=100)
    (stage,) = recipe.stages
    assert recipe.num_epochs == 30
    assert {learning_rate(stage, step, 50) for step in range(50)} == {1e-4}
    assert (recipe.optimizer, recipe.dropout) == ("plain-sgd", 0.5)
    assert (recipe.label_smoothing, recipe.weight_decay) == (0.0, 0.0)
    assert not recipe.batch_norm
    assert not recipe.augment


def test_ours_learns_with_normalisation_and_changed_images() -> None:
    recipe = recipe_of(epochs=7)
    assert recipe.num_epochs == 7
    assert recipe.batch_norm
    assert recipe.augment
    assert recipe.stages[0].image_size_px == 256


def test_fine_tuning_has_no_normalisation_to_fold() -> None:
    head = recipe_of(weights="dcnn-c24", trainable="head")
    whole = recipe_of(weights="dcnn-c24")
    assert head.stages[0].trainable == "head"
    assert head.stages[0].peak_rate > whole.stages[0].peak_rate
    assert not whole.batch_norm


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": "imagenet"}, "no ImageNet weights"),
        ({"trainable": "head"}, "Without starting weights all layers"),
        ({"recipe": "published", "weights": "mine"}, "starts from random weights"),
        ({"image_size": 96}, "224 px only"),
        ({"second_head": True}, "Only the default VGG16"),
    ],
)
def test_what_does_not_go_with_it_is_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        recipe_of(**changes)
