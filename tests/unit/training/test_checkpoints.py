from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import StorageError, TrainingError
from cbmir_gui.training import checkpoints
from cbmir_gui.training.checkpoints import TrainingState

ARRAYS = {"a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    state = TrainingState(3, 1, 2, 0.5, "checkpoint-003.h5")
    checkpoints.save_checkpoint(tmp_path, state, ARRAYS)
    loaded = checkpoints.load_state(tmp_path)
    assert loaded == state
    arrays = checkpoints.load_arrays(tmp_path, state)
    np.testing.assert_array_equal(arrays["a/kernel"], ARRAYS["a/kernel"])


def test_a_new_folder_has_no_checkpoint(tmp_path: Path) -> None:
    assert checkpoints.load_state(tmp_path) is None


def test_only_the_last_checkpoint_and_the_best_are_kept(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        state = TrainingState(epoch, 0, epoch, 0.5, f"checkpoint-{epoch:03d}.h5")
        checkpoints.save_best(tmp_path, epoch, ARRAYS)
        checkpoints.save_checkpoint(tmp_path, state, ARRAYS)
        checkpoints.drop_best_except(tmp_path, epoch)
    names = sorted(path.name for path in tmp_path.iterdir() if path.is_file())
    assert names == ["best-003.h5", "checkpoint-003.h5", "checkpoint.json"]


def test_a_failed_write_leaves_the_former_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = TrainingState(1, 0, 1, 0.5, "checkpoint-001.h5")
    checkpoints.save_checkpoint(tmp_path, first, ARRAYS)

    def full(*args: object) -> None:
        raise StorageError("'checkpoint-002.h5'", "No space left on device")

    monkeypatch.setattr(checkpoints, "write_weights", full)
    second = TrainingState(2, 0, 2, 0.4, "checkpoint-002.h5")
    with pytest.raises(StorageError, match="No space left"):
        checkpoints.save_checkpoint(tmp_path, second, ARRAYS)
    assert checkpoints.load_state(tmp_path) == first
    assert checkpoints.load_arrays(tmp_path, first).keys() == ARRAYS.keys()


def test_a_state_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    for content in ("{", '{"next_era": 1}', "[]"):
        (tmp_path / "checkpoint.json").write_text(content)
        with pytest.raises(TrainingError, match=r"checkpoint\.json is damaged"):
            checkpoints.load_state(tmp_path)


def test_a_state_of_an_earlier_version_is_understood(tmp_path: Path) -> None:
    old = '{"next_epoch": 1, "stage": 0, "best_epoch": 1, "best_loss": 0.5}'
    (tmp_path / "checkpoint.json").write_text(old)
    assert checkpoints.load_state(tmp_path) == TrainingState(1, 0, 1, 0.5)
