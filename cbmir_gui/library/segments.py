"""Segments: write-once HDF5 files of features.

::

    features/<extractor key>/000001.h5
      features   (num_rows, feature_dim)  float16 or float32, little endian, contiguous
      image_ids  (num_rows,)              bytes of fixed length, padded with zeros
      attributes of the file
        format_version   1
        extractor_key    names model, weights, layer and preprocessing
        model, layer     as a user knows them
        weights_sha256   hex; empty for extractors without weights
        num_rows         as in the shapes above
        sha256           hex, of the bytes of `features` and then of `image_ids`

Row i of both belongs together. A file is built in memory, written to ``000001.h5.new``,
synced, read back, renamed, and its folder synced; it is never opened for writing again.
It counts only once the catalogue names it, with the same checksum. Features are float16
unless a value is beyond its range.

HDF5 never writes to a disk itself: it neither reports nor survives a full one reliably.
"""

import contextlib
import errno
import hashlib
import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.durability import (
    make_folder,
    rename_and_sync,
    storage_errors,
    temporary_name,
    write_and_sync,
)
from cbmir_gui.core.errors import (
    LibraryDamagedError,
    LibraryError,
    LibraryUnreadableError,
    StorageError,
)
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.library.entries import SegmentInfo
from cbmir_gui.library.segment_checks import (
    FORMAT_VERSION,
    STORAGES,
    OtherwiseError,
    check_segment,
)

FEATURES_FOLDER = "features"
BLOCK_BYTES = 16 * 2**20
_LARGEST_FLOAT16 = float(np.finfo(np.float16).max)
_ERRNO = re.compile(r"errno = (\d{1,4})\b")
_NOT_A_FILE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}
_FORBIDDEN = re.compile(r"[^A-Za-z0-9._+-]")

Features = NDArray[np.floating[Any]]


def extractor_folder(library: Path, key: str) -> Path:
    """Return the folder of an extractor's segments, whatever its key contains."""
    name = _FORBIDDEN.sub("_", key)[:80].lstrip(".")
    if name != key or not name:
        name = f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    return library / FEATURES_FOLDER / name


def segment_path(library: Path, key: str, number: int) -> Path:
    """Return where a segment lies."""
    return extractor_folder(library, key) / f"{number:06d}.h5"


def write_segment(
    library: Path,
    number: int,
    extractor: ExtractorInfo,
    image_ids: Sequence[str],
    features: Features,
) -> SegmentInfo:
    """Write one segment, safe on the disk when this returns.

    Parameters
    ----------
    library
        The library's folder.
    number
        Never used before in this library.
    image_ids : num_rows
    features : (num_rows, feature_dim)
        Finite.

    Raises
    ------
    LibraryError
        The shapes do not fit or a feature is not finite.
    StorageError
        The disk is full or fails; nothing with the segment's name was left.
    """
    _check_features(extractor, image_ids, features)
    ids = np.array([image_id.encode() for image_id in image_ids], dtype="S")
    stored = features.astype(_storage_for(features), order="C", copy=False)
    checksum = _checksum(stored, ids)
    data = _build(extractor, ids, stored, checksum)
    info = SegmentInfo(
        number=number,
        extractor=extractor,
        num_rows=len(ids),
        storage=stored.dtype.name,
        checksum=checksum,
        size_bytes=data.nbytes,
    )
    path = segment_path(library, extractor.key, number)
    temporary = temporary_name(path)
    with storage_errors(f"The features of the library '{library.name}'"):
        make_folder(path.parent)
        write_and_sync(temporary, data)
        _read_back(temporary, info, library.name)
        rename_and_sync(temporary, path)
    return info


