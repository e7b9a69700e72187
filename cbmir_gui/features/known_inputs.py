"""What a network's convolutions said of images, so that they need not look again.

A training passes its images through the convolutions that the saved model has. What
follows these takes next to no time.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cbmir_gui.core.records import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class KnownInputs:
    """Outputs of the convolutions by the exact input that they were computed from."""

    base_sha256: str
    """Of the weights of the convolutions, see `networks.variables.hash_variables`."""
    rows: Mapping[bytes, int]
    """Digest of an input to its row in the values."""
    values: Mapping[str, FloatArray]
    """(num_images, ...) by the names of `Architecture.after_base`."""

    def rows_of(self, batch: FloatArray) -> list[int] | None:
        """Return the row of each input; None unless all of them are known."""
        found = [self.rows.get(digest_of(values), -1) for values in batch]
        return None if -1 in found else found


def digest_of(network_input: FloatArray) -> bytes:
    """Return a digest of one input of a network."""
    values = np.ascontiguousarray(network_input, np.float32)
    return hashlib.blake2b(values.tobytes(), digest_size=16).digest()
