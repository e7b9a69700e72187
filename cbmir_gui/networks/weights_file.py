"""Arrays of a network in one HDF5 file; reads nothing but plain arrays.

::

    weights.h5
        block1_conv1/kernel   float16 or float32, one dataset per variable
        block1_conv1/bias
        ...

A file from outside could name other files (external links, external storage), link to
itself without end, claim huge arrays that it does not hold, or use filters: such files
are refused before any value of the array is read.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

from cbmir_gui.core.durability import rename_and_sync
from cbmir_gui.core.errors import ModelDamagedError, StorageError

MAX_FILE_BYTES = 2 * 1024**3
MAX_OBJECTS = 5_000
"""Groups and arrays; a file of nothing but groups would be read for hours."""
_FLOATS = (np.dtype(np.float16), np.dtype(np.float32))
_LARGEST_FLOAT16 = float(np.finfo(np.float16).max)
_DAMAGES = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError)
"""What h5py raises for damaged files; its texts say nothing to a user."""


def write_weights(
    path: Path, weights: Mapping[str, NDArray[np.generic]], dtype: DTypeLike
) -> None:
    """Write the arrays under a temporary name, flush to disk, rename, and wait for it.

    Parameters
    ----------
    dtype
        float16 or float32; an array with values beyond float16 is float32 in any case.

    Raises
    ------
    StorageError
        The disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        # Through a file of Python: HDF5's own reports of a full disk quote the path.
        with temporary.open("wb+") as stream:
            with h5py.File(stream, "w") as file:
                for name, array in weights.items():
                    file.create_dataset(name, data=_stored(array, dtype))
            stream.flush()
            os.fsync(stream.fileno())
        rename_and_sync(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):  # the first error is the one to report
            temporary.unlink(missing_ok=True)
        raise StorageError(f"'{path.name}'", error) from error


def read_weights(path: Path, model_name: str) -> dict[str, NDArray[np.float32]]:
    """Read every array as float32, by "layer/variable".

    Raises
    ------
    ModelDamagedError
        Not an HDF5 file, too large, or with anything but plain arrays in it.
    """
    with _opened(path, model_name) as file:
        return {
            name: np.asarray(item[()], np.float32)
            for name, item in _find_arrays(file, model_name).items()
        }


def check_weights(path: Path, model_name: str) -> None:
    """Read every array, and keep none.

    Raises
    ------
    ModelDamagedError
    """
    with _opened(path, model_name) as file:
        for item in _find_arrays(file, model_name).values():
            item[()]


def read_shapes(path: Path, model_name: str) -> dict[str, tuple[int, ...]]:
    """Read what `read_weights` would, but only the shapes: no value is read.

    Raises
    ------
    ModelDamagedError
    """
    with _opened(path, model_name) as file:
        found = _find_arrays(file, model_name)
        return {name: tuple(item.shape) for name, item in found.items()}


def is_of_keras(path: Path, model_name: str) -> bool:
    """Tell whether Keras wrote the file: it names the weights beside the layers.

    Raises
    ------
    ModelDamagedError
    """
    with _opened(path, model_name) as file:
        return any("weight_names" in group.attrs for group in file.values())


@contextlib.contextmanager
def _opened(path: Path, model_name: str) -> Iterator[h5py.File]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ModelDamagedError(model_name, f"'{path.name}' is over 2 GiB")
        with h5py.File(path, "r") as file:
            yield file
    except _DAMAGES as error:
        raise ModelDamagedError(
            model_name, f"'{path.name}' is missing, damaged or not an HDF5 file"
        ) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def as_stored(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what is read of an array that was written as float16."""
    return np.asarray(_stored(array, np.float16), np.float32)


def _stored(array: NDArray[np.generic], dtype: DTypeLike) -> NDArray[np.generic]:
    largest = np.abs(np.asarray(array, np.float32)).max(initial=0)
    fits = np.dtype(dtype) != np.float16 or largest <= _LARGEST_FLOAT16
    return np.asarray(array, dtype if fits else np.float32)


def _find_arrays(file: h5py.File, model_name: str) -> dict[str, h5py.Dataset]:
    arrays = {}
    waiting: list[h5py.Group] = [file]
    visited = {h5py.h5o.get_info(file.id).addr}
    while waiting:
        group = waiting.pop()
        for key in group:
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise ModelDamagedError(model_name, "it links to other files")
            item = group[key]
            address = h5py.h5o.get_info(item.id).addr
            if address in visited:
                raise ModelDamagedError(model_name, f"it links to '{item.name}' twice")
            visited.add(address)
            if len(visited) > MAX_OBJECTS:
                raise ModelDamagedError(model_name, "it holds far too many arrays")
            if isinstance(item, h5py.Group):
                waiting.append(item)
            else:
                arrays[item.name.lstrip("/")] = _checked(item, model_name)
    return arrays


def _checked(item: h5py.Dataset | h5py.Datatype, model_name: str) -> h5py.Dataset:
    if not isinstance(item, h5py.Dataset) or not _is_plain(item):
        raise ModelDamagedError(
            model_name, f"'{item.name}' is not a plain array of floating-point numbers"
        )
    return item


def _is_plain(item: h5py.Dataset) -> bool:
    """Whether the file itself holds all values as they are, so that its size limits."""
    if item.shape is None or item.dtype not in _FLOATS:
        return False
    properties = item.id.get_create_plist()
    # Only a contiguous layout has neither chunks, nor filters, nor parts elsewhere.
    is_contiguous = properties.get_layout() == h5py.h5d.CONTIGUOUS
    num_bytes: int = item.id.get_storage_size()
    is_own = not item.external and not item.is_virtual
    is_plain = is_own and is_contiguous and properties.get_nfilters() == 0
    return is_plain and num_bytes == item.size * item.dtype.itemsize
