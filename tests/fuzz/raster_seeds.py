"""Sound PNG, JPEG, BMP, WebP and TIFF files, to be mutated."""

import struct

import cv2
import numpy as np
from dicom_maker import HEIGHT, WIDTH, ramp
from numpy.typing import NDArray


def raster_seeds() -> dict[str, bytes]:
    """Return name -> the bytes of a sound file."""
    gray, color = ramp("u1"), ramp("u1", HEIGHT, WIDTH, 3)
    alpha = ramp("u1", HEIGHT, WIDTH, 4)
    _, pages = cv2.imencodemulti(".tiff", [gray, 255 - gray, gray // 2])
    found = {"tiff pages": bytes(pages), "tiff big": _big_tiff(gray)}
    for name, suffix, pixels, options in (
        ("png", ".png", gray, []),
        ("png colour", ".png", color, []),
        ("png alpha", ".png", alpha, []),
        ("png 16", ".png", ramp("u2"), []),
        ("jpeg file", ".jpg", color, []),
        ("jpeg file progressive", ".jpg", gray, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
        ("bmp", ".bmp", color, []),
        ("webp", ".webp", color, [cv2.IMWRITE_WEBP_QUALITY, 80]),
        ("webp alpha", ".webp", alpha, [cv2.IMWRITE_WEBP_QUALITY, 101]),
        ("tiff", ".tiff", gray, [cv2.IMWRITE_TIFF_COMPRESSION, 1]),
        ("tiff lzw", ".tiff", color, [cv2.IMWRITE_TIFF_COMPRESSION, 5]),
        ("tiff 16 deflate", ".tiff", ramp("u2"), [cv2.IMWRITE_TIFF_COMPRESSION, 8]),
        ("tiff packbits", ".tiff", gray, [cv2.IMWRITE_TIFF_COMPRESSION, 32773]),
        ("tiff float", ".tiff", ramp("f4"), []),
    ):
        _, encoded = cv2.imencode(suffix, pixels, options)
        found[name] = encoded.tobytes()
    return found


def _big_tiff(pixels: NDArray[np.uint8]) -> bytes:
    """Write a BigTIFF of one uncompressed strip, which OpenCV does not write."""
    height, width = pixels.shape
    entries = [(256, width), (257, height), (258, 8), (259, 1), (262, 1)]
    entries += [(273, 16), (277, 1), (278, height), (279, pixels.size)]
    directory = struct.pack("<Q", len(entries)) + b"".join(
        struct.pack("<HHQQ", tag, 4, 1, value) for tag, value in entries
    )
    header = b"II+\0" + struct.pack("<HHQ", 8, 0, 16 + pixels.size)
    return header + pixels.tobytes() + directory + bytes(8)
