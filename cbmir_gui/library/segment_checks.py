"""Whether a file of features is what the catalogue says, and only plain arrays."""

from typing import Any

import h5py
import numpy as np

from cbmir_gui.library.entries import SegmentInfo

FORMAT_VERSION = 1
STORAGES: dict[str, np.dtype[Any]] = {
    "float16": np.dtype("<f2"),
    "float32": np.dtype("<f4"),
}


def check_segment(file: h5py.File, expected: SegmentInfo) -> None:
    """Refuse a file before memory is taken for what it says it holds.

    Raises
    ------
    OtherwiseError
        The file and the catalogue disagree.
    KeyError, OSError, RuntimeError, ValueError
        It is damaged, or holds more than plain arrays.
    """
    _check_attributes(file, expected)
    _check_dataset(file, "features")
    _check_dataset(file, "image_ids")
    _check_shapes(file, expected)


def _check_attributes(file: h5py.File, expected: SegmentInfo) -> None:
    wanted = {
        "format_version": FORMAT_VERSION,
        "extractor_key": expected.extractor.key,
        "num_rows": expected.num_rows,
        "sha256": expected.checksum,
    }
    for name, value in wanted.items():
        if file.attrs[name] != value:
            raise OtherwiseError(
                f"cannot be read: its {name} is not what the catalogue says"
            )


class OtherwiseError(ValueError):
    """The file is not what the catalogue says; the text says in what."""


def _check_dataset(file: h5py.File, name: str) -> None:
    """Refuse everything by which a file can make HDF5 read another file."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ValueError(name)
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise ValueError(name)
    if dataset.external is not None or dataset.is_virtual:
        raise ValueError(name)
    # Without chunks and filters, the size of the file limits what is read.
    properties = dataset.id.get_create_plist()
    num_bytes = dataset.size * dataset.dtype.itemsize
    is_contiguous = properties.get_layout() == h5py.h5d.CONTIGUOUS
    if not is_contiguous or properties.get_nfilters():
        raise ValueError(name)
    if dataset.id.get_storage_size() != num_bytes:
        raise ValueError(name)


def _check_shapes(file: h5py.File, expected: SegmentInfo) -> None:
    """Refuse wrong shapes before memory is allocated for them."""
    features, image_ids = file["features"], file["image_ids"]
    if features.shape != (expected.num_rows, expected.extractor.feature_dim):
        raise ValueError(features.shape)
    if features.dtype != STORAGES[expected.storage]:
        raise ValueError(features.dtype)
    if image_ids.shape != (expected.num_rows,) or image_ids.dtype.kind != "S":
        raise ValueError(image_ids.shape)
