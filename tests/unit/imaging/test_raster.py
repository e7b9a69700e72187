"""PNG, JPEG, TIFF, BMP and WebP of a few pixels, written with Pillow."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cbmir_gui.core.errors import (
    DamagedImageError,
    FrameNotFoundError,
    ImageTooLargeError,
    StorageError,
    UnsupportedImageError,
)
from cbmir_gui.core.records import DecodedImage
from cbmir_gui.imaging.raster import encode_png, write_png
from cbmir_gui.imaging.reader import read_image

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
GRAY = Image.fromarray(np.arange(0, 240, 20, dtype=np.uint8).reshape(3, 4))
COLOR = Image.fromarray(np.full((3, 4, 3), [10, 100, 200], np.uint8))
DEEP = Image.fromarray(np.arange(0, 3600, 300, dtype=np.uint16).reshape(3, 4))
STRETCHED = [[0, 23, 46, 70], [93, 116, 139, 162], [185, 209, 232, 255]]


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return a file's bytes."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def read(data: bytes, folder: Path, frame: int = 1) -> DecodedImage:
    """Write the bytes under a name without a suffix, and read the file."""
    path = folder / "image"
    path.write_bytes(data)
    return read_image(path, frame)


def pixels(data: bytes, folder: Path) -> NDArray[np.uint8]:
    """Return the pixels of a file's bytes."""
    return read(data, folder).pixels


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_gray_stays_gray(tmp_path: Path, kind: str) -> None:
    np.testing.assert_array_equal(pixels(encoded(GRAY, kind), tmp_path), GRAY)


