"""VGG16 (Simonyan and Zisserman 2015, configuration D) and its published variant.

Input: RGB, 0-255, minus the ImageNet mean; any size in training, 224 x 224 elsewhere.
With `batch_norm` every convolution is followed by batch normalisation, as training
from scratch needs; `batch_norm.fold_batch_norm` removes it exactly.
"""

from collections.abc import Iterator

import keras
from keras import layers

from cbmir_gui.networks.batch_norm import normalise

INPUT_SIZE_PX = 224
MEAN_RGB = (123.68, 116.779, 103.939)
EMBEDDING_DIM = 256
_BLOCKS = ((1, 64, 2), (2, 128, 2), (3, 256, 3), (4, 512, 3), (5, 512, 3))


def conv_names(variant: str = "default") -> Iterator[tuple[int, str, int]]:
    """Yield (block, layer name, filters) in order.

    The published table has a third 64-filter convolution in block 1 ("paper").
    """
    for block, filters, count in _BLOCKS:
        extra = 1 if variant == "paper" and block == 1 else 0
        for number in range(1, count + extra + 1):
            yield block, f"block{block}_conv{number}", filters


def build_vgg16(
    num_classes: int,
    *,
    variant: str = "default",
    batch_norm: bool = False,
    image_size: int | None = INPUT_SIZE_PX,
    dropout: float = 0.0,
) -> keras.Model:
    """Build the classifier; its output is softmax probabilities (n, num_classes).

    ``variant="default"``: pooled mean of block 5 (512), a small fully connected layer
    `fc1` (256), softmax. ``variant="paper"``: flatten (25,088), fc1, fc2, fc3 of 4,096
    each, softmax; 151,152,530 parameters for 18 classes.

    Raises
    ------
    ValueError
        Unknown variant, or the paper variant without a fixed 224 x 224 input.
    """
    if variant not in {"default", "paper"}:
        raise ValueError(f"variant must be 'default' or 'paper', received {variant!r}.")
    if variant == "paper" and image_size != INPUT_SIZE_PX:
        raise ValueError(f"The paper variant needs {INPUT_SIZE_PX} px input.")
    inputs = keras.Input((image_size, image_size, 3), name="image")
    features = _convolutions(inputs, variant, batch_norm)
    head = _paper_head if variant == "paper" else _small_head
    hidden = head(features, batch_norm, dropout)
    outputs = layers.Dense(
        num_classes, activation="softmax", dtype="float32", name="probabilities"
    )(hidden)
    return keras.Model(inputs, outputs, name=f"vgg16_{variant}")


def _convolutions(
    inputs: keras.KerasTensor, variant: str, batch_norm: bool
) -> keras.KerasTensor:
    hidden = inputs
    present = 1
    for block, name, filters in conv_names(variant):
        if block != present:
            hidden = layers.MaxPooling2D(name=f"block{present}_pool")(hidden)
            present = block
        hidden = layers.Conv2D(filters, 3, padding="same", name=name)(hidden)
        hidden = normalise(hidden, name, batch_norm)
        hidden = layers.ReLU(name=f"{name}_relu")(hidden)
    return layers.MaxPooling2D(name=f"block{present}_pool")(hidden)


def _small_head(
    hidden: keras.KerasTensor, batch_norm: bool, dropout: float
) -> keras.KerasTensor:
    hidden = layers.GlobalAveragePooling2D(name="pooled")(hidden)
    hidden = layers.Dense(EMBEDDING_DIM, name="fc1")(hidden)
    hidden = normalise(hidden, "fc1", batch_norm)
    hidden = layers.ReLU(name="fc1_relu")(hidden)
    return layers.Dropout(dropout, name="dropout")(hidden)


def _paper_head(
    hidden: keras.KerasTensor, batch_norm: bool, dropout: float
) -> keras.KerasTensor:
    hidden = layers.Flatten(name="flatten")(hidden)
    for name in ("fc1", "fc2", "fc3"):
        hidden = layers.Dense(4096, name=name)(hidden)
        hidden = normalise(hidden, name, batch_norm)
        hidden = layers.ReLU(name=f"{name}_relu")(hidden)
        hidden = layers.Dropout(dropout, name=f"{name}_dropout")(hidden)
    return hidden


def feature_outputs(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return the feature tensors of a built network by layer name."""
    block5 = model.get_layer("block5_pool").output
    outputs = {"flatten": layers.Reshape((-1,), name="flatten_features")(block5)}
    names = {layer.name for layer in model.layers}
    if "pooled" in names:
        outputs["pooled"] = model.get_layer("pooled").output
    for name in ("fc1", "fc2", "fc3"):
        if f"{name}_relu" in names:
            outputs[name] = model.get_layer(f"{name}_relu").output
    return outputs
