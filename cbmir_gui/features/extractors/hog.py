"""Histograms of oriented gradients: which way edges run in each part of the image."""

import numpy as np

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageArray
from cbmir_gui.features.base import Extraction
from cbmir_gui.imaging.reader import PIXELS_VERSION
from cbmir_gui.imaging.transforms import letterbox, to_gray

SIDE_PX = 128
CELL_PX = 16
NUM_BINS = 9
"""Over 180 degrees: an edge and its reverse count as one."""
_NUM_CELLS = SIDE_PX // CELL_PX
_NUM_BLOCKS = _NUM_CELLS - 1
FEATURE_DIM = _NUM_BLOCKS * _NUM_BLOCKS * 4 * NUM_BINS
_CLIP = 0.2
_EPSILON = 1e-5


class HogExtractor:
    """Gradients of 8 x 8 cells, normalised in overlapping blocks of 2 x 2 cells.

    Needs no weights. 9 unsigned orientations, each gradient shared between the two
    nearest; L2-Hys normalisation (clipped at 0.2), as published.

    References
    ----------
    Dalal, Triggs: Histograms of oriented gradients for human detection. CVPR (2005).
    """

    @property
    def info(self) -> ExtractorInfo:
        """Return what a library remembers of these features."""
        return ExtractorInfo(
            model="hog",
            layer="histogram",
            feature_dim=FEATURE_DIM,
            metric="cosine",
            key=(
                f"hog/histogram"
                f"/letterbox{SIDE_PX}-gray-cells{CELL_PX}-v{PIXELS_VERSION}"
            ),
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """Return no classes: there is no classifier."""
        return ()

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Return (128, 128), gray values from 0 to 255."""
        return to_gray(letterbox(image, SIDE_PX)).astype(np.float32)

    def extract(self, batch: FloatArray) -> Extraction:
        """Return features (num_images, 1764) of a batch (num_images, 128, 128)."""
        return Extraction(np.stack([block_features(pixels) for pixels in batch]))


def block_features(gray: FloatArray) -> FloatArray:
    """Return the normalised blocks (1764,) of a gray image, in reading order."""
    cells = cell_histograms(gray)
    blocks = np.concatenate(
        [cells[:-1, :-1], cells[:-1, 1:], cells[1:, :-1], cells[1:, 1:]], axis=2
    )
    clipped = np.minimum(_unit(blocks), _CLIP)
    return _unit(clipped).astype(np.float32).ravel()


def cell_histograms(gray: FloatArray) -> FloatArray:
    """Return the gradients of each cell by orientation, weighted with their length.

    Parameters
    ----------
    gray : (128, 128)

    Returns
    -------
    (8, 8, 9)
        Bin b holds gradients around (b + 0.5) * 20 degrees; 0 points to the right.
    """
    down, right = np.gradient(gray)
    length = np.hypot(down, right)
    position = np.rad2deg(np.arctan2(down, right)) % 180 / (180 / NUM_BINS) - 0.5
    lower = np.floor(position)
    share = position - lower
    cell_of_row = np.arange(SIDE_PX) // CELL_PX
    cell = cell_of_row[:, np.newaxis] * _NUM_CELLS + cell_of_row
    histograms = np.zeros(_NUM_CELLS * _NUM_CELLS * NUM_BINS)
    for offset, weight in ((0, 1 - share), (1, share)):
        bins = (lower.astype(np.int64) + offset) % NUM_BINS
        histograms += np.bincount(
            (cell * NUM_BINS + bins).ravel(), (length * weight).ravel(), histograms.size
        )
    return histograms.reshape(_NUM_CELLS, _NUM_CELLS, NUM_BINS).astype(np.float32)


def _unit(blocks: FloatArray) -> FloatArray:
    lengths = np.sqrt((blocks**2).sum(axis=2, keepdims=True) + _EPSILON**2)
    return np.asarray(blocks / lengths, np.float32)
