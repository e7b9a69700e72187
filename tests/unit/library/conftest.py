"""Small libraries of invented images."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageInfo, ImageSource
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library

FEATURE_DIM = 6
CLASSES = ("brain_mri", "chest_ct", "hand_xray")

MakeImages = Callable[..., list[NewImage]]
MakeFeatures = Callable[[Sequence[NewImage]], FloatArray]


def new_image(number: int, content: int | None = None) -> NewImage:
    """Return an image; those of the same `content` have the same image_id."""
    content = number if content is None else content
    digest = hashlib.sha256(str(content).encode()).hexdigest()
    name = f"{number:04d}.dcm"
    return NewImage(
        info=ImageInfo(
            image_id=f"{digest}:1",
            file_name=name,
            width=64,
            height=48,
            file_format="DICOM",
            modality="CT",
            body_part="HEAD",
            patient_digest=hashlib.sha256(f"patient {number % 3}".encode()).hexdigest(),
        ),
        source=ImageSource(
            path=f"/images/{name}",
            class_name=CLASSES[number % 3],
            diagnosis=f"diagnosis {number % 2}",
            modality="MR" if number % 3 == 0 else "",
            group=f"group {number // 2}",
        ),
        file=FileState(f"/images/{name}", 1000 + number, 10**18 + number),
        thumbnail=f"thumbnail {content}".encode(),
    )


def features_of(images: Sequence[NewImage]) -> FloatArray:
    """Return features that follow from the image ids and are exact in float16."""
    rows = [
        np.frombuffer(bytes.fromhex(image.info.image_id[: 2 * FEATURE_DIM]), np.uint8)
        for image in images
    ]
    return np.array(rows, dtype=np.float32).reshape(-1, FEATURE_DIM)


@pytest.fixture
def make_images() -> MakeImages:
    def make(count: int, start: int = 0) -> list[NewImage]:
        return [new_image(number) for number in range(start, start + count)]

    return make


@pytest.fixture
def make_features() -> MakeFeatures:
    return features_of


@pytest.fixture
def extractor() -> ExtractorInfo:
    return ExtractorInfo(
        model="tiny",
        layer="pixels",
        feature_dim=FEATURE_DIM,
        metric="cosine",
        key="tiny-pixels-1",
        weights_sha256="ab" * 32,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "my library"


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library.create(folder) as created:
        yield created
