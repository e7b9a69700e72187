"""What a decoder answered, checked: its sender may have been broken by a file."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import CbmirError, DamagedImageError, restore_error
from cbmir_gui.core.records import DecodedImage, ImageInfo
from cbmir_gui.engine.messages import Message, decode_record


def decoded_image(reply: Message) -> DecodedImage:
    """Return the image that a reply holds.

    Raises
    ------
    EngineError, ValueError
        It holds none.
    """
    info = decode_record(ImageInfo, reply.payload.get("info", {}))
    pixels, thumbnail = reply.blobs
    if not _is_image(pixels):
        raise ValueError(pixels.shape)
    return DecodedImage(pixels, info, thumbnail.tobytes())


def restored_error(reply: Message) -> CbmirError:
    """Return the error that a reply tells of."""
    name, message = reply.payload.get("name"), reply.payload.get("message")
    return restore_error(str(name), str(message))


def not_an_answer(file_name: str) -> DamagedImageError:
    """Return the error of a file of which the decoder made nothing that is known."""
    return DamagedImageError(
        file_name,
        "the decoder made something of it that is not an image",
        "The file is probably damaged; the other files are not affected.",
    )


def _is_image(pixels: NDArray[Any]) -> bool:
    is_gray = pixels.ndim == 2
    is_rgb = pixels.ndim == 3 and pixels.shape[2] == 3
    return pixels.dtype == np.uint8 and pixels.size > 0 and (is_gray or is_rgb)
