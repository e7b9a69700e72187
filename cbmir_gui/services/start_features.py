"""Features of the model that a training started from, for the comparison with it.

Where the training left the convolutions alone, those of both models say the same of the
images: whoever compares the two need not pass them through these again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ImageSource
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.features.registry import close_network, open_network
from cbmir_gui.networks.model_store import model_folders
from cbmir_gui.services.all_layers import open_all_layers
from cbmir_gui.services.feature_cache import FeatureCache

_LOGGER = logging.getLogger(__name__)
_CHUNK = 64
"""Images for which the cache is locked: who evaluates the model waits no longer."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenImages:
    """Images that passed through the convolutions of a training."""

    known: KnownInputs
    sources: Sequence[ImageSource]
    """Those with a class, which a comparison asks for."""
    start: str
    """Name or folder of the model with these convolutions; empty if there is none."""


def keep_features_of_start(seen: SeenImages, progress: Progress) -> None:
    """Put what is known of images into the feature cache of the starting model.

    It only saves time: where the model has other convolutions, is gone or damaged, its
    cache cannot be written, or the memory is too small for it, the log says so and
    nothing else happens.

    Raises
    ------
    Cancelled
        `progress` asked to stop.
    """
    from cbmir_gui.training.batch_memory import OUT_OF_MEMORY

    name = _name_of(seen.start)
    if not name:
        return
    try:
        if open_network(name).remember(seen.known):
            _fill_cache(name, seen.sources, progress)
    except CbmirError as error:
        _LOGGER.info("No features of the starting model are kept: %s", error)
    except OUT_OF_MEMORY:
        _LOGGER.info("No features of the starting model are kept: too little memory.")
    finally:
        close_network(name)


def _fill_cache(name: str, sources: Sequence[ImageSource], progress: Progress) -> None:
    layers = open_all_layers(name)
    with DecoderClient() as decoder:
        for start in range(0, len(sources), _CHUNK):
            report = partial(_report, progress, start, len(sources))
            report(0, 0)
            with FeatureCache(layers) as cache:
                cache.add(sources[start : start + _CHUNK], decoder, report)


def _report(
    progress: Progress, start: int, total: int, _done: int, _total: int, _text: str = ""
) -> None:
    progress(start, total, "Preparing the comparison")


def _name_of(start: str) -> str:
    """Return the model that a name or folder means; empty if it means none."""
    if not start:
        return ""
    for name, folder in model_folders().items():
        if start == name or Path(start) == folder:
            return name
    return ""
