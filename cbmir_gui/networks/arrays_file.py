"""Arrays from an .npz file of others; reads nothing but plain numbers.

An .npz file is a zip file of .npy files. A hostile one holds pickled objects, which
are code, swells when it is unpacked, or claims arrays that it does not hold.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import ModelDamagedError

_MAX_ARRAYS = 2000
_HEADER_BYTES = 4096
_SUFFIX = ".npy"


def read_arrays(path: Path, max_bytes: int) -> dict[str, NDArray[np.float32]]:
    """Read all arrays as float32, by name.

    Parameters
    ----------
    max_bytes
        Of the file, and of all arrays together.

    Raises
    ------
    ModelDamagedError
        The file cannot be read, is too large, or holds anything but plain arrays of
        floating-point numbers.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise ModelDamagedError(path.name, "it is too large")
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _refuse_bombs(path.name, entries, max_bytes)
            return {
                entry.filename.removesuffix(_SUFFIX): _read(archive, entry, path.name)
                for entry in entries
            }
    except (
        OSError,
        ValueError,
        RuntimeError,
        EOFError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ModelDamagedError(path.name, "it is not a file of arrays") from error


def _refuse_bombs(
    file_name: str, entries: list[zipfile.ZipInfo], max_bytes: int
) -> None:
    names = {entry.filename for entry in entries}
    if len(entries) > _MAX_ARRAYS or len(names) < len(entries):
        raise ModelDamagedError(file_name, "it holds too many arrays")
    if sum(entry.file_size for entry in entries) > max_bytes:
        raise ModelDamagedError(file_name, "it is too large when it is unpacked")


def _read(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file_name: str
) -> NDArray[np.float32]:
    """Read one array, after its header was compared with its size."""
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(version)
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(
            stream, max_header_size=_HEADER_BYTES
        )
        count = int(np.prod(shape, dtype=object))
        num_bytes = count * dtype.itemsize
        if dtype.kind != "f" or not 0 <= num_bytes <= entry.file_size:
            cause = f"'{entry.filename[:80]}' is not a plain array"
            raise ModelDamagedError(file_name, cause)
        values = np.frombuffer(stream.read(num_bytes), dtype, count)
    if is_fortran:
        values = values.reshape(shape[::-1]).transpose()
    return np.asarray(values.reshape(shape), np.float32)
