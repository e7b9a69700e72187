"""The convolutional autoencoder of the four-modality system.

Input: RGB, 224 x 224, 0-1. Five 3x3 convolutions of 128 filters with stride 2, "same"
padding and LeakyReLU(0.2), then a dense latent vector of 48; the decoder mirrors it
with transposed convolutions and ends in a sigmoid. Loss: mean squared error.
"""

import keras
from keras import layers

INPUT_SIZE_PX = 224
LATENT_DIM = 48
NUM_FILTERS = 128
NUM_STAGES = 5
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


def feature_outputs(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return the feature tensors of a built network by layer name."""
    return {"latent": model.get_layer("latent").output}
