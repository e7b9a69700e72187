"""Phantoms as DICOM, PNG and JPEG files; each is whole or not there."""

import contextlib
import os
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import StorageError
from cbmir_gui.imaging.raster import encode_jpeg, encode_png
from cbmir_gui.sources.phantoms.dicom_writer import encode_dicom
from cbmir_gui.sources.phantoms.phantom import Kind, Phantom

_JPEG_QUALITY = 92


def file_name(kind: Kind, seed: int) -> str:
    """Return the name of a phantom's file; its suffix tells the format."""
    return f"{kind.name}_{seed:02d}{kind.suffixes[seed % len(kind.suffixes)]}"


def write_phantom(phantom: Phantom, path: Path) -> None:
    """Write one phantom in the format that the suffix of `path` names.

    Only kinds with a SOP class can be .dcm, and only color ones .png or .jpg.

    Raises
    ------
    StorageError
        The folder is missing or read-only, or the disk is full.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        temporary.write_bytes(_encode(phantom, path.suffix))
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise StorageError(f"'{path.name}'", error) from error


def _encode(phantom: Phantom, suffix: str) -> bytes:
    if suffix == ".dcm":
        return encode_dicom(phantom)
    pixels = phantom.pixels.astype(np.uint8)
    if suffix == ".png":
        return encode_png(pixels)
    return encode_jpeg(pixels, _JPEG_QUALITY)
