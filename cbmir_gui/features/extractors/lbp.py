"""Local binary patterns: how fine texture is distributed over the image."""

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageArray
from cbmir_gui.features.base import Extraction
from cbmir_gui.imaging.reader import PIXELS_VERSION
from cbmir_gui.imaging.transforms import letterbox, to_gray

SIDE_PX = 224
NUM_BLOCKS = 3
"""Along each side."""
NUM_BINS = 59
"""58 uniform patterns, and one bin for all others."""

_NEIGHBOURS = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
"""(row, column) in a 3 x 3 window, once around its centre."""


class LbpExtractor:
    """Histograms of uniform patterns in 3 x 3 blocks; needs no weights.

    Each histogram holds square roots of frequencies, so that the Euclidean distance
    is the Hellinger distance and bins that are always full count less.

    References
    ----------
    Ojala, Pietikainen, Maenpaa: Multiresolution gray-scale and rotation invariant
    texture classification with local binary patterns. PAMI 24 (2002).
    """

    @property
    def info(self) -> ExtractorInfo:
        """Return what a library remembers of these features."""
        return ExtractorInfo(
            model="lbp",
            layer="histogram",
            feature_dim=NUM_BLOCKS * NUM_BLOCKS * NUM_BINS,
            metric="cosine",
            key=(
                f"lbp/histogram"
                f"/letterbox{SIDE_PX}-gray-blocks{NUM_BLOCKS}-sqrt-v{PIXELS_VERSION}"
            ),
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Return no classes: there is no classifier."""
        return ()

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Return (224, 224), gray values from 0 to 255."""
        return to_gray(letterbox(image, SIDE_PX)).astype(np.float32)

    def extract(self, batch: FloatArray) -> Extraction:
        """Return features (num_images, 531) of a batch (num_images, 224, 224)."""
        features = np.stack([block_histograms(pixels) for pixels in batch])
        return Extraction(features)


def block_histograms(gray: FloatArray) -> FloatArray:
    """Return the histograms (531,) of a gray image, block by block in reading order."""
    bins = _BIN_OF_PATTERN[local_binary_patterns(gray)]
    histograms = [
        np.bincount(block.ravel(), minlength=NUM_BINS) / block.size
        for band in np.array_split(bins, NUM_BLOCKS, axis=0)
        for block in np.array_split(band, NUM_BLOCKS, axis=1)
    ]
    return np.sqrt(np.concatenate(histograms)).astype(np.float32)


def local_binary_patterns(gray: FloatArray) -> NDArray[np.uint8]:
    """Return which of its eight neighbours are at least as bright as a pixel.

    Parameters
    ----------
    gray : (height, width)

    Returns
    -------
    (height - 2, width - 2)
        One bit per neighbour; pixels at the border have not eight and are left out.
    """
    height, width = gray.shape[0] - 2, gray.shape[1] - 2
    centre = gray[1:-1, 1:-1]
    patterns = np.zeros((height, width), np.uint8)
    for bit, (row, column) in enumerate(_NEIGHBOURS):
        neighbour = gray[row : row + height, column : column + width]
        patterns |= (neighbour >= centre).astype(np.uint8) << bit
    return patterns


def _bin_of_pattern() -> NDArray[np.uint8]:
    """Give each uniform pattern (at most two changes around it) a bin of its own."""
    patterns = np.arange(256, dtype=np.uint8)
    rotated = (patterns >> 1) | (patterns << 7)
    is_uniform = np.bitwise_count(patterns ^ rotated) <= 2
    bins = np.full(256, NUM_BINS - 1, np.uint8)
    bins[is_uniform] = np.arange(is_uniform.sum())
    return bins


_BIN_OF_PATTERN = _bin_of_pattern()
