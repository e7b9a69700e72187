"""How much memory is left, and that nothing is begun that needs more."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.training import memory
from cbmir_gui.training.memory import available_bytes, empty_table

MACHINE = 10_000


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the machine have 10,000 bytes left, and no control groups."""
    left = SimpleNamespace(available=MACHINE)
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: left)
    monkeypatch.setattr(memory, "_OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")


def write_group(folder: Path, version: int, limit: str, used: int) -> None:
    """Write a group that could give 100 bytes back."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.max", "memory.current", "inactive_file")
    if version == 1:
        names = (
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file",
        )
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 7\n{names[2]} 100\n")


def test_without_control_groups_the_machine_counts() -> None:
    assert available_bytes() == MACHINE


@pytest.mark.parametrize(
    ("version", "line", "folder"),
    [
        (2, "0::/", ""),
        (2, "0::/user.slice/training", "user.slice/training"),
        (2, "0::/user.slice/training", "user.slice"),
        (1, "4:memory:/docker/abc", "memory/docker/abc"),
        (1, "4:memory:/docker/abc", "memory"),  # all that the container sees
    ],
)
def test_a_limit_of_the_container_counts(
    tmp_path: Path, version: int, line: str, folder: str
) -> None:
    (tmp_path / "own").write_text(f"3:cpuset:/\n{line}\n")
    write_group(tmp_path / "groups" / folder, version, "3000", 2500)
    assert available_bytes() == 600
    write_group(tmp_path / "groups" / folder, version, "3000", 3200)
    assert available_bytes() == 0


@pytest.mark.parametrize("limit", ["max", str(2**63 - 4096)])
def test_a_group_without_a_limit_does_not_count(tmp_path: Path, limit: str) -> None:
    (tmp_path / "own").write_text("0::/\n")
    write_group(tmp_path / "groups", 2, limit, 2500)
    assert available_bytes() == MACHINE


def test_a_table_that_fits_is_empty() -> None:
    table = empty_table((10, 500), np.float16, "10 images")
    assert (table.shape, table.dtype, table.any()) == ((10, 500), np.float16, False)


def test_a_table_that_does_not_fit_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"for 10 images: .* fewer images\."):
        empty_table((10, 501), np.float16, "10 images")


def test_a_table_that_the_system_refuses_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "zeros", fail)
    with pytest.raises(TrainingError, match="for 10 images"):
        empty_table((10,), np.uint8, "10 images")
