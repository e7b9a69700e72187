"""The random-label control: what learns or retrieves more than chance is leaking."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cbmir_gui.core.records import ImageSource


def shuffle_classes(sources: Sequence[ImageSource], seed: int) -> list[ImageSource]:
    """Give the classes to other images, as often as before; nothing else changes."""
    order = np.random.default_rng(seed).permutation(len(sources))
    return [
        replace(source, class_name=sources[other].class_name)
        for source, other in zip(sources, order, strict=True)
    ]
