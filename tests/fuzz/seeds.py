"""Small sound files of every kind that the program reads, to be mutated."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
from jpeg_writer import flat_12_bit_jpeg, lossless_jpeg
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

HEIGHT, WIDTH = 32, 40
_CT = {
    "Modality": "CT",
    "RescaleSlope": 1,
    "RescaleIntercept": -1024,
    "WindowCenter": [40, -600],
    "WindowWidth": [400, 1500],
    "WindowCenterWidthExplanation": ["BRAIN", "LUNG"],
    "PixelSpacing": [0.5, 0.7],
    "PatientName": "Seed^One",
    "PatientID": "1",
}


def seeds() -> dict[str, bytes]:
    """Return name -> the bytes of a sound file."""
    return _native() | _with_tables() | _enhanced() | _compressed() | _raster()


def shared_seeds(folder: Path, largest: int = 400_000) -> dict[str, bytes]:
    """Return the sound real files of at most `largest` bytes; none if absent."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        f"shared {path.name}": path.read_bytes()
        for path in files
        if 0 < path.stat().st_size <= largest
        and path.parent.name in {"good", "queries"}
        and path.suffix not in {".csv", ".png"}
    }


def ramp(dtype: str = "u2", *shape: int) -> NDArray[Any]:
    """Return stored values that differ everywhere."""
    shape = shape or (HEIGHT, WIDTH)
    return np.arange(int(np.prod(shape)), dtype=np.int64).astype(dtype).reshape(shape)


def item(**attributes: object) -> Dataset:
    """Return a data set."""
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def table(entries: list[int], first: int = 0) -> Dataset:
    """Return an item of a LUT sequence."""
    lut = item(
        LUTDescriptor=[len(entries), first, 16], LUTData=entries, LUTExplanation="SOFT"
    )
    lut["LUTDescriptor"].VR = "US" if first >= 0 else "SS"
    lut["LUTData"].VR = "US"
    return lut


def dicom(
    stored: NDArray[Any],
    syntax: str = ExplicitVRLittleEndian,
    pixel_data: bytes | None = None,
    elements: Sequence[tuple[int, str, object]] = (),
    **attributes: object,
) -> bytes:
    """Write (height, width), (height, width, 3) or, with NumberOfFrames, more.

    `elements` are written by tag, VR and value: repeating groups have no keywords.
    """
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.SOPClassUID = attributes.pop("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7")
    ds.SOPInstanceUID = ds.StudyInstanceUID = ds.SeriesInstanceUID = "1.2.3"
    shape = stored.shape[1:] if "NumberOfFrames" in attributes else stored.shape
    ds.Rows, ds.Columns = shape[:2]
    is_color = len(shape) == 3
    ds.SamplesPerPixel = 3 if is_color else 1
    ds.PhotometricInterpretation = "RGB" if is_color else "MONOCHROME2"
    if is_color:
        ds.PlanarConfiguration = 0
    kind = stored.dtype.kind
    if kind != "f":
        ds.BitsAllocated = ds.BitsStored = 8 * stored.dtype.itemsize
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(kind == "i")
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    for tag, vr, value in elements:
        ds.add_new(tag, vr, value)
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    raw = stored.astype(stored.dtype.newbyteorder(order)).tobytes()
    raw = raw if pixel_data is None else pixel_data
    keywords = {"f4": ("FloatPixelData", "OF"), "f8": ("DoubleFloatPixelData", "OD")}
    keyword, vr = keywords.get(
        stored.dtype.str[1:],
        ("PixelData", "OW" if stored.dtype.itemsize > 1 else "OB"),
    )
    setattr(ds, keyword, raw + b"\0" * (len(raw) % 2))
    ds[keyword].VR = vr
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, ds, enforce_file_format=True)
    return stream.getvalue()


def compressed(data: bytes, syntax: str, **options: Any) -> bytes:
    """Compress an uncompressed file with pydicom's encoders."""
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.compress(syntax, generate_instance_uid=False, **options)
    stream = io.BytesIO()
    ds.save_as(stream)
    return stream.getvalue()


