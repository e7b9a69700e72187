"""Weights go to disk whole or not at all, and a hostile file is refused unread."""

import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import ModelDamagedError, StorageError
from cbmir_gui.networks import weights_file
from cbmir_gui.networks.weights_file import read_weights, write_weights

ARRAYS = {
    "conv/kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "conv/bias": np.array([0.5, -2.0], np.float32),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.h5"


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_arrays_come_back_under_their_names(path: Path, dtype: type) -> None:
    write_weights(path, ARRAYS, dtype)
    received = read_weights(path, "m")
    assert received.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert received[name].dtype == np.float32
        np.testing.assert_array_equal(received[name], array)
    assert [entry.name for entry in path.parent.glob("weights*")] == ["weights.h5"]


def test_values_beyond_half_precision_are_kept_exactly(path: Path) -> None:
    large = np.array([1e5, -3e38], np.float32)
    write_weights(path, ARRAYS | {"fc1/bias": large}, np.float16)
    np.testing.assert_array_equal(read_weights(path, "m")["fc1/bias"], large)
    with h5py.File(path) as file:
        assert file["conv/kernel"].dtype == np.float16


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
def test_a_full_disk_is_named_without_a_path_and_leaves_nothing(path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(StorageError) as caught:
            write_weights(path, {"a/b": np.ones(90_000, np.float32)}, np.float32)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "'weights.h5' could not be written: File too large." in str(caught.value)
    assert str(path.parent) not in str(caught.value)
    assert not list(path.parent.glob("weights*"))


def link_in_a_ring(file: h5py.File) -> None:
    file["a/b"] = np.ones(3, np.float32)
    file["a/loop"] = file["/"]


def one_array_many_times(file: h5py.File) -> None:
    file["a/0"] = np.ones(3, np.float32)
    for number in range(1, 5):
        file[f"a/{number}"] = file["a/0"]


def soft_link(file: h5py.File) -> None:
    file["a"] = h5py.SoftLink("/b")


def compressed(file: h5py.File) -> None:
    file.create_dataset("a/b", data=np.zeros((64, 64), np.float32), compression="gzip")


def never_written(file: h5py.File) -> None:
    file.create_dataset("a/b", (1000, 1000), np.float32)


def named_type(file: h5py.File) -> None:
    file["a"] = np.dtype(np.float32)


def without_extent(file: h5py.File) -> None:
    file["a/b"] = h5py.Empty(np.float32)


@pytest.mark.parametrize(
    "fill",
    [
        link_in_a_ring,
        one_array_many_times,
        soft_link,
        compressed,
        never_written,
        named_type,
        without_extent,
    ],
)
def test_anything_but_plain_arrays_is_refused(
    path: Path, fill: Callable[[h5py.File], None]
) -> None:
    with h5py.File(path, "w") as file:
        fill(file)
    with pytest.raises(ModelDamagedError, match=r"not a plain array|links"):
        read_weights(path, "bad")


def test_a_file_over_the_limit_is_not_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_weights(path, ARRAYS, np.float32)
    monkeypatch.setattr(weights_file, "MAX_FILE_BYTES", 100)
    with pytest.raises(ModelDamagedError, match="over 2 GiB"):
        read_weights(path, "bad")


def test_a_file_with_any_byte_changed_is_read_or_refused(path: Path) -> None:
    write_weights(path, ARRAYS, np.float32)
    content = path.read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for place in random.choice(len(content), 300, replace=False):
        changed = bytearray(content)
        changed[place] ^= int(random.integers(1, 256))
        path.write_bytes(changed)
        try:
            read_weights(path, "bad")
        except ModelDamagedError:
            refused += 1
    assert refused > 0
