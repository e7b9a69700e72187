"""Small sound files of every kind that the program reads, to be mutated."""

from pathlib import Path
from typing import Any

import numpy as np
from dicom_maker import HEIGHT, WIDTH, compressed, dicom, item, jpeg, ramp, table
from jpeg_writer import flat_12_bit_jpeg, lossless_jpeg
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from raster_seeds import raster_seeds

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
    enhanced = _enhanced() | _many_frames()
    return _native() | _with_tables() | enhanced | _compressed() | raster_seeds()


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


def _many_frames() -> dict[str, bytes]:
    """Return a film with a group for each of its frames."""
    frames = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, k])],
            FrameVOILUTSequence=[item(WindowCenter=k, WindowWidth=9)],
        )
        for k in range(600)
    ]
    film = dicom(
        ramp("u1", 600, 2, 2),
        NumberOfFrames=600,
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PerFrameFunctionalGroupsSequence=frames,
    )
    return {"many frames": film}


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