def jpeg(pixels: NDArray[np.uint8], **options: Any) -> bytes:
    """Encode with Pillow."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=95, **options)
    return stream.getvalue()


def _native() -> dict[str, bytes]:
    gray = {
        f"gray {dtype}": dicom(ramp(dtype))
        for dtype in ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")
    }
    return gray | {
        "ct": dicom(ramp(), **_CT),
        "ct implicit": dicom(ramp(), ImplicitVRLittleEndian, **_CT),
        "ct big endian": dicom(ramp(), ExplicitVRBigEndian, **_CT),
        "ct deflated": dicom(ramp(), DeflatedExplicitVRLittleEndian, **_CT),
        "ct without preamble": dicom(ramp(), **_CT)[132:],
        "12 bits signed": dicom(
            ramp() % 4096, BitsStored=12, HighBit=11, PixelRepresentation=1
        ),
        "12 bits packed": dicom(
            ramp("u2", 2, 4),
            pixel_data=bytes(range(12)),
            BitsAllocated=12,
            BitsStored=12,
            HighBit=11,
        ),
        "single bits": dicom(
            np.zeros((2, 9, 9), np.uint8),
            NumberOfFrames=2,
            BitsAllocated=1,
            BitsStored=1,
            HighBit=0,
            pixel_data=bytes(range(22)),
        ),
        "rgb": dicom(ramp("u1", HEIGHT, WIDTH, 3)),
        "rgb planar": dicom(ramp("u1", HEIGHT, WIDTH, 3), PlanarConfiguration=1),
        "rgb 16": dicom(ramp("u2", HEIGHT, WIDTH, 3)),
        "ybr full": dicom(
            ramp("u1", HEIGHT, WIDTH, 3), PhotometricInterpretation="YBR_FULL"
        ),
        "ybr 422": dicom(
            ramp("u1", HEIGHT, WIDTH, 3),
            pixel_data=bytes(HEIGHT * WIDTH * 2),
            PhotometricInterpretation="YBR_FULL_422",
        ),
        "frames": dicom(ramp("u1", 5, HEIGHT, WIDTH), NumberOfFrames=5),
        "monochrome1": dicom(
            ramp(),
            PhotometricInterpretation="MONOCHROME1",
            PixelPaddingValue=0,
            PixelPaddingRangeLimit=9,
        ),
        "overlays": dicom(
            ramp() % 4096, elements=_overlays(), BitsStored=12, HighBit=11
        ),
    }


def _overlays() -> list[tuple[int, str, object]]:
    """Return one plane of its own, and one in the highest bit of the pixels."""
    return [
        (0x60000010, "US", HEIGHT),
        (0x60000011, "US", WIDTH),
        (0x60000040, "CS", "G"),
        (0x60000050, "SS", [1, 1]),
        (0x60000100, "US", 1),
        (0x60000102, "US", 0),
        (0x60003000, "OB", bytes([0xAA]) * (HEIGHT * WIDTH // 8)),
        (0x60020010, "US", HEIGHT),
        (0x60020011, "US", WIDTH),
        (0x60020040, "CS", "R"),
        (0x60020050, "SS", [1, 1]),
        (0x60020100, "US", 16),
        (0x60020102, "US", 15),
    ]


def _with_tables() -> dict[str, bytes]:
    colors = ("Red", "Green", "Blue")
    palette: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    segmented = dict(palette)
    for color in colors:
        prefix = f"{color}PaletteColorLookupTable"
        palette[f"{prefix}Descriptor"] = segmented[f"{prefix}Descriptor"] = [256, 0, 16]
        palette[f"{prefix}Data"] = ramp("u2", 256).tobytes()
        segmented[f"Segmented{prefix}Data"] = np.array(
            [0, 2, 0, 900, 1, 100, 65535, 2, 1, 0, 0, 1, 152, 9], "<u2"
        ).tobytes()
    return {
        "palette": dicom(ramp("u1"), **palette),
        "palette segmented": dicom(ramp("u1"), **segmented),
        "voi luts": dicom(
            ramp("u1"),
            VOILUTSequence=[table([0, 9, 99, 999]), table([9, 8, 7], 2)],
        ),
        "modality lut": dicom(
            ramp("u1"), ModalityLUTSequence=[table(list(range(256)))], Modality="CR"
        ),
        "luts implicit": dicom(
            ramp("i2"),
            ImplicitVRLittleEndian,
            VOILUTSequence=[table([0, 9, 99, 999], -2)],
        ),
    }


def _enhanced() -> dict[str, bytes]:
    frames = [
        item(
            FrameVOILUTSequence=[
                item(WindowCenter=[10 * k + 5, 9], WindowWidth=[100, 50])
            ],
            PixelValueTransformationSequence=[
                item(RescaleSlope=k + 1, RescaleIntercept=0, RescaleType="US")
            ],
        )
        for k in range(3)
    ]
    measures = item(PixelMeasuresSequence=[item(PixelSpacing=[1.0, 2.0])])
    attributes: dict[str, Any] = {
        "SOPClassUID": EnhancedMRImageStorage,
        "NumberOfFrames": 3,
        "PerFrameFunctionalGroupsSequence": frames,
        "SharedFunctionalGroupsSequence": [measures],
    }
    stored = ramp("u2", 3, HEIGHT, WIDTH)
    plain = dicom(stored, **attributes)
    return {
        "enhanced": plain,
        "enhanced implicit": dicom(stored, ImplicitVRLittleEndian, **attributes),
        "enhanced rle": compressed(plain, RLELossless),
    }


def _compressed() -> dict[str, bytes]:
    gray8, gray16 = dicom(ramp("u1")), dicom(ramp("u2"))
    color = dicom(ramp("u1", HEIGHT, WIDTH, 3))
    found = {
        f"{name} {bits}": compressed(plain, syntax)
        for name, syntax in (
            ("rle", RLELossless),
            ("jpeg2000", JPEG2000Lossless),
            ("jpegls", JPEGLSLossless),
        )
        for bits, plain in (("8", gray8), ("16", gray16), ("colour", color))
    }
    found["jpeg2000 lossy"] = compressed(gray8, JPEG2000, j2k_cr=[5])
    stored, rgb = ramp("u1"), ramp("u1", HEIGHT, WIDTH, 3)
    values, offsets, lengths = encapsulate_extended([jpeg(stored), jpeg(255 - stored)])
    return found | {
        "jpeg": dicom(stored, JPEGBaseline8Bit, encapsulate([jpeg(stored)])),
        "jpeg colour": dicom(
            rgb,
            JPEGBaseline8Bit,
            encapsulate([jpeg(rgb)]),
            PhotometricInterpretation="YBR_FULL_422",
        ),
        "jpeg progressive": dicom(
            stored, JPEGExtended12Bit, encapsulate([jpeg(stored, progressive=True)])
        ),
        "jpeg frames": dicom(
            np.stack([stored, stored]),
            JPEGBaseline8Bit,
            values,
            NumberOfFrames=2,
            ExtendedOffsetTable=offsets,
            ExtendedOffsetTableLengths=lengths,
        ),
        "jpeg in fragments": dicom(
            stored, JPEGBaseline8Bit, encapsulate([jpeg(stored)], fragments_per_frame=4)
        ),
        "jpeg lossless": dicom(
            ramp("u2"), JPEGLossless, encapsulate([lossless_jpeg(ramp("u2"), 16)])
        ),
        "jpeg lossless sv1": dicom(
            stored, JPEGLosslessSV1, encapsulate([lossless_jpeg(stored, 8)])
        ),
        "jpeg 12 bit": dicom(
            ramp("u2"),
            JPEGExtended12Bit,
            encapsulate([flat_12_bit_jpeg(ramp("u2", HEIGHT // 8, WIDTH // 8) * 99)]),
            BitsStored=12,
            HighBit=11,
        ),
    }


def _raster() -> dict[str, bytes]:
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
