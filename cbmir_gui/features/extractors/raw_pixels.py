"""The image itself, shrunk: the row that every learned feature must beat."""

import numpy as np

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageArray
from cbmir_gui.features.base import Extraction
from cbmir_gui.imaging.reader import PIXELS_VERSION
from cbmir_gui.imaging.transforms import letterbox, to_gray

SIDE_PX = 28


class RawPixelExtractor:
    """28 x 28 gray values from 0 to 1, row by row; needs no weights."""

    @property
    def info(self) -> ExtractorInfo:
        """Return what a library remembers of these features."""
        return ExtractorInfo(
            model="raw-pixels",
            layer="pixels",
            feature_dim=SIDE_PX * SIDE_PX,
            metric="cosine",
            key=f"raw-pixels/pixels/letterbox{SIDE_PX}-gray-v{PIXELS_VERSION}",
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Return no classes: there is no classifier."""
        return ()

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Return (28, 28)."""
        small = to_gray(letterbox(image, SIDE_PX))
        return small.astype(np.float32) / np.float32(255)

    def extract(self, batch: FloatArray) -> Extraction:
        """Return features (num_images, 784) of a batch (num_images, 28, 28)."""
        return Extraction(batch.reshape(len(batch), -1))
