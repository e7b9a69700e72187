"""MobileNetV2 (Sandler et al. 2018), width 1.0, as a frozen source of features.

It serves as a teacher and as a row of comparisons; its weights are a file that the
user names (batch normalisation folded, ImageNet). It is never shipped.
"""

import hashlib
from pathlib import Path

import keras
from keras import layers

from cbmir_gui.networks.arrays_file import read_arrays
from cbmir_gui.networks.variables import set_variables

INPUT_SIZE_PX = 224
FEATURE_DIM = 1280
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""(expansion, filters, blocks, stride of the first): table 2 of the paper."""
_MAX_FILE_BYTES = 64_000_000
_CLASSIFIER = "logits/"
"""Its thousand ImageNet classes are of no use here."""


def build_mobilenetv2() -> keras.Model:
    """Build the network up to its pooled features.

    Input: RGB 0-255 (n, 224, 224, 3), scaled to -1..1 inside; output: (n, 1280).
    """
    inputs = keras.Input((INPUT_SIZE_PX, INPUT_SIZE_PX, 3), name="image")
    hidden = layers.Rescaling(1 / 127.5, offset=-127.0 / 127.5)(inputs)
    hidden = _convolution(hidden, 32, 3, 2, "Conv1")
    number = 0
    for expansion, filters, count, first_stride in _STAGES:
        for position in range(count):
            number += 1
            stride = first_stride if position == 0 else 1
            hidden = _inverted_residual(hidden, expansion, filters, stride, number)
    hidden = _convolution(hidden, FEATURE_DIM, 1, 1, "Conv_1")
    pooled = layers.GlobalAveragePooling2D(name="pooled")(hidden)
    return keras.Model(inputs, pooled, name="mobilenetv2")


def load_mobilenetv2(path: Path) -> keras.Model:
    """Build the network and fill it with the arrays of an .npz file.

    Parameters
    ----------
    path
        Arrays by "layer/variable", e.g. "expanded_conv_2_expand/kernel".

    Raises
    ------
    ModelDamagedError
        The file cannot be read, or its arrays are not those of the network.
    """
    weights = read_arrays(path, _MAX_FILE_BYTES)
    model = build_mobilenetv2()
    own = {k: v for k, v in weights.items() if not k.startswith(_CLASSIFIER)}
    set_variables(model, own, path.name)
    return model


def hash_weights(path: Path) -> str:
    """Return the SHA-256 of the weights file, for model cards."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _inverted_residual(
    hidden: keras.KerasTensor, expansion: int, filters: int, stride: int, number: int
) -> keras.KerasTensor:
    prefix = f"expanded_conv_{number}"
    shortcut, num_channels = hidden, hidden.shape[-1]
    if expansion > 1:
        hidden = _convolution(
            hidden, num_channels * expansion, 1, 1, f"{prefix}_expand"
        )
    hidden = layers.DepthwiseConv2D(
        3, stride, padding="same", name=f"{prefix}_depthwise"
    )(hidden)
    hidden = layers.ReLU(6.0)(hidden)
    hidden = layers.Conv2D(filters, 1, name=f"{prefix}_project")(hidden)
    if stride == 1 and num_channels == filters:
        hidden = layers.Add()([shortcut, hidden])
    return hidden


def _convolution(
    hidden: keras.KerasTensor, filters: int, size: int, stride: int, name: str
) -> keras.KerasTensor:
    hidden = layers.Conv2D(filters, size, stride, padding="same", name=name)(hidden)
    return layers.ReLU(6.0)(hidden)
