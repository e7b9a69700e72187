"""A segment is what its format says, and nothing else is read."""

import dataclasses
import hashlib
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from cbmir_gui.core.errors import LibraryDamagedError, StorageError
from cbmir_gui.library import segments
from cbmir_gui.library.segments import (
    read_blocks,
    read_image_ids,
    segment_path,
    verify_segment,
    write_segment,
)

IDS = ["a" * 64 + ":1", "b" * 64 + ":1", "c" * 64 + ":12"]


@pytest.fixture
def features():
    return np.random.default_rng(1).random((3, 6), dtype=np.float32)


@pytest.fixture
def written(tmp_path, extractor, features):
    info = write_segment(tmp_path, 1, extractor, IDS, features)
    return segment_path(tmp_path, extractor.key, 1), info


def test_plain_h5py_finds_what_the_format_says(written, extractor, features) -> None:
    path, info = written
    with h5py.File(path, "r") as file:
        stored = file["features"][()]
        image_ids = file["image_ids"][()]
        attributes = dict(file.attrs)
        assert file["features"].chunks is None, "contiguous"
        assert set(file) == {"features", "image_ids"}
    assert path.name == "000001.h5"
    assert path.parent.parent.name == "features"
    assert stored.dtype == np.dtype("<f2")
    np.testing.assert_array_equal(stored, features.astype(np.float16))
    assert [image_id.decode() for image_id in image_ids] == IDS
    digest = hashlib.sha256(stored.tobytes() + image_ids.tobytes()).hexdigest()
    assert attributes == {
        "format_version": 1,
        "extractor_key": extractor.key,
        "model": extractor.model,
        "layer": extractor.layer,
        "weights_sha256": extractor.weights_sha256,
        "num_rows": 3,
        "sha256": digest,
    }
    assert (info.checksum, info.size_bytes) == (digest, path.stat().st_size)


def test_nothing_but_the_segment_is_left(written) -> None:
    path, _ = written
    assert [entry.name for entry in path.parent.iterdir()] == ["000001.h5"]


def test_what_does_not_fit_into_float16_is_stored_as_float32(
    tmp_path, extractor, features
) -> None:
    features[1, 2] = -70_000.5
    info = write_segment(tmp_path, 1, extractor, IDS, features)
    path = segment_path(tmp_path, extractor.key, 1)
    ((first, block),) = read_blocks(path, info, "library")
    assert (first, block.dtype, info.storage) == (0, np.float32, "float32")
    np.testing.assert_array_equal(block, features)


def test_a_segment_is_read_in_blocks(tmp_path, extractor, monkeypatch) -> None:
    monkeypatch.setattr(segments, "BLOCK_BYTES", 2 * 6 * 2)
    features = np.arange(5 * 6, dtype=np.float32).reshape(5, 6)
    ids = [f"{number}:1" for number in range(5)]
    info = write_segment(tmp_path, 3, extractor, ids, features)
    path = segment_path(tmp_path, extractor.key, 3)
    blocks = [(first, block.copy()) for first, block in read_blocks(path, info, "")]
    assert [first for first, _ in blocks] == [0, 2, 4]
    np.testing.assert_array_equal(np.concatenate([b for _, b in blocks]), features)
    assert read_image_ids(path, info, "") == ids


def test_a_segment_without_rows_is_a_segment(tmp_path, extractor) -> None:
    info = write_segment(tmp_path, 1, extractor, [], np.zeros((0, 6), np.float32))
    path = segment_path(tmp_path, extractor.key, 1)
    verify_segment(path, info, "library")
    assert read_image_ids(path, info, "library") == []


def flip_last_feature(path: Path) -> None:
    with h5py.File(path, "r") as file:
        offset = file["features"].id.get_offset()
    data = bytearray(path.read_bytes())
    data[offset + 3] ^= 0x10
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def replace_by_text(path: Path) -> None:
    path.write_text("no HDF5")


def rewrite(path: Path, **changes) -> None:
    with h5py.File(path, "r+") as file:
        for name, value in changes.items():
            del file[name]
            file[name] = value


def transpose(path: Path) -> None:
    rewrite(path, features=np.zeros((6, 3), np.float16))


def widen(path: Path) -> None:
    rewrite(path, features=np.zeros((3, 6), np.float64))


def link_to_another_file(path: Path) -> None:
    rewrite(path, features=h5py.ExternalLink("/etc/hostname", "/features"))


def store_in_another_file(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["features"]
        file.create_dataset(
            "features", (3, 6), np.float16, external=[("/etc/hostname", 0, 36)]
        )


def group_in_place_of_data(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["features"]
        file.create_group("features")


def forget_checksum(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file.attrs["sha256"]


def claim_another_extractor(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.attrs["extractor_key"] = "another"


@pytest.mark.parametrize(
    "damage",
    [
        flip_last_feature,
        cut_short,
        replace_by_text,
        transpose,
        widen,
        link_to_another_file,
        store_in_another_file,
        group_in_place_of_data,
        forget_checksum,
        claim_another_extractor,
        os.remove,
    ],
)
def test_a_damaged_segment_is_refused(written, damage) -> None:
    path, info = written
    damage(path)
    with pytest.raises(LibraryDamagedError, match=r"'chests' is damaged.*000001\.h5"):
        verify_segment(path, info, "chests")


def test_a_segment_that_the_catalogue_does_not_mean_is_refused(written) -> None:
    path, info = written
    other = dataclasses.replace(info, checksum="0" * 64)
    with pytest.raises(LibraryDamagedError, match="cannot be read"):
        verify_segment(path, other, "chests")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_leaves_no_segment(
    tmp_path, extractor, features, monkeypatch, call
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(*((os, call) if call == "fsync" else (Path, call)), fail)
    with pytest.raises(StorageError, match="Input/output error"):
        write_segment(tmp_path, 1, extractor, IDS, features)
    assert not segment_path(tmp_path, extractor.key, 1).exists()


def test_what_cannot_be_read_back_gets_no_name(
    tmp_path, extractor, features, monkeypatch
) -> None:
    def write_garbled(path: Path, data: memoryview) -> None:
        path.write_bytes(bytes(data)[:-1] + b"\xff")

    monkeypatch.setattr(segments, "write_and_sync", write_garbled)
    with pytest.raises(StorageError, match="could not be read back"):
        write_segment(tmp_path, 1, extractor, IDS, features)
    assert not segment_path(tmp_path, extractor.key, 1).exists()
