"""What every extractor offers: pixels in, one vector per image out."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class Extraction:
    """What one pass over a batch gives."""

    features: FloatArray
    """(num_images, feature_dim)"""
    probabilities: FloatArray | None = None
    """(num_images, num_classes), each row adds up to 1; None without a classifier."""


class Extractor(Protocol):
    """Turn decoded images into vectors; owns its preprocessing.

    `key` names model, weights, layer and preprocessing: features with different keys
    must never be compared.
    """

    @property
    def info(self) -> ExtractorInfo:
        """Return model, layer, feature_dim, default metric, key, number of classes."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes in the order of `Extraction.probabilities`."""

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Return one image as the extractor's input; the same shape for all images."""

    def extract(self, batch: FloatArray) -> Extraction:
        """Return features of (num_images, ...) preprocessed images."""


def extract_one(extractor: Extractor, image: ImageArray) -> Extraction:
    """Return the features of a single image, as a batch of one."""
    return extractor.extract(extractor.preprocess(image)[np.newaxis])
