"""Weights to start from: ImageNet, a model of this program, or a file of arrays."""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.engine.run_folder import is_run_folder
from cbmir_gui.engine.weights_probe import probe_weights
from cbmir_gui.networks.card import CARD_FILE
from cbmir_gui.networks.model_store import (
    WEIGHTS_FILE,
    model_folders,
    verify_folder,
)
from cbmir_gui.networks.variables import get_variables, set_variables
from cbmir_gui.networks.weights_file import is_of_keras, read_weights
from cbmir_gui.training.checkpoints import load_best, load_state
from cbmir_gui.training.network_steps import is_frozen

_LOGGER = logging.getLogger(__name__)
_FIRST_KERNEL = "block1_conv1/kernel"
_BEFORE_THIRD = "block1_conv2/kernel"
_THIRD = "block1_conv3"
"""Of the VGG16's variant "paper"."""

Arrays = dict[str, NDArray[np.float32]]


def load_starting_weights(weights: str) -> Arrays:
    """Return arrays by "layer/variable" for RGB input.

    Parameters
    ----------
    weights
        ``imagenet`` (from the Keras cache, or downloaded: only on the user's word),
        the name or folder of a model, the folder of a training run (its best epoch,
        batch normalisation included), or the path of a weights.h5 or of a Keras
        weights file, which is read as arrays and never as a model.

    Raises
    ------
    TrainingError
        Nothing of that name, or the download failed.
    ModelDamagedError
        The file holds anything but plain arrays, or is not the one of its card.
    """
    if weights == "imagenet":
        return _load_imagenet()
    if is_run_folder(Path(weights)):
        return _load_run(Path(weights))
    if weights in model_folders():
        path = model_folders()[weights] / WEIGHTS_FILE
    else:
        path = Path(weights).expanduser()
        path = path / WEIGHTS_FILE if path.is_dir() else path
    if not path.is_file():
        raise TrainingError(
            f"There are no starting weights '{Path(weights).name}'. Give the name of "
            f"a model, the path of a weights file, 'imagenet' or 'none'."
        )
    if path.name == WEIGHTS_FILE and (path.parent / CARD_FILE).is_file():
        verify_folder(path.parent)
        probe_weights(path, path.parent.name)
        return read_weights(path, path.parent.name)
    probe_weights(path, path.name)
    arrays = read_weights(path, path.name)
    plain = {_plain_name(name): array for name, array in arrays.items()}
    if plain.keys() != arrays.keys() or is_of_keras(path, path.name):
        return _for_rgb(plain)
    # This program's own, copied or renamed: it has learned on RGB.
    return plain


def assign_fitting(
    model: keras.Model,
    arrays: Mapping[str, NDArray[np.float32]],
    trainable: str = "all",
) -> int:
    """Assign the arrays whose name and shape fit; the rest stays as initialised.

    Parameters
    ----------
    trainable
        What the first stage trains; see `network_steps.set_trainable`.

    Returns
    -------
    The number of arrays that were assigned.

    Raises
    ------
    TrainingError
        Fewer than half of the kernels fit, or one that is not trained does not.
    """
    own = get_variables(model)
    arrays = _with_third_convolution(arrays, own)
    fitting = {
        name: array
        for name, array in arrays.items()
        if name in own and own[name].shape == array.shape
    }
    _refuse_other_architecture(own, fitting, trainable)
    set_variables(model, own | fitting, "starting weights")
    _LOGGER.info("%d of %d arrays start from given weights.", len(fitting), len(own))
    return len(fitting)


def _with_third_convolution(
    arrays: Mapping[str, NDArray[np.float32]], own: Arrays
) -> Mapping[str, NDArray[np.float32]]:
    """Add the convolution that only the published table has, as one that does nothing.

    What enters it is not negative, so that the network says at first what one without
    it says (Net2DeeperNet, Chen et al. 2016). Other weights than those of a training
    of this variant, ImageNet's among them, could not be used with it frozen.
    """
    kernel, bias = f"{_THIRD}/kernel", f"{_THIRD}/bias"
    if kernel not in own or kernel in arrays or _BEFORE_THIRD not in arrays:
        return arrays
    identity = np.zeros_like(own[kernel])
    identity[1, 1] = np.eye(identity.shape[-1])
    return {**arrays, kernel: identity, bias: np.zeros_like(own[bias])}


def _refuse_other_architecture(
    own: Collection[str], fitting: Collection[str], trainable: str
) -> None:
    kernels = [name for name in own if name.endswith("/kernel")]
    missing = [name for name in kernels if name not in fitting]
    num_fitting = len(kernels) - len(missing)
    if 2 * num_fitting < len(kernels):
        raise TrainingError(
            f"The starting weights belong to another architecture: {num_fitting} of "
            f"{len(kernels)} kernels fit. Choose weights of the same architecture, or "
            f"'none'."
        )
    frozen = [name for name in missing if is_frozen(name, trainable)]
    if frozen:
        raise TrainingError(
            f"The starting weights do not fit '{frozen[0]}', which would stay "
            f"untrained. Choose weights of the same architecture, or train 'all'."
        )


def _load_run(folder: Path) -> Arrays:
    state = load_state(folder)
    if state is None or not state.best_epoch:
        raise TrainingError(
            f"The training '{folder.name}' keeps no weights to start from. Name the "
            f"model that it made, or another training."
        )
    return load_best(folder, state.best_epoch)


def _load_imagenet() -> Arrays:
    try:
        network = keras.applications.VGG16(include_top=False, weights="imagenet")
    except Exception as error:
        # Keras raises whatever its download library raises.
        raise TrainingError(
            "The ImageNet weights are neither in the Keras cache nor could they be "
            "downloaded. Connect to the network once, name a weights file, or choose "
            "'none' to train from scratch."
        ) from error
    return _for_rgb(get_variables(network))


def _for_rgb(arrays: Arrays) -> Arrays:
    """Turn the first kernel round: Keras trained VGG16 on BGR, we feed RGB."""
    if _FIRST_KERNEL in arrays:
        arrays = {**arrays, _FIRST_KERNEL: arrays[_FIRST_KERNEL][:, :, ::-1].copy()}
    return arrays


def _plain_name(name: str) -> str:
    """Turn "block1_conv1/block1_conv1/kernel:0" or "..._W_1:0" into our names."""
    parts = name.removesuffix(":0").split("/")
    variable = parts[-1]
    if variable.endswith("_W_1"):
        variable = "kernel"
    elif variable.endswith("_b_1"):
        variable = "bias"
    return f"{parts[0]}/{variable}"
