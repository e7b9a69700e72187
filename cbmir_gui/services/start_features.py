"""Features of the model that a training started from, for the comparison with it.

Where the training left the convolutions alone, those of both models say the same of the
images: whoever compares the two need not pass them through these again.
"""

import logging

from cbmir_gui.core.errors import LibraryBusyError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ImageSource
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.features.known_inputs import KnownInputs
from cbmir_gui.features.registry import close_network, open_network
from cbmir_gui.networks.model_store import WEIGHTS_FILE, model_folders
from cbmir_gui.services.all_layers import open_all_layers
from cbmir_gui.services.feature_cache import FeatureCache

_LOGGER = logging.getLogger(__name__)


def keep_features_of_start(
    model: str,
    known: KnownInputs,
    sources: tuple[ImageSource, ...],
    progress: Progress,
) -> bool:
    """Put what is known of images into the feature cache of a model.

    Parameters
    ----------
    model
        What the training started from; it need not be a model.

    Returns
    -------
    False if it has other convolutions, or its cache is in use: nothing is lost but
    time.

    Raises
    ------
    ModelDamagedError, StorageError
    Cancelled
        `progress` asked to stop.
    """
    folder = model_folders().get(model)
    if folder is None or not (folder / WEIGHTS_FILE).is_file():
        return False
    try:
        if not open_network(model).remember(known):
            return False
        layers = open_all_layers(model)
        with FeatureCache(layers) as cache, DecoderClient() as decoder:
            cache.add(sources, decoder, progress)
    except LibraryBusyError:
        _LOGGER.info("The features of '%s' are being used; none are added.", model)
        return False
    finally:
        close_network(model)
    return True
