import keras
import numpy as np
import pytest

from cbmir_gui.networks.batch_norm import fold_batch_norm
from cbmir_gui.networks.dcnn import build_dcnn, feature_outputs
from cbmir_gui.networks.variables import get_variables, set_variables


def test_24_classes_have_the_published_number_of_parameters() -> None:
    model = build_dcnn(24)
    assert model.count_params() == 57_086_680
    outputs = feature_outputs(model)
    assert {name: tensor.shape[1:] for name, tensor in outputs.items()} == {
        "conv5": (9216,),
        "fc1": (4096,),
        "fc2": (4096,),
        "fc3": (24,),
    }
    assert model.get_layer("pool5").output.shape == (None, 6, 6, 256)
    sizes = [model.get_layer(f"conv{n}").output.shape[1] for n in range(1, 6)]
    assert sizes == [55, 27, 13, 13, 13]


def test_the_published_start_is_gaussian_with_biases_of_one() -> None:
    keras.utils.set_random_seed(1)
    weights = get_variables(build_dcnn(24, published_start=True))
    for name in ("conv2", "conv4", "conv5", "fc1", "fc2", "fc3"):
        assert np.all(weights[f"{name}/bias"] == 1)
    for name in ("conv1", "conv3"):
        assert np.all(weights[f"{name}/bias"] == 0)
    for name in ("conv1", "conv3", "fc1"):
        kernel = weights[f"{name}/kernel"]
        assert kernel.std() == pytest.approx(0.01, rel=0.05)
        assert abs(kernel.mean()) < 0.001


def test_folding_batch_normalisation_changes_no_prediction() -> None:
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(0)
    trained = build_dcnn(4, batch_norm=True, dropout=0.5)
    weights = get_variables(trained)
    # As after training: every statistic differs from its start.
    for name, array in weights.items():
        if "_bn/" in name:
            weights[name] = rng.uniform(0.5, 1.5, array.shape).astype(np.float32)
    set_variables(trained, weights, "trained")
    plain = build_dcnn(4)
    set_variables(plain, fold_batch_norm(weights), "plain")
    images = rng.normal(0, 1, (2, 224, 224, 1)).astype(np.float32)
    expected = trained(images, training=False).numpy()
    received = plain(images, training=False).numpy()
    np.testing.assert_allclose(received, expected, rtol=1e-3, atol=1e-5)
    assert np.ptp(expected) > 1e-3


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="'default', 'conv3-5x5'"):
        build_dcnn(2, variant="paper")
