"""What an autoencoder makes of an image: its own picture of it."""

import keras
import numpy as np

from cbmir_gui.core.records import FloatArray, ImageArray
from cbmir_gui.imaging.transforms import letterbox
from cbmir_gui.networks.loading import load_network


class Autoencoder:
    """A trained autoencoder with its decoder.

    Parameters
    ----------
    name : str
        A model of the architecture ``autoencoder``.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """

    def __init__(self, name: str) -> None:
        self._card, self._network = load_network(name)

    def reconstruct(self, image: ImageArray) -> tuple[FloatArray, FloatArray]:
        """Return what the network saw and what it makes of it.

        Returns
        -------
        seen, rebuilt : (input_size_px, input_size_px, 3)
            RGB, 0 to 1.
        """
        seen = letterbox(image, self._card.input_size_px).astype(
            np.float32
        ) / np.float32(255)
        outputs = keras.tree.flatten(self._network(seen[np.newaxis], training=False))
        rebuilt = keras.ops.convert_to_numpy(outputs[0])[0].astype(np.float32)
        return seen, rebuilt
