"""PNG, JPEG, TIFF, BMP and WebP; the only module that knows OpenCV's BGR."""

import contextlib
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import DamagedImageError, ImageTooLargeError, StorageError
from cbmir_gui.core.records import (
    MIDDLE_FRAME,
    DecodedImage,
    ImageArray,
    ImageInfo,
)
from cbmir_gui.imaging.content import FileBytes
from cbmir_gui.imaging.raster_header import COPY_AGAIN, RasterHeader
from cbmir_gui.imaging.raster_structure import read_raster_header

# What it would say on standard error, an error of ours says.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_AS_STORED = cv2.IMREAD_UNCHANGED
_ORIENTED = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH
"""Depth and colour as stored, EXIF orientation applied, transparency dropped."""


def read_raster(
    data: FileBytes, file_name: str, kind: str, frame: int = MIDDLE_FRAME
) -> DecodedImage:
    """Decode one frame; `info` lacks the image_id.

    Transparent parts are shown on black, as around every other medical image; on
    white they would outshine what is there. Gray values of more than 8 bits are
    shown from the darkest to the brightest that occur: 10 to 14 bits are commonly
    stored in 16, and the full range would show them nearly black. Colours of 16 bits
    keep their scale.

    Raises
    ------
    ImageReadError
        One of its subclasses.
    """
    header = read_raster_header(data, file_name, kind, frame)
    decoded = _decode(data, file_name, kind, header)
    if decoded.ndim == 3 and decoded.shape[2] == 4:
        decoded = _oriented(_on_black(decoded), header.orientation)
    pixels = _to_8_bits(decoded)
    if header.low_is_white and pixels.ndim == 2:
        pixels = 255 - pixels
    if pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
    height, width = pixels.shape[:2]
    info = ImageInfo(
        image_id="",
        file_name=file_name,
        width=width,
        height=height,
        frame=header.frame,
        num_frames=header.num_frames,
        file_format=kind,
    )
    return DecodedImage(np.ascontiguousarray(pixels), info)


def _decode(
    data: FileBytes, file_name: str, kind: str, header: RasterHeader
) -> NDArray[Any]:
    buffer = np.frombuffer(data, np.uint8)
    flags = _AS_STORED if header.has_alpha else _ORIENTED
    decoded: NDArray[Any] | None = None
    try:
        if header.frame == 1:
            decoded = cv2.imdecode(buffer, flags)
        else:
            page = (header.frame - 1, header.frame)
            _, pages = cv2.imdecodemulti(buffer, flags, range=page)
            decoded = pages[0] if pages else None
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise ImageTooLargeError(
                file_name, "there is not enough memory for its pixels"
            ) from error
    if decoded is None:
        raise DamagedImageError(
            file_name, f"its {kind} data are damaged or of a rare kind", COPY_AGAIN
        )
    return decoded[:, :, 0] if decoded.shape[2:] == (1,) else decoded


def _on_black(pixels: NDArray[Any]) -> NDArray[Any]:
    """Compose (height, width, 4) on black: each colour times its opacity."""
    opaque = float(np.iinfo(pixels.dtype).max)
    weights = pixels[:, :, 3:].astype(np.float32) / opaque
    composed: NDArray[np.float32] = np.rint(pixels[:, :, :3] * weights)
    return composed.astype(pixels.dtype)


def _oriented(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn and mirror as EXIF Orientation (274) says: 1 to 8."""
    if orientation >= 5:
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return pixels


def _to_8_bits(pixels: NDArray[Any]) -> ImageArray:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.ndim == 3 and pixels.dtype == np.uint16:
        return np.rint(pixels * np.float32(255 / 65535)).astype(np.uint8)
    finite = pixels[np.isfinite(pixels)]
    low = float(finite.min()) if finite.size else 0.0
    span = float(finite.max()) - low if finite.size else 0.0
    if span <= 0:
        return np.zeros(pixels.shape, np.uint8)
    scaled = (np.nan_to_num(pixels.astype(np.float64), nan=low) - low) * (255 / span)
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def encode_jpeg(pixels: ImageArray, quality: int = 90) -> bytes:
    """Return a JPEG file of gray or RGB pixels."""
    return _encode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_png(pixels: ImageArray) -> bytes:
    """Return a PNG file of gray or RGB pixels."""
    return _encode(".png", pixels, [])


def write_png(path: Path, pixels: ImageArray) -> None:
    """Write a PNG file of gray or RGB pixels, whole or not at all.

    Raises
    ------
    StorageError
        The folder is missing or read-only, or the disk is full.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        temporary.write_bytes(encode_png(pixels))
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StorageError(f"'{path.name}'", error) from error


def _encode(suffix: str, pixels: ImageArray, options: list[int]) -> bytes:
    if pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)
    _, encoded = cv2.imencode(suffix, pixels, options)
    return encoded.tobytes()
