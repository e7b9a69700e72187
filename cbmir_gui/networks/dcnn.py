"""The DCNN of the 24-class system: five convolutions and three fully connected layers.

Input: gray, 0-255 minus `MEAN_GRAY`, the central 224 x 224 px of an image fitted into
256 x 256 px.

========= ==================================== ================
layer     what                                 output
========= ==================================== ================
conv1     64 of 11x11, stride 4, padding 2     55 x 55 x 64
          max pooling 3x3, stride 2            27 x 27 x 64
conv2     192 of 5x5                           27 x 27 x 192
          max pooling 3x3, stride 2            13 x 13 x 192
conv3     384 of 3x3                           13 x 13 x 384
conv4     256 of 3x3                           13 x 13 x 256
conv5     256 of 3x3                           13 x 13 x 256
          max pooling 3x3, stride 2            6 x 6 x 256
fc1, fc2  4096, dropout                        4096
fc3       one per class, then softmax          num_classes
========= ==================================== ================

With 24 classes it has the published 57,086,680 parameters. That number fixes what the
publication leaves open or prints otherwise: one input channel, and 3x3 kernels in conv3
(with the 5x5 of its text there would be 58,266,328, the variant "conv3-5x5"). The
padding is that of Krizhevsky's network of 2014, which has the same layers.

References
----------
Qayyum et al., Medical image retrieval using deep convolutional neural network, 2017.
Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
from keras import layers

from cbmir_gui.networks.batch_norm import normalise

INPUT_SIZE_PX = 224
SQUARE_SIZE_PX = 256
"""The square that an image is fitted into before its centre is taken."""
MEAN_GRAY = 94.0
"""Of the training images of 24 classes, as the network sees them."""
VARIANTS = ("default", "conv3-5x5")
_CONV3_SIZE = {"default": 3, "conv3-5x5": 5}
_FC_DIM = 4096
_POOLED = (1, 2, 5)
_BIAS_ONE = ("conv2", "conv4", "conv5", "fc1", "fc2", "fc3")
"""Layers whose bias starts at 1 in the published initialisation."""


@dataclass(frozen=True, slots=True)
class _Convolution:
    name: str
    filters: int
    size: int
    stride: int = 1


def build_dcnn(
    num_classes: int,
    *,
    variant: str = "default",
    batch_norm: bool = False,
    published_start: bool = False,
    dropout: float = 0.0,
) -> keras.Model:
    """Build the classifier; its output is softmax probabilities (n, num_classes).

    Parameters
    ----------
    batch_norm
        Normalise after every layer but the last, as training needs here;
        `batch_norm.fold_batch_norm` removes it exactly.
    published_start
        Weights from a Gaussian (0, 0.01) and biases of 0 or 1, as published; else
        He's initialisation.
    dropout
        After fc1 and fc2; 0.5 as published. It has no effect on predictions.

    Raises
    ------
    ValueError
        Unknown variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {VARIANTS}, received {variant!r}.")
    inputs = keras.Input((INPUT_SIZE_PX, INPUT_SIZE_PX, 1), name="image")
    hidden = layers.ZeroPadding2D(2, name="padding")(inputs)
    for number, convolution in enumerate(_convolutions(variant), start=1):
        hidden = layers.Conv2D(
            convolution.filters,
            convolution.size,
            convolution.stride,
            padding="valid" if number == 1 else "same",
            name=convolution.name,
            **_start(convolution.name, published_start),
        )(hidden)
        hidden = normalise(hidden, convolution.name, batch_norm)
        hidden = layers.ReLU(name=f"{convolution.name}_relu")(hidden)
        if number in _POOLED:
            hidden = layers.MaxPooling2D(3, 2, name=f"pool{number}")(hidden)
    hidden = layers.Flatten(name="flatten")(hidden)
    for name in ("fc1", "fc2"):
        hidden = layers.Dense(_FC_DIM, name=name, **_start(name, published_start))(
            hidden
        )
        hidden = normalise(hidden, name, batch_norm)
        hidden = layers.ReLU(name=f"{name}_relu")(hidden)
        hidden = layers.Dropout(dropout, name=f"{name}_dropout")(hidden)
    scores = layers.Dense(
        num_classes, dtype="float32", name="fc3", **_start("fc3", published_start)
    )(hidden)
    outputs = layers.Softmax(dtype="float32", name="probabilities")(scores)
    return keras.Model(inputs, outputs, name="dcnn")


def feature_outputs(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return the feature tensors of a built network by layer name.

    conv5 is taken after its pooling (9,216), fc1 and fc2 after their ReLU (4,096), and
    fc3 before the softmax (one value per class).
    """
    return {
        "conv5": model.get_layer("flatten").output,
        "fc1": model.get_layer("fc1_relu").output,
        "fc2": model.get_layer("fc2_relu").output,
        "fc3": model.get_layer("fc3").output,
    }


def _convolutions(variant: str) -> Sequence[_Convolution]:
    return (
        _Convolution("conv1", 64, 11, stride=4),
        _Convolution("conv2", 192, 5),
        _Convolution("conv3", 384, _CONV3_SIZE[variant]),
        _Convolution("conv4", 256, 3),
        _Convolution("conv5", 256, 3),
    )


def _start(name: str, published: bool) -> dict[str, keras.initializers.Initializer]:
    if not published:
        return {"kernel_initializer": keras.initializers.HeNormal()}
    return {
        "kernel_initializer": keras.initializers.RandomNormal(0.0, 0.01),
        "bias_initializer": keras.initializers.Constant(float(name in _BIAS_ONE)),
    }
