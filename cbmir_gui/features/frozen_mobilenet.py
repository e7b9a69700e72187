"""Features of the frozen ImageNet MobileNetV2, from a file that the user names."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageArray
from cbmir_gui.features.base import Extraction
from cbmir_gui.imaging.reader import PIXELS_VERSION
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.networks.mobilenetv2 import (
    FEATURE_DIM,
    INPUT_SIZE_PX,
    hash_weights,
    load_mobilenetv2,
)

MODEL_NAME = "mobilenetv2-imagenet"


class FrozenMobileNet:
    """Its pooled features; no class of ours. Computes in float32.

    Parameters
    ----------
    path
        See `networks.mobilenetv2.load_mobilenetv2`.

    Raises
    ------
    ModelDamagedError
        The file is not a MobileNetV2.
    """

    def __init__(self, path: Path) -> None:
        # What was loaded before may have left another policy behind.
        keras.config.set_dtype_policy("float32")
        self._model = load_mobilenetv2(path)
        self._run = tf.function(
            lambda batch: self._model(batch, training=False),
            input_signature=[
                tf.TensorSpec((None, INPUT_SIZE_PX, INPUT_SIZE_PX, 3), tf.float32)
            ],
            autograph=False,
        )
        self._sha256 = hash_weights(path)

    @property
    def info(self) -> ExtractorInfo:
        """Return what a library remembers of these features."""
        return ExtractorInfo(
            model=MODEL_NAME,
            layer="pooled",
            feature_dim=FEATURE_DIM,
            metric="cosine",
            key=(
                f"{MODEL_NAME}/pooled/{self._sha256[:16]}"
                f"/letterbox{INPUT_SIZE_PX}-v{PIXELS_VERSION}"
            ),
            weights_sha256=self._sha256,
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Return no classes: those of ImageNet are of no use here."""
        return ()

    @property
    def num_parameters(self) -> int:
        """Weights of the network, without its ImageNet classifier."""
        return int(self._model.count_params())

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Return (224, 224, 3), 0 to 255."""
        return letterbox(image, INPUT_SIZE_PX).astype(np.float32)

    def extract(self, batch: FloatArray) -> Extraction:
        """Return features (num_images, 1280) of a batch (num_images, 224, 224, 3)."""
        return Extraction(self._run(tf.constant(batch, tf.float32)).numpy())