def read_blocks(
    path: Path, expected: SegmentInfo, library_name: str
) -> Iterator[tuple[int, Features]]:
    """Yield a segment's features in blocks of rows, checked at the end.

    Yields
    ------
    first : int
        Row of the block's first row.
    block : (num_block_rows, feature_dim)
        As stored; the memory is used again for the next block.

    Raises
    ------
    LibraryDamagedError
        The file is missing, is not what the catalogue says, or, after the last
        block, does not have the checksum.
    LibraryUnreadableError
        The disk or share does not give it now.
    """
    digest = hashlib.sha256()
    with _opened(path, expected, library_name) as file:
        features = file["features"]
        num_rows, feature_dim = features.shape
        row_bytes = max(feature_dim * features.dtype.itemsize, 1)
        block_rows = max(BLOCK_BYTES // row_bytes, 1)
        buffer = np.empty((min(block_rows, num_rows), feature_dim), features.dtype)
        for first in range(0, num_rows, block_rows):
            block = buffer[: min(block_rows, num_rows - first)]
            if block.size:
                features.read_direct(block, np.s_[first : first + len(block)])
            digest.update(block.data)
            yield first, block
        digest.update(file["image_ids"][()].tobytes())
    if digest.hexdigest() != expected.checksum:
        raise _damaged(library_name, path, "fails its checksum")


def read_image_ids(path: Path, expected: SegmentInfo, library_name: str) -> list[str]:
    """Return the image_id of each row.

    Raises
    ------
    LibraryDamagedError, LibraryUnreadableError
        As in `read_blocks`, but the checksum is not looked at.
    """
    with _opened(path, expected, library_name) as file:
        return [bytes(image_id).decode("ascii") for image_id in file["image_ids"][()]]


def verify_segment(path: Path, expected: SegmentInfo, library_name: str) -> None:
    """Read a whole segment.

    Raises
    ------
    LibraryDamagedError
        It is missing, is not what the catalogue says, or fails its checksum.
    LibraryUnreadableError
        The disk or share does not give it now.
    """
    for _ in read_blocks(path, expected, library_name):
        pass


def _check_features(
    extractor: ExtractorInfo, image_ids: Sequence[str], features: Features
) -> None:
    expected = (len(image_ids), extractor.feature_dim)
    if features.shape != expected:
        raise LibraryError(
            f"The features of '{extractor.key}' do not fit: expected shape {expected}, "
            f"received {features.shape}. The model's card may be of another model."
        )
    if not np.isfinite(features).all():
        raise LibraryError(
            f"The features of '{extractor.key}' hold values that are not numbers: "
            f"expected finite ones. The model is broken; choose another one."
        )


def _storage_for(features: Features) -> np.dtype[Any]:
    largest = float(max(features.max(initial=0), -features.min(initial=0)))
    return STORAGES["float16" if largest <= _LARGEST_FLOAT16 else "float32"]


def _checksum(features: Features, image_ids: NDArray[np.bytes_]) -> str:
    digest = hashlib.sha256(features.data)
    digest.update(image_ids.data)
    return digest.hexdigest()


def _build(
    extractor: ExtractorInfo,
    image_ids: NDArray[np.bytes_],
    features: Features,
    checksum: str,
) -> memoryview:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs.update(
            {
                "format_version": FORMAT_VERSION,
                "extractor_key": extractor.key,
                "model": extractor.model,
                "layer": extractor.layer,
                "weights_sha256": extractor.weights_sha256,
                "num_rows": len(image_ids),
                "sha256": checksum,
            }
        )
        file.create_dataset("image_ids", data=image_ids)
        file.create_dataset("features", data=features)
    return buffer.getbuffer()


def _read_back(path: Path, info: SegmentInfo, library_name: str) -> None:
    try:
        verify_segment(path, info, library_name)
    except (LibraryDamagedError, LibraryUnreadableError) as error:
        what = f"The features of the library '{library_name}'"
        cause = "what was written could not be read back; the disk may be failing"
        raise StorageError(what, cause) from error


@contextlib.contextmanager
def _opened(
    path: Path, expected: SegmentInfo, library_name: str
) -> Iterator[h5py.File]:
    try:
        # A write-once file needs no lock, and some network folders have none.
        with h5py.File(path, "r", locking=False) as file:
            check_segment(file, expected)
            yield file
    except FileNotFoundError as error:
        raise _damaged(library_name, path, "is missing") from error
    except OtherwiseError as error:
        raise _damaged(library_name, path, str(error)) from error
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
        # What h5py raises for damaged files; its texts say nothing to a user.
        code = _errno_of(error)
        if code and code not in _NOT_A_FILE:
            cause = f"{_name(path)} gives '{os.strerror(code)}'"
            raise LibraryUnreadableError(library_name, cause) from error
        raise _damaged(library_name, path, "cannot be read") from error


def _errno_of(error: Exception) -> int:
    """Return what the system said, 0 if nothing; h5py may only quote it."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    quoted = _ERRNO.search(str(error))
    return int(quoted[1]) if quoted else 0


def _damaged(library_name: str, path: Path, cause: str) -> LibraryDamagedError:
    return LibraryDamagedError(library_name, f"{_name(path)} {cause}")


def _name(path: Path) -> str:
    return f"its file {FEATURES_FOLDER}/{path.parent.name}/{path.name}"
