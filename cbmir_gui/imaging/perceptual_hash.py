"""Fingerprints of what an image looks like, to find copies that differ in bytes.

A 64-bit hash of the lowest frequencies: two versions of one image (scaled, compressed
again, a little brighter) differ in few of the bits, two different images in about half
of them.

References
----------
C. Zauner, Implementation and benchmarking of perceptual image hash functions, 2010,
section 3.2.1 (the DCT hash). There the first coefficient, the mean brightness, is left
out; here the first row and column are, which also hold mere gradients of brightness.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import ImageArray

HASH_BITS = 64
NEAR_BITS = 4
"""Fingerprints of copies differ in at most so many bits."""
_SIDE_PX = 32
_FREQUENCIES = slice(1, 9)

Hashes = NDArray[np.uint64]


def perceptual_hash(pixels: ImageArray) -> int:
    """Return the fingerprint of one image, 0 to 2**64 - 1.

    Parameters
    ----------
    pixels : (height, width) or (height, width, 3)
        Gray or RGB, 0-255.
    """
    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    low = cv2.dct(np.asarray(small, np.float32))[_FREQUENCIES, _FREQUENCIES]
    bits = (low > np.median(low)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def thumbnail_hash(jpeg: bytes) -> int | None:
    """Return the fingerprint of a thumbnail; None where it is no picture.

    Fingerprints of thumbnails are compared with each other only: making one small and
    compressing it changes some bits.
    """
    if not jpeg:
        return None
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return None if pixels is None else perceptual_hash(np.asarray(pixels, np.uint8))


def hash_distances(first: Hashes, second: Hashes) -> NDArray[np.uint8]:
    """Return the number of bits in which fingerprints differ.

    Parameters
    ----------
    first : num_first
    second : num_second

    Returns
    -------
    (num_first, num_second)
        0 to 64.
    """
    differing = first[:, np.newaxis] ^ second[np.newaxis]
    return np.asarray(np.bitwise_count(differing), np.uint8)
