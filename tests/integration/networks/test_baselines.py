"""The networks that the papers compare with."""

import numpy as np
import pytest

from cbmir_gui.networks.baselines import BASELINES, FEATURES_LAYER, build_baseline

FEATURE_DIMS = {
    "alexnet": 4096,
    "resnet18": 512,
    "resnet50": 2048,
    "xception": 2048,
    "overfeat": 4096,
}
# Trainable, with 1000 classes: torchvision's resnet18 and keras.applications.
KNOWN_PARAMETERS = {"resnet18": 11_689_512, "xception": 22_855_952}


@pytest.mark.parametrize("name", BASELINES)
def test_a_network_gives_features_and_probabilities(name: str) -> None:
    model = build_baseline(name, 3)
    side_px = BASELINES[name].image_size_px
    assert model.input.shape == (None, side_px, side_px, 3)
    assert model.get_layer(FEATURES_LAYER).output.shape[1:] == (FEATURE_DIMS[name],)
    probabilities = np.asarray(model(np.zeros((2, side_px, side_px, 3), np.float32)))
    assert probabilities.shape == (2, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-3)


@pytest.mark.parametrize(("name", "num_parameters"), KNOWN_PARAMETERS.items())
def test_a_network_has_the_published_number_of_parameters(
    name: str, num_parameters: int
) -> None:
    model = build_baseline(name, 1000)
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert trainable == num_parameters
