"""Write what the program holds to files for other programs."""

from pathlib import Path

from cbmir_gui.core.records import ImageInfo
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.imaging.raster import write_png


def render_image(
    file: Path,
    out: Path,
    decoder: DecoderClient,
    frame: int = 1,
    window: str = "first",
    overlays: bool = False,
) -> ImageInfo:
    """Write one frame as an 8-bit PNG in full size, with the levels that it asks for.

    PET and planar scintigrams, which the window shows dark on light, stay as stored,
    and pixels that are not square are not stretched.

    Raises
    ------
    ImageReadError
        The file cannot be read.
    StorageError
        The PNG cannot be written.
    """
    image = decoder.decode(file, frame, window, as_stored=True, overlays=overlays)
    write_png(out, image.pixels)
    return image.info
