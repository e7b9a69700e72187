"""Plants identifiers of invented patients in images, where files have them and not.

Every identifier can be told from all other text: words begin with `WORD`, numbers with
`NUMBER`, and birth dates are of years in which nothing else happens.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from canary_patients import PATIENTS, write_patient
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    UltrasoundImageStorage,
)

from cbmir_gui.imaging.patient_identity import patient_digest

WORD = "QZXJ"
FILE_WORD = "wvqk"
"""Names of files begin with it: they may stand in exports, but in no log."""
NUMBER = "90731642"
FIRST_YEAR = 1871
NUM_IDENTIFIERS = 200
NUM_GOOD = 12
SIDE = 64

Put = Callable[[Dataset, str], None]


@dataclass(frozen=True)
class Slot:
    """A place in a file, and what kind of identifier stands there."""

    name: str
    kind: str
    """word, number or date."""
    put: Put
    breaks: bool = False
    """The file cannot be shown afterwards."""


@dataclass
class Planted:
    """What was written where."""

    folder: Path
    identifiers: dict[str, str] = field(default_factory=dict)
    """Each with its place."""
    good: list[Path] = field(default_factory=list)
    broken: list[Path] = field(default_factory=list)
    typed: list[Path] = field(default_factory=list)
    """Those of `good` that show `PATIENTS`."""
    digests: set[str] = field(default_factory=set)
    """Plain hashes of patients: as good as their names to who has a list of them."""


def _at(keyword: str, vr: str = "") -> Put:
    def put(ds: Dataset, value: str) -> None:
        if not vr:
            setattr(ds, keyword, value)
            return
        # As damaged or careless files have it: text of another type.
        ds.add_new(keyword, "LO", value)
        ds[keyword].VR = vr if vr in {"UN", "LT", "UC", "UT"} else "LO"

    return put


def _nested(*keywords: str) -> Put:
    """Put a value below sequences: the last keyword is the element."""

    def put(ds: Dataset, value: str) -> None:
        for keyword in keywords[:-1]:
            inner = Dataset()
            setattr(ds, keyword, [inner])
            ds = inner
        setattr(ds, keywords[-1], value)

    return put


def _private(vr: str) -> Put:
    def put(ds: Dataset, value: str) -> None:
        block = ds.private_block(0x0019, "VENDOR 1", create=True)
        stored: object = value.encode() if vr in {"UN", "OB"} else value
        block.add_new(0x10 + len(ds) % 64, vr, stored)

    return put


def _creator(ds: Dataset, value: str) -> None:
    ds.private_block(0x0021, value, create=True).add_new(0x01, "LO", value)


def _uid_text(keyword: str) -> Put:
    def put(ds: Dataset, value: str) -> None:
        element = DataElement(keyword, "LO", value)
        element.VR = "UI"
        ds[keyword] = element

    return put


def _meta(keyword: str) -> Put:
    def put(ds: Dataset, value: str) -> None:
        element = DataElement(keyword, "LO", value)
        element.VR = "UI" if keyword.endswith("UID") else "AE"
        ds.file_meta[keyword] = element

    return put


def _preamble(ds: Dataset, value: str) -> None:
    ds.preamble = value.encode().ljust(128, b"\0")


def _unknown(ds: Dataset, value: str) -> None:
    ds.add_new(0x00185555, "UN", value.encode())


def _utf16(ds: Dataset, value: str) -> None:
    ds.add_new(0x00191111, "OB", value.encode("utf-16-le"))


def _overlay(ds: Dataset, value: str) -> None:
    ds.add_new(0x60000010, "US", 8)
    ds.add_new(0x60000011, "US", 8)
    ds.add_new(0x60000022, "LO", value)


def _behind_pixels(ds: Dataset, value: str) -> None:
    ds.PixelData += value.encode().ljust(len(value) + len(value) % 2)


def _unused_bits(ds: Dataset, value: str) -> None:
    """Write letters into the upper bytes of pixels, as old overlays stood there."""
    pixels = np.frombuffer(ds.PixelData, np.uint8).astype("<u2")
    pixels[: len(value)] |= np.frombuffer(value.encode(), np.uint8).astype("<u2") << 8
    ds.BitsAllocated = 16
    ds["PixelData"].VR = "OW"
    ds.PixelData = pixels.tobytes()


def _jpeg_comment(ds: Dataset, value: str) -> None:
    pixels = np.frombuffer(ds.PixelData, np.uint8).reshape(SIDE, SIDE)
    jpeg = bytes(cv2.imencode(".jpg", pixels)[1])
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    ds.PixelData = encapsulate([jpeg[:2] + _comment(value) + jpeg[2:]])
    ds["PixelData"].is_undefined_length = True


def _comment(word: str) -> bytes:
    return b"\xff\xfe" + (len(word) + 2).to_bytes(2, "big") + word.encode()


_SYNTAX = ExplicitVRLittleEndian.encode() + b"\0"
SLOTS = (
    Slot("PatientName", "word", lambda ds, v: setattr(ds, "PatientName", f"{v}^ANN")),
    Slot("PatientID", "number", _at("PatientID")),
    Slot("PatientBirthDate", "date", _at("PatientBirthDate")),
    Slot("OtherPatientIDs", "number", _at("OtherPatientIDs")),
    Slot("OtherPatientNames", "word", _at("OtherPatientNames")),
    Slot("nested PatientID", "number", _nested("OtherPatientIDsSequence", "PatientID")),
    Slot("AccessionNumber", "number", _at("AccessionNumber")),
    Slot("ReferringPhysicianName", "word", _at("ReferringPhysicianName")),
    Slot("PerformingPhysicianName", "word", _at("PerformingPhysicianName")),
    Slot("OperatorsName", "word", _at("OperatorsName")),
    Slot("InstitutionName", "word", _at("InstitutionName")),
    Slot("InstitutionAddress", "word", _at("InstitutionAddress")),
    Slot("PatientAddress", "word", _at("PatientAddress")),
    Slot("PatientTelephoneNumbers", "number", _at("PatientTelephoneNumbers")),
    Slot("bits that no pixel uses", "word", _unused_bits),
    Slot("behind the pixels", "word", _behind_pixels),
    Slot("PatientComments", "word", _at("PatientComments")),
    Slot("ImageComments", "word", _at("ImageComments")),
    Slot("StudyDescription", "word", _at("StudyDescription")),
    Slot("SeriesDescription", "word", _at("SeriesDescription")),
    Slot("StudyID", "number", _at("StudyID")),
    Slot("private LO", "word", _private("LO")),
    Slot("private UN", "word", _private("UN")),
    Slot("private creator", "word", _creator),
    Slot("private UTF-16", "word", _utf16),
    Slot("unknown element", "word", _unknown),
    Slot("overlay label", "word", _overlay),
    Slot("preamble", "word", _preamble),
    Slot("SourceApplicationEntityTitle", "word", _meta("SourceApplicationEntityTitle")),
    Slot("StudyInstanceUID", "word", _uid_text("StudyInstanceUID")),
    Slot("SeriesInstanceUID", "word", _uid_text("SeriesInstanceUID")),
    Slot("SOPInstanceUID", "word", _uid_text("SOPInstanceUID")),
    Slot("Modality", "word", _at("Modality")),
    Slot("BodyPartExamined", "word", _at("BodyPartExamined")),
    Slot("WindowCenter", "word", _at("WindowCenter", "LO")),
    Slot("WindowCenterWidthExplanation", "word", _at("WindowCenterWidthExplanation")),
    Slot("PixelSpacing", "word", _at("PixelSpacing", "LO")),
    Slot("ImageType", "word", lambda ds, v: setattr(ds, "ImageType", ["DERIVED", v])),
    # Far from the other two in pixel data: they would not go together.
    Slot("comment of a JPEG stream", "word", _jpeg_comment),
    Slot("ConversionType", "word", _at("ConversionType")),
    Slot("PatientSex", "word", _at("PatientSex")),
    Slot(
        "three levels deep",
        "word",
        _nested(
            "RequestAttributesSequence",
            "RequestedProcedureCodeSequence",
            "EquivalentCodeSequence",
            "CodeMeaning",
        ),
    ),
    Slot(
        "VOI LUT explanation", "word", _nested("ModalityLUTSequence", "LUTExplanation")
    ),
    Slot("NumberOfFrames", "word", _at("NumberOfFrames", "LO")),
    Slot("PhotometricInterpretation", "word", _at("PhotometricInterpretation"), True),
    Slot("TransferSyntaxUID", "word", lambda ds, v: None, True),
    Slot("Rows", "word", _at("Rows", "LO"), True),
    Slot("BitsAllocated", "word", _at("BitsAllocated", "LO"), True),
    Slot("SamplesPerPixel", "word", _at("SamplesPerPixel", "LO"), True),
)


def plant(folder: Path) -> Planted:
    """Write the images: two class folders of good ones, and one of broken ones."""
    planted = Planted(folder)
    words = (f"{WORD}{_letters(number)}" for number in itertools.count())
    numbers = (f"{NUMBER}{number:04d}" for number in itertools.count(17))
    dates = (
        f"{FIRST_YEAR + number % 20}{1 + number % 12:02d}{1 + number % 28:02d}"
        for number in itertools.count()
    )
    sources = {"word": words, "number": numbers, "date": dates}
    good_slots = [slot for slot in SLOTS if not slot.breaks]
    whole = itertools.cycle(good_slots)
    _plant_pictures(planted, sources["word"])
    breaking = [slot for slot in SLOTS if slot.breaks]
    for number, slot in enumerate(breaking):
        _plant_file(
            planted,
            f"broken/{_file_name(50 + number)}",
            [*good_slots[:3], slot],
            sources,
        )
    _plant_cut(planted, sources)
    number = 0
    while len(planted.identifiers) < NUM_IDENTIFIERS:
        wanted = NUM_IDENTIFIERS - len(planted.identifiers)
        per_file = max(3, -(-wanted // max(1, NUM_GOOD - number)))
        # Every file names its patient, and has some of the other places in turn.
        own = good_slots[:3]
        others = [slot for slot in itertools.islice(whole, per_file) if slot not in own]
        slots = [*own, *others][:wanted]
        name = f"good/{('chest', 'head')[number % 2]}/{_file_name(number)}"
        _plant_file(planted, name, slots, sources)
        number += 1
    _plant_patients(planted)
    return planted


def _plant_file(
    planted: Planted, name: str, slots: list[Slot], sources: dict[str, Iterator[str]]
) -> None:
    path = planted.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    number = sum(name.encode())
    ds = _dataset(number, pixels_of(number, is_head="head" in name))
    for slot in slots:
        value = next(sources[slot.kind])
        slot.put(ds, value)
        planted.identifiers[value] = f"{slot.name} of {name}"
    ds.save_as(path, implicit_vr=False, little_endian=True)
    if slots[-1].name == "TransferSyntaxUID":  # pydicom would not write it
        path.write_bytes(path.read_bytes().replace(_SYNTAX, value.encode().ljust(20)))
    is_broken = any(slot.breaks for slot in slots)
    (planted.broken if is_broken else planted.good).append(path)
    planted.digests.add(patient_digest(ds))


def _plant_patients(planted: Planted) -> None:
    for number, patient in enumerate(PATIENTS):
        class_name = ("chest", "head")[number % 2]
        path = planted.folder / "good" / class_name / f"{FILE_WORD}{patient.file_name}"
        ds = _dataset(100 + number, pixels_of(100 + number, class_name == "head"))
        write_patient(patient, ds, path)
        planted.digests.add(patient_digest(ds))
        planted.typed.append(path)
        planted.good.append(path)


def _plant_cut(planted: Planted, sources: dict[str, Iterator[str]]) -> None:
    """Cut files off: in the middle of the header, and of the pixels."""
    for number, part in enumerate((0.3, 0.9)):
        name = f"broken/{_file_name(60 + number)}"
        _plant_file(planted, name, list(SLOTS[:8]), sources)
        path = planted.good.pop()
        data = path.read_bytes()
        header = data.index(b"\xe0\x7f\x10\x00")
        end = header - 4 if part < 0.5 else header + int(part * (len(data) - header))
        path.write_bytes(data[:end])
        planted.broken.append(path)


def _plant_pictures(planted: Planted, words: Iterator[str]) -> None:
    """Write a PNG and a JPEG that name somebody in their metadata."""
    for class_name in ("chest", "head"):
        folder = planted.folder / "good" / class_name
        folder.mkdir(parents=True)
        pixels = pixels_of(7, is_head=class_name == "head")
        png = bytes(cv2.imencode(".png", pixels)[1])
        word = next(words)
        text = b"tEXt" + b"Author\0" + word.encode()
        chunk = (len(text) - 4).to_bytes(4, "big") + text + _crc(text)
        _write(planted, folder / "a.png", png[:33] + chunk + png[33:], word)
        jpeg = bytes(cv2.imencode(".jpg", pixels)[1])
        word = next(words)
        jpeg = jpeg[:2] + _comment(word) + jpeg[2:]
        _write(planted, folder / "b.jpg", jpeg, word)


def _write(planted: Planted, path: Path, data: bytes, word: str) -> None:
    path.write_bytes(data)
    planted.identifiers[word] = f"metadata of {path.name}"
    planted.good.append(path)


def _crc(chunk: bytes) -> bytes:
    import zlib

    return zlib.crc32(chunk).to_bytes(4, "big")


def pixels_of(number: int, is_head: bool) -> NDArray[np.uint8]:
    """Return a picture (SIDE, SIDE) of its class, with noise of its own."""
    pattern = np.random.default_rng(int(is_head)).integers(30, 220, (8, 8))
    noise = np.random.default_rng(number).integers(-20, 20, (SIDE, SIDE))
    picture = np.kron(pattern, np.ones((SIDE // 8, SIDE // 8))) + noise
    return np.clip(picture, 0, 255).astype(np.uint8)


def _dataset(number: int, pixels: NDArray[np.uint8]) -> Dataset:
    is_ultrasound = number % 3 == 0
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.preamble = b"\0" * 128
    ds.SOPClassUID = UltrasoundImageStorage if is_ultrasound else CTImageStorage
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.SOPInstanceUID = f"1.2.826.0.1.{number}"
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.StudyInstanceUID = f"1.2.826.0.2.{number % 4}"
    ds.Modality = "US" if is_ultrasound else "CT"
    ds.Rows, ds.Columns = pixels.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.add_new("PixelData", "OB", pixels.tobytes())
    return ds


def _file_name(number: int) -> str:
    """Return a name of small letters only, as one that cannot be told from text."""
    return f"{FILE_WORD}{_letters(number).lower()} x.dcm"


def _letters(number: int) -> str:
    """Return five letters: no two numbers share them."""
    letters = []
    for _ in range(5):
        number, rest = divmod(number * 7 + 3 if not letters else number, 20)
        letters.append("BCDFGHJKLMNPQRSTVWXZ"[rest])
    return "".join(letters)
