"""A file as a window or a library wants it: pixels no larger than needed."""

from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.records import MIDDLE_FRAME, DecodedImage
from cbmir_gui.imaging.reader import read_image


def read_preview(
    path: Path,
    frame: int = MIDDLE_FRAME,
    window: str = "first",
    max_side_px: int = 0,
    thumbnail: bool = False,
    as_stored: bool = False,
    overlays: bool = False,
) -> DecodedImage:
    """Read a frame, then scale it down and make its thumbnail where asked for.

    `info` keeps the full size. Parameters and errors are those of `read_image` and
    `engine.decoder_client.DecoderClient.decode`.
    """
    image = read_image(path, frame, window, as_stored, overlays)
    if thumbnail or max_side_px > 0:
        from cbmir_gui.imaging.thumbnails import make_thumbnail, shrink

        if thumbnail:
            image = replace(image, thumbnail=make_thumbnail(image.pixels))
        if max_side_px > 0:
            image = replace(image, pixels=shrink(image.pixels, max_side_px))
    return image
