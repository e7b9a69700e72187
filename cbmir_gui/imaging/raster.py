"""PNG, JPEG, TIFF, BMP and WebP; the only module that knows OpenCV's BGR."""

from pathlib import Path

import cv2
import numpy as np

from cbmir_gui.core.errors import DamagedImageError, StorageError
from cbmir_gui.core.records import DecodedImage, ImageArray, ImageInfo
from cbmir_gui.imaging.content import FileBytes


def read_raster(
    data: FileBytes, file_name: str, kind: str, frame: int = 1
) -> DecodedImage:
    """Decode one frame; `info` lacks the image_id."""
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise DamagedImageError(file_name, f"its {kind} data are broken")
    pixels = np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)
    height, width = pixels.shape[:2]
    info = ImageInfo("", file_name, width, height, frame, 1, kind)
    return DecodedImage(pixels, info)


def encode_jpeg(pixels: ImageArray, quality: int = 90) -> bytes:
    """Return a JPEG file of gray or RGB pixels."""
    return _encode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_png(pixels: ImageArray) -> bytes:
    """Return a PNG file of gray or RGB pixels."""
    return _encode(".png", pixels, [])


def write_png(path: Path, pixels: ImageArray) -> None:
    """Write a PNG file of gray or RGB pixels.

    Raises
    ------
    StorageError
        The folder is missing or read-only, or the disk is full.
    """
    try:
        path.write_bytes(encode_png(pixels))
    except OSError as error:
        raise StorageError(f"'{path.name}'", error.strerror or "no reason") from error


def _encode(suffix: str, pixels: ImageArray, options: list[int]) -> bytes:
    if pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)
    _, encoded = cv2.imencode(suffix, pixels, options)
    return encoded.tobytes()
