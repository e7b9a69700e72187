import keras
import numpy as np
import pytest

from cbmir_gui.networks.batch_norm import fold_batch_norm
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.variables import get_variables, set_variables
from cbmir_gui.networks.vgg16 import build_vgg16, feature_outputs


def test_the_published_variant_has_the_published_number_of_parameters() -> None:
    model = build_vgg16(18, variant="paper")
    assert model.count_params() == 151_152_530


def test_flatten_gives_25088_values() -> None:
    for variant in ("default", "paper"):
        outputs = feature_outputs(build_vgg16(2, variant=variant))
        assert outputs["flatten"].shape == (None, 25_088)


def test_folding_batch_normalisation_changes_no_prediction() -> None:
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    trained = build_vgg16(4, batch_norm=True, image_size=None)
    weights = get_variables(trained)
    # As after training: every statistic differs from its start.
    for name, array in weights.items():
        if "_bn/" in name:
            weights[name] = rng.uniform(0.5, 1.5, array.shape).astype(np.float32)
    set_variables(trained, weights, "trained")
    plain = build_vgg16(4, image_size=None)
    set_variables(plain, fold_batch_norm(weights), "plain")
    images = rng.normal(0, 50, (3, 64, 64, 3)).astype(np.float32)
    expected = trained(images, training=False).numpy()
    received = plain(images, training=False).numpy()
    np.testing.assert_allclose(received, expected, rtol=1e-3, atol=1e-5)
    assert np.ptp(expected) > 1e-3


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="'default' or 'paper'"):
        build_vgg16(2, variant="other")


def test_every_architecture_builds_and_names_its_default_layer() -> None:
    for architecture in ARCHITECTURES.values():
        model = architecture.build(3, "default", 0)
        outputs = architecture.feature_outputs(model)
        assert architecture.default_layer in outputs
        size = architecture.input_size_px
        assert model.input_shape[:3] == (None, size, size)
        assert architecture.square_size_px >= size


def test_the_autoencoder_gives_48_values_and_an_image() -> None:
    architecture = ARCHITECTURES["autoencoder"]
    model = architecture.build(0, "default", 0)
    assert architecture.feature_outputs(model)["latent"].shape == (None, 48)
    assert model.output_shape == (None, 224, 224, 3)
