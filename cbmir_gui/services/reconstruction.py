"""Look at what an autoencoder keeps of an image."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import ModelError
from cbmir_gui.core.records import MIDDLE_FRAME, FloatArray, ImageArray, ImageInfo
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.networks.model_store import load_card
from cbmir_gui.services.decode_ahead import Decoder

_ARCHITECTURE = "autoencoder"
_GAP_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """An image, and what a network makes of it."""

    info: ImageInfo
    seen: ImageArray
    """(size, size, 3) RGB: the network's input."""
    rebuilt: ImageArray
    """(size, size, 3) RGB: its output."""
    mean_squared_error: float
    """Of values from 0 to 1, the loss of the training: 0 is a perfect copy."""

    def difference(self) -> ImageArray:
        """Return (size, size), black where nothing is lost: the mean of the colours."""
        apart = np.abs(self.seen.astype(np.int16) - self.rebuilt)
        return np.asarray(np.rint(apart.mean(axis=2)), np.uint8)

    def side_by_side(self) -> ImageArray:
        """Return input, output and difference, (size, 3 size + 2 gaps, 3)."""
        gap = np.full((len(self.seen), _GAP_PX, 3), 255, np.uint8)
        difference = np.repeat(self.difference()[..., np.newaxis], 3, axis=2)
        parts = [self.seen, gap, self.rebuilt, gap, difference]
        return np.concatenate(parts, axis=1)


def reconstruct_image(
    model: str, file: Path, decoder: Decoder, frame: int = MIDDLE_FRAME
) -> Reconstruction:
    """Encode an image and decode it again.

    Raises
    ------
    ModelError
        There is no such model, or it is no autoencoder.
    ImageReadError
        The image cannot be read.
    """
    architecture = load_card(model).architecture
    if architecture != _ARCHITECTURE:
        raise ModelError(
            f"The model '{model}' is a {architecture} and cannot rebuild an image. "
            f"Name an autoencoder; 'cbmir models list' shows them."
        )
    image = decoder.decode(file, frame)
    from cbmir_gui.features.autoencoding import Autoencoder

    seen, rebuilt = Autoencoder(model).reconstruct(image.pixels)
    error = float(np.mean((seen - rebuilt) ** 2))
    return Reconstruction(image.info, _to_8_bits(seen), _to_8_bits(rebuilt), error)


def write_reconstruction(reconstruction: Reconstruction, out: Path) -> None:
    """Write input, output and difference side by side as a PNG.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    write_png(out, reconstruction.side_by_side())


def _to_8_bits(values: FloatArray) -> ImageArray:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
