"""Arrays of a network in one HDF5 file; reads nothing but plain arrays.

::

    weights.h5
        block1_conv1/kernel   float16 or float32, one dataset per variable
        block1_conv1/bias
        ...

A file from outside could name other files (external links, external storage), ask for
huge arrays, or use filters: such files are refused before any value is read.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from cbmir_gui.core.errors import ModelDamagedError, StorageError

MAX_FILE_BYTES = 2 * 1024**3
_FLOATS = (np.dtype(np.float16), np.dtype(np.float32))


def write_weights(
    path: Path, weights: Mapping[str, NDArray[np.generic]], dtype: DTypeLike
) -> None:
    """Write the arrays under a temporary name, flush to disk, then rename.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with h5py.File(temporary, "w") as file:
            for name, array in weights.items():
                file.create_dataset(name, data=np.asarray(array, dtype))
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(f"'{path.name}'", error.strerror or str(error)) from error


def read_weights(path: Path, model_name: str) -> dict[str, NDArray[np.float32]]:
    """Read every array as float32, by "layer/variable".

    Raises
    ------
    ModelDamagedError
        Not an HDF5 file, too large, or with anything but plain arrays in it.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ModelDamagedError(model_name, f"'{path.name}' is over 2 GiB")
        with h5py.File(path, "r") as file:
            return _read_arrays(file, model_name)
    except OSError as error:
        raise ModelDamagedError(
            model_name, f"'{path.name}' is missing or is not an HDF5 file"
        ) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_arrays(file: h5py.File, model_name: str) -> dict[str, NDArray[np.float32]]:
    arrays = {}
    waiting: list[h5py.Group] = [file]
    while waiting:
        group = waiting.pop()
        for key in group:
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ModelDamagedError(model_name, "it links to other files")
            item = group[key]
            if isinstance(item, h5py.Group):
                waiting.append(item)
            else:
                arrays[item.name.lstrip("/")] = _read_array(item, model_name)
    return arrays


def _read_array(item: h5py.Dataset, model_name: str) -> NDArray[np.float32]:
    if item.external or item.is_virtual or item.dtype not in _FLOATS:
        raise ModelDamagedError(
            model_name, f"'{item.name}' is not a plain array of floating-point numbers"
        )
    if item.size * 4 > MAX_FILE_BYTES:
        raise ModelDamagedError(model_name, f"'{item.name}' is too large")
    return np.asarray(item[()], np.float32)
