"""Pixels do not change unless their version, which stands in extractor keys, does."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import PIXELS_VERSION, read_image
from cbmir_gui.imaging.transforms import letterbox

GOLDEN: dict[int, dict[str, str]] = {
    2: {
        "not-square.dcm": "1648cb6ab263d9365eddbfcf63e64229",
        "window.dcm": "f6467263d2c01af4da39ab9c1234988f",
        "picture.png": "b3f3bab3949e708fa52b28972e6ee50f",
    },
}
"""Half a SHA-256 of what each version decodes: add a new one, change none."""


def written(name: str, folder: Path, make_dicom: Any) -> Path:
    ramp = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    path = folder / name
    if name == "not-square.dcm":
        path.write_bytes(make_dicom(ramp.astype(np.uint8), PixelSpacing=[1.0, 0.5]))
    elif name == "window.dcm":
        window = {"WindowCenter": 40, "WindowWidth": 400}
        scale = {"RescaleSlope": 1, "RescaleIntercept": -1024}
        stored = {"BitsStored": 12, "HighBit": 11}
        path.write_bytes(make_dicom(ramp, **window, **scale, **stored))
    else:
        write_png(path, ramp.astype(np.uint8))
    return path


@pytest.mark.parametrize("name", ["not-square.dcm", "window.dcm", "picture.png"])
def test_pixels_are_those_of_their_version(
    name: str, tmp_path: Path, make_dicom: Any
) -> None:
    pixels = read_image(written(name, tmp_path, make_dicom)).pixels
    fitted = letterbox(pixels, 64)
    shapes = f"{pixels.shape} {fitted.shape}".encode()
    digest = hashlib.sha256(shapes + pixels.tobytes() + fitted.tobytes()).hexdigest()
    assert digest[:32] == GOLDEN[PIXELS_VERSION][name], (
        "The pixels changed: raise PIXELS_VERSION and add the new hashes here."
    )