@pytest.mark.parametrize("kind", FORMATS)
def test_colours_are_rgb_whatever_the_format(tmp_path: Path, kind: str) -> None:
    image = read(encoded(COLOR, kind), tmp_path)
    np.testing.assert_allclose(image.pixels, COLOR, atol=3)
    assert image.info.file_format.upper() == kind
    assert (image.info.width, image.info.height) == (4, 3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_deep_gray_is_shown_from_its_darkest_to_its_brightest(
    tmp_path: Path, kind: str
) -> None:
    np.testing.assert_array_equal(pixels(encoded(DEEP, kind), tmp_path), STRETCHED)


def test_floats_are_stretched_too(tmp_path: Path) -> None:
    values = np.array([[-1.0, 0.0, 1.0, np.nan]], np.float32)
    shown = pixels(encoded(Image.fromarray(values), "TIFF"), tmp_path)
    np.testing.assert_array_equal(shown, [[0, 128, 255, 0]])


def test_deep_gray_whose_low_values_are_white_is_inverted(tmp_path: Path) -> None:
    data = encoded(DEEP, "TIFF", tiffinfo={262: 0})
    np.testing.assert_array_equal(
        pixels(data, tmp_path), 255 - np.array(STRETCHED, np.uint8)
    )


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_composed_on_black(tmp_path: Path, kind: str) -> None:
    half = np.full((2, 2, 4), [10, 100, 200, 128], np.uint8)
    options = {"lossless": True} if kind == "WEBP" else {}
    shown = pixels(encoded(Image.fromarray(half), kind, **options), tmp_path)
    np.testing.assert_array_equal(shown[0, 0], [5, 50, 100])


def test_a_transparent_palette_entry_is_black(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "L").convert("P")
    image.putpalette([250, 250, 250, 10, 100, 200])
    shown = pixels(encoded(image, "PNG", transparency=0), tmp_path)
    np.testing.assert_array_equal(shown, [[[0, 0, 0], [10, 100, 200]]])


def test_palettes_and_single_bits_become_colours_and_gray(tmp_path: Path) -> None:
    bits = Image.fromarray(np.array([[True, False]]))
    np.testing.assert_array_equal(pixels(encoded(bits, "PNG"), tmp_path), [[255, 0]])
    palette = COLOR.quantize(2)
    np.testing.assert_array_equal(pixels(encoded(palette, "BMP"), tmp_path), COLOR)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(tmp_path: Path, kind: str) -> None:
    options = {"quality": 95} if kind == "JPEG" else {}
    shown = pixels(encoded(COLOR.convert("CMYK"), kind, **options), tmp_path)
    np.testing.assert_allclose(shown, COLOR, atol=3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_every_exif_orientation_is_turned_upright(
    tmp_path: Path, orientation: int, mode: str
) -> None:
    image = GRAY.convert(mode)
    exif = Image.Exif()
    exif[274] = orientation
    upright = {
        1: image,
        2: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: image.transpose(Image.Transpose.ROTATE_180),
        4: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: image.transpose(Image.Transpose.TRANSPOSE),
        6: image.transpose(Image.Transpose.ROTATE_270),
        7: image.transpose(Image.Transpose.TRANSVERSE),
        8: image.transpose(Image.Transpose.ROTATE_90),
    }[orientation]
    shown = pixels(encoded(image, "PNG", exif=exif), tmp_path)
    expected = np.asarray(upright.convert("L" if mode == "L" else "RGB"))
    np.testing.assert_array_equal(shown, expected)


def test_a_transparent_webp_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    image = GRAY.convert("RGBA")
    image.putpixel((0, 0), (0, 0, 0, 0))
    shown = pixels(encoded(image, "WEBP", lossless=True, exif=exif), tmp_path)
    expected = image.convert("RGB").transpose(Image.Transpose.ROTATE_270)
    np.testing.assert_array_equal(shown, expected)


def test_the_pages_of_a_tiff_are_frames(tmp_path: Path) -> None:
    data = encoded(GRAY, "TIFF", save_all=True, append_images=[COLOR])
    image = read(data, tmp_path, frame=2)
    np.testing.assert_array_equal(image.pixels, COLOR)
    assert (image.info.frame, image.info.num_frames) == (2, 2)
    assert image.info.image_id.endswith(":2")
    with pytest.raises(FrameNotFoundError, match="Choose a frame from 1 to 2"):
        read(data, tmp_path, frame=3)


def test_a_picture_has_one_frame(tmp_path: Path) -> None:
    with pytest.raises(FrameNotFoundError, match="frame 2 was asked for"):
        read(encoded(GRAY, "PNG"), tmp_path, frame=2)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_damaged(
    tmp_path: Path, kind: str, kept: float
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    with pytest.raises(DamagedImageError, match=r"cut off|damaged"):
        read(data[: int(len(data) * kept)], tmp_path)


def test_a_progressive_jpeg_without_its_last_scan_is_damaged(tmp_path: Path) -> None:
    data = encoded(COLOR.resize((64, 64)), "JPEG", progressive=True)
    with pytest.raises(DamagedImageError, match="cut off"):
        read(data[:-20], tmp_path)


def test_a_png_with_a_changed_byte_is_damaged(tmp_path: Path) -> None:
    data = bytearray(encoded(COLOR, "PNG"))
    data[data.index(b"IDAT") + 10] ^= 0xFF
    with pytest.raises(DamagedImageError, match="PNG data are damaged"):
        read(bytes(data), tmp_path)


def giant_png(side: int) -> bytes:
    """Return a small file that announces `side` x `side` pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    row = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", row)
        + chunk(b"IEND", b"")
    )


def test_a_picture_of_900_million_pixels_is_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(ImageTooLargeError, match="30,000 x 30,000 pixels"):
        read(giant_png(30_000), tmp_path)


@pytest.mark.parametrize(("offset", "kind"), [(18, "BMP"), (0, "TIFF")])
def test_other_formats_are_refused_by_their_headers_too(
    tmp_path: Path, offset: int, kind: str
) -> None:
    data = bytearray(encoded(GRAY, kind))
    if kind == "BMP":
        struct.pack_into("<ii", data, offset, 60_000, 60_000)
    else:  # the entries of ImageWidth and ImageLength: tag, type, count, value
        for tag in (256, 257):
            place = data.index(struct.pack("<HH", tag, 4))
            struct.pack_into("<I", data, place + 8, 60_000)
    with pytest.raises(ImageTooLargeError, match="60,000 x 60,000 pixels"):
        read(bytes(data), tmp_path)


def test_a_lossless_jpeg_is_refused_by_name(tmp_path: Path) -> None:
    data = bytearray(encoded(COLOR, "JPEG"))
    data[data.index(b"\xff\xc0") + 1] = 0xC3
    with pytest.raises(UnsupportedImageError, match="lossless, arithmetic or 12-bit"):
        read(bytes(data), tmp_path)


def test_directories_that_follow_each_other_in_a_ring_end(tmp_path: Path) -> None:
    data = bytearray(encoded(GRAY, "TIFF"))
    (offset,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, offset)
    struct.pack_into("<I", data, offset + 2 + 12 * count, offset)
    assert read(bytes(data), tmp_path).info.num_frames == 1


def test_a_written_png_is_read_back_exactly(tmp_path: Path) -> None:
    for image in (np.asarray(GRAY), np.asarray(COLOR)):
        write_png(tmp_path / "out.png", image)
        np.testing.assert_array_equal(read_image(tmp_path / "out.png").pixels, image)
    assert [path.name for path in tmp_path.glob("out*")] == ["out.png"]


def test_a_png_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "out.png").mkdir()
    with pytest.raises(StorageError, match=r"'out.png' could not be written"):
        write_png(tmp_path / "out.png", np.asarray(GRAY))
    assert [path.name for path in tmp_path.glob("out*")] == ["out.png"]
    with pytest.raises(StorageError, match="No such file"):
        write_png(tmp_path / "missing" / "out.png", np.asarray(GRAY))


def test_the_image_id_is_the_hash_of_the_file_and_the_frame(tmp_path: Path) -> None:
    data = encode_png(np.asarray(GRAY))
    first = read(data, tmp_path).info.image_id
    (tmp_path / "elsewhere").mkdir()
    assert read(data, tmp_path / "elsewhere").info.image_id == first
    assert first.endswith(":1")
    assert len(first) == 66
