"""Mapping a large frame in blocks of rows, so that intermediates stay small."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import ImageArray

BLOCK_PIXELS = 2**20


def map_blocks(
    stored: NDArray[Any],
    function: Callable[[NDArray[Any]], ImageArray],
    channels: tuple[int, ...] = (),
) -> ImageArray:
    """Apply `function` to blocks of rows of a (height, width) array.

    Parameters
    ----------
    function : callable
        (rows, width) in, (rows, width, *channels) out.
    """
    height, width = stored.shape
    step = max(1, BLOCK_PIXELS // width)
    if step >= height:
        return function(stored)
    mapped = np.empty((height, width, *channels), np.uint8)
    for top in range(0, height, step):
        mapped[top : top + step] = function(stored[top : top + step])
    return mapped
