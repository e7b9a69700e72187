"""Networks that the papers compare with, to be trained from scratch for one table.

Each takes RGB images minus the ImageNet mean, smaller than published so that a
processor trains it in minutes, and has a layer `features` in front of its softmax.
Batch normalisation stands where AlexNet and OverFeat had local response
normalisation or none: they would not learn within a few epochs without.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

FEATURES_LAYER = "features"


@dataclass(frozen=True, slots=True)
class Baseline:
    """One architecture, and the image size that it is trained with."""

    name: str
    image_size_px: int
    add_features: Callable[[keras.KerasTensor], keras.KerasTensor]
    """(n, size, size, 3) -> (n, feature_dim)"""


def build_baseline(name: str, num_classes: int) -> keras.Model:
    """Build a network; its output is softmax probabilities (n, num_classes).

    Raises
    ------
    KeyError
        No such name in `BASELINES`.
    """
    baseline = BASELINES[name]
    side_px = baseline.image_size_px
    inputs = keras.Input((side_px, side_px, 3), name="image")
    hidden = layers.Identity(name=FEATURES_LAYER)(baseline.add_features(inputs))
    hidden = layers.Dropout(0.2, name="dropout")(hidden)
    outputs = layers.Dense(
        num_classes, activation="softmax", dtype="float32", name="probabilities"
    )(hidden)
    return keras.Model(inputs, outputs, name=name)


def _alexnet(hidden: keras.KerasTensor) -> keras.KerasTensor:
    """Krizhevsky, Sutskever, Hinton 2012, in one tower; features: second 4096."""
    hidden = _convolution(hidden, 96, 11, 4)
    hidden = layers.MaxPooling2D(3, 2)(hidden)
    hidden = _convolution(hidden, 256, 5)
    hidden = layers.MaxPooling2D(3, 2)(hidden)
    for filters in (384, 384, 256):
        hidden = _convolution(hidden, filters, 3)
    hidden = layers.Flatten()(layers.MaxPooling2D(3, 2)(hidden))
    return _dense(_dense(hidden, 4096), 4096)


def _overfeat(hidden: keras.KerasTensor) -> keras.KerasTensor:
    """Sermanet et al. 2014, the fast model; features: the layer of 4096."""
    hidden = _convolution(hidden, 96, 11, 4, "valid")
    hidden = layers.MaxPooling2D(2)(hidden)
    hidden = _convolution(hidden, 256, 5, 1, "valid")
    hidden = layers.MaxPooling2D(2)(hidden)
    for filters in (512, 1024, 1024):
        hidden = _convolution(hidden, filters, 3)
    hidden = layers.Flatten()(layers.MaxPooling2D(2)(hidden))
    return _dense(_dense(hidden, 3072), 4096)


def _resnet18(hidden: keras.KerasTensor) -> keras.KerasTensor:
    """He et al. 2016, table 1, 18 layers; features: pooled 512."""
    hidden = _convolution(hidden, 64, 7, 2)
    hidden = layers.MaxPooling2D(3, 2, padding="same")(hidden)
    for stage, filters in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            hidden = _basic_block(hidden, filters, stride)
    return layers.GlobalAveragePooling2D()(hidden)


def _resnet50(hidden: keras.KerasTensor) -> keras.KerasTensor:
    """He et al. 2016, 50 layers; features: pooled 2048."""
    network = keras.applications.ResNet50(
        include_top=False, weights=None, input_tensor=hidden, pooling="avg"
    )
    return network.output


def _xception(hidden: keras.KerasTensor) -> keras.KerasTensor:
    """Chollet 2017; features: pooled 2048."""
    network = keras.applications.Xception(
        include_top=False, weights=None, input_tensor=hidden, pooling="avg"
    )
    return network.output


def _basic_block(
    hidden: keras.KerasTensor, filters: int, stride: int
) -> keras.KerasTensor:
    shortcut = hidden
    if stride > 1 or hidden.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, stride, use_bias=False)(hidden)
        shortcut = layers.BatchNormalization(momentum=0.9)(shortcut)
    hidden = _convolution(hidden, filters, 3, stride)
    hidden = layers.Conv2D(filters, 3, padding="same", use_bias=False)(hidden)
    hidden = layers.BatchNormalization(momentum=0.9)(hidden)
    return layers.ReLU()(layers.Add()([shortcut, hidden]))


def _convolution(
    hidden: keras.KerasTensor,
    filters: int,
    size: int,
    stride: int = 1,
    padding: str = "same",
) -> keras.KerasTensor:
    hidden = layers.Conv2D(filters, size, stride, padding=padding, use_bias=False)(
        hidden
    )
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(hidden))


def _dense(hidden: keras.KerasTensor, num_units: int) -> keras.KerasTensor:
    hidden = layers.Dense(num_units, use_bias=False)(hidden)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(hidden))


BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline("alexnet", 128, _alexnet),
        Baseline("resnet18", 96, _resnet18),
        Baseline("resnet50", 96, _resnet50),
        Baseline("xception", 96, _xception),
        Baseline("overfeat", 128, _overfeat),
    )
}
