"""The convolutional autoencoder of the four-modality system.

Input: RGB, 224 x 224, 0-1. Five 3x3 convolutions of 128 filters with stride 2, "same"
padding and LeakyReLU(0.2), then a dense latent vector of 48; the decoder mirrors it
with transposed convolutions and ends in a sigmoid. Loss: mean squared error.

Beside the published latent vector there is an embedding: mean and standard deviation of
each convolution, and the latent vector, mapped by one matrix that linear discriminant
analysis finds after the training (`training.discriminants`). It sees no more than the
encoder does, but the labels say what of it counts.
"""

import keras
from keras import layers, ops

INPUT_SIZE_PX = 224
LATENT_DIM = 48
NUM_FILTERS = 128
NUM_STAGES = 5
STATISTICS_DIM = 2 * NUM_FILTERS * NUM_STAGES + LATENT_DIM
_SLOPE = 0.2


def build_autoencoder() -> keras.Model:
    """Build encoder and decoder; the output is the reconstruction (n, 224, 224, 3)."""
    inputs = keras.Input((INPUT_SIZE_PX, INPUT_SIZE_PX, 3), name="image")
    hidden = inputs
    for stage in range(1, NUM_STAGES + 1):
        hidden = layers.Conv2D(
            NUM_FILTERS, 3, strides=2, padding="same", name=f"encoder_conv{stage}"
        )(hidden)
        hidden = layers.LeakyReLU(_SLOPE, name=f"encoder_relu{stage}")(hidden)
    side = INPUT_SIZE_PX // 2**NUM_STAGES
    hidden = layers.Flatten(name="encoder_flatten")(hidden)
    hidden = layers.Dense(LATENT_DIM, name="latent")(hidden)
    hidden = layers.Dense(side * side * NUM_FILTERS, name="decoder_dense")(hidden)
    hidden = layers.Reshape((side, side, NUM_FILTERS), name="decoder_reshape")(hidden)
    for stage in range(1, NUM_STAGES):
        hidden = layers.Conv2DTranspose(
            NUM_FILTERS, 3, strides=2, padding="same", name=f"decoder_conv{stage}"
        )(hidden)
        hidden = layers.LeakyReLU(_SLOPE, name=f"decoder_relu{stage}")(hidden)
    outputs = layers.Conv2DTranspose(
        3,
        3,
        strides=2,
        padding="same",
        activation="sigmoid",
        dtype="float32",
        name="reconstruction",
    )(hidden)
    return keras.Model(inputs, outputs, name="autoencoder")


def encoder_statistics(model: keras.Model) -> keras.KerasTensor:
    """Return mean and standard deviation of each stage, then the latent vector.

    Returns
    -------
    (n, STATISTICS_DIM), float32
    """
    parts = []
    for stage in range(1, NUM_STAGES + 1):
        values = ops.cast(model.get_layer(f"encoder_relu{stage}").output, "float32")
        parts += [ops.mean(values, axis=(1, 2)), ops.std(values, axis=(1, 2))]
    parts.append(ops.cast(model.get_layer("latent").output, "float32"))
    return ops.concatenate(parts, axis=1)


def add_embedding(model: keras.Model, embedding_dim: int) -> keras.Model:
    """Return the network with the embedding as its second output.

    Parameters
    ----------
    embedding_dim
        Learned directions.

    Returns
    -------
    A model with the outputs [reconstruction, embedding (n, embedding_dim)].
    """
    directions = layers.Dense(embedding_dim, dtype="float32", name="directions")(
        encoder_statistics(model)
    )
    return keras.Model(model.input, [model.output, directions], name=model.name)


def feature_outputs(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return the feature tensors of a built network by layer name."""
    return {"latent": model.get_layer("latent").output}
