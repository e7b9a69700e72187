"""A network is asked about images as it was shown them in training."""

import numpy as np
import pytest

from cbmir_gui.core.records import ImageArray, ImageSource, TrainRequest
from cbmir_gui.features.registry import open_network
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import get_variables
from cbmir_gui.training.batches import training_batches
from cbmir_gui.training.datasets import load_training_data
from cbmir_gui.training.preparation import make_objective
from cbmir_gui.training.recipe import make_recipe


def decode(source: ImageSource) -> ImageArray:
    """Return a portrait in gray, or a landscape in colour."""
    shape = (300, 200) if source.class_name == "gray" else (150, 170, 3)
    seed = list(source.path.encode())
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_training_and_search_see_the_same_pixels(name: str) -> None:
    architecture = ARCHITECTURES[name]
    classes = ("color", "gray") if architecture.has_classes else ()
    network = architecture.build(len(classes), "default", 0)
    outputs = architecture.feature_outputs(network)
    layer = architecture.default_layer
    card = Card(
        name="new",
        architecture=name,
        variant="default",
        classes=classes,
        layers={layer: int(np.prod(outputs[layer].shape[1:]))},
        default_layer=layer,
        default_metric=architecture.default_metric,
        preprocessing=architecture.preprocessing,
        input_size_px=architecture.input_size_px,
    )
    model_store.save_model(card, get_variables(network))
    sources = [
        ImageSource(f"/{split}/{kind}", class_name=kind, split=split)
        for split in ("train", "val")
        for kind in ("color", "gray")
    ]
    square_px = architecture.square_size_px
    data = load_training_data(sources, decode, lambda *_: None, size_px=square_px)
    table = data.train
    request = TrainRequest("d", architecture=name)
    recipe = make_recipe(request)
    objective = make_objective(request, recipe, data)
    size_px = recipe.stages[-1].image_size_px
    (batch,) = training_batches(table, 2, size_px, 1, 0, change=False)
    searched = open_network("new")
    for view, label in zip(batch.views, batch.labels, strict=True):
        image = decode(table.sources[label])
        np.testing.assert_allclose(
            searched.preprocess(image),
            np.asarray(objective.prepare(view[np.newaxis]))[0],
            atol=1e-4,
        )
