"""Small labelled images as files, a decoder without a process, and a library."""

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from cbmir_gui.core.records import (
    MIDDLE_FRAME,
    DecodedImage,
    ImageArray,
    ImageSource,
)
from cbmir_gui.engine.messages import DataclassInstance
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.imaging.thumbnails import make_thumbnail
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.worker.decoder import read_about

CLASSES = ("brain_mri", "chest_ct", "hand_xray")
PER_CLASS = 6


class InProcessDecoder:
    """Decodes where it is called, and counts."""

    def __init__(self) -> None:
        self.num_decoded = 0

    def start(self) -> None:
        """Do nothing: there is no process."""

    def decode(
        self, path: Path, frame: int = MIDDLE_FRAME, **options: object
    ) -> DecodedImage:  # the pixels are small: no option matters
        self.num_decoded += 1
        return read_image(path, frame)

    def ask(self, question: str, path: Path, **options: bool) -> DataclassInstance:
        return read_about(question, {"path": str(path), **options})


@pytest.fixture
def decoder() -> InProcessDecoder:
    return InProcessDecoder()


def class_image(class_number: int, number: int) -> ImageArray:
    """Return (32, 32): a pattern of the class with a little noise of its own."""
    pattern = np.random.default_rng(class_number).integers(40, 216, (32, 32))
    noise = np.random.default_rng([class_number, number]).integers(-20, 21, (32, 32))
    return (pattern + noise).astype(np.uint8)


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    """Write class folders, PER_CLASS images in each of CLASSES."""
    folder = tmp_path / "images"
    for class_number, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(PER_CLASS):
            path = folder / name / f"{number}.png"
            write_png(path, class_image(class_number, number))
    return folder


WriteDicom = Callable[..., Path]


@pytest.fixture
def write_dicom() -> WriteDicom:
    """Return a function that writes an image of 32 x 32 pixels of its own noise."""

    def write(path: Path, num_frames: int = 1, **attributes: object) -> Path:
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = SecondaryCaptureImageStorage
        ds.SOPInstanceUID = generate_uid()
        ds.Rows = ds.Columns = 32
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
        if num_frames > 1:
            ds.NumberOfFrames = num_frames
        for keyword, value in attributes.items():
            setattr(ds, keyword, value)
        seed = zlib.crc32(str(ds.SOPInstanceUID).encode())
        noise = np.random.default_rng(seed).integers(0, 256, (num_frames, 32, 32))
        ds.PixelData = noise.astype(np.uint8).tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        pydicom.dcmwrite(path, ds, enforce_file_format=True)
        return path

    return write


AddFiles = Callable[[Path, list[Path]], None]


@pytest.fixture
def add_files() -> AddFiles:
    """Return a function that adds files to a library with raw pixels as features."""

    def add(library_folder: Path, paths: list[Path]) -> None:
        extractor = open_extractor("raw-pixels")
        decoded = [read_image(path) for path in paths]
        batch = np.stack([extractor.preprocess(image.pixels) for image in decoded])
        images = [
            NewImage(
                image.info,
                ImageSource(str(path), class_name=path.parent.name),
                FileState(str(path), path.stat().st_size, path.stat().st_mtime_ns),
                make_thumbnail(image.pixels),
            )
            for image, path in zip(decoded, paths, strict=True)
        ]
        with Library.open(library_folder) as library:
            library.add(images, extractor.info, extractor.extract(batch).features)

    return add


@pytest.fixture
def library_folder(tmp_path: Path, image_folder: Path, add_files: AddFiles) -> Path:
    """Make a library of all images."""
    folder = tmp_path / "library"
    Library.create(folder).close()
    add_files(folder, sorted(image_folder.rglob("*.png")))
    return folder


@pytest.fixture
def tiny_model(home: Path) -> Card:
    """Save a model of one array."""
    card = Card(
        name="tiny",
        architecture="autoencoder",
        variant="default",
        classes=("head", "chest"),
        layers={"latent": 2},
        default_layer="latent",
        default_metric="euclidean",
        preprocessing="letterbox",
        input_size_px=224,
        created="2026-01-02",
    )
    return model_store.save_model(
        card,
        {"latent/kernel": np.ones((2, 2), np.float32)},
        {"history.csv": b"epoch\n1\n"},
    )
