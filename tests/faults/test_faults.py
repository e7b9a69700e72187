"""A few of the faults that ``make faults`` plays in great number."""

import errno
from pathlib import Path

import harness
import pytest


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        path: Path = harness.build_shim(tmp_path_factory.mktemp("shim"))
    except FileNotFoundError as error:
        pytest.skip(f"needs {error}")
    return path


FAULTS = [
    harness.Fault(11, power_goes=True),
    harness.Fault(23, power_goes=True),
    harness.Fault(5, error=errno.EIO),
    harness.Fault(14, error=errno.ENOSPC, stays=True),
    harness.Fault(3, error=errno.EIO, only_syncs=True, power_goes=True),
    harness.Fault(0, error=errno.EFBIG, max_bytes=700),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("story", sorted(harness.stories.STORIES))
def test_nothing_that_was_done_is_lost(
    story: str, fault: object, shim: Path, tmp_path: Path
) -> None:
    outcome = harness.tell(story, shim, tmp_path, fault)
    assert outcome.problem == ""


def test_a_process_that_the_system_ends_for_its_file_size_loses_nothing(
    shim: Path, tmp_path: Path
) -> None:
    outcome = harness.tell("library", shim, tmp_path, harness.Fault(0, max_bytes=9000))
    assert outcome.problem == ""
    assert not outcome.has_refused


@pytest.mark.parametrize("sync", range(43, 48))
def test_a_compaction_whose_end_is_not_on_the_disk_keeps_what_was(
    sync: int, shim: Path, tmp_path: Path
) -> None:
    fault = harness.Fault(sync, error=errno.EIO, only_syncs=True, power_goes=True)
    assert harness.tell("library", shim, tmp_path, fault).problem == ""


def test_the_fault_does_happen(shim: Path, tmp_path: Path) -> None:
    extent = harness.measure("settings", shim, tmp_path)
    assert extent.num_changes > 20
    assert extent.num_syncs >= 12
    fault = harness.Fault(extent.num_changes // 2)
    outcome = harness.tell("settings", shim, tmp_path, fault)
    assert 0 < outcome.num_done < 6
    fault = harness.Fault(2, error=errno.EIO, only_syncs=True)
    outcome = harness.tell("settings", shim, tmp_path, fault)
    assert (outcome.num_done, outcome.has_refused) == (0, True)


@pytest.mark.parametrize(
    ("story", "folder", "said"),
    [
        ("library", "/features", "is damaged: its"),
        ("models", "/trained_models", "the models are"),
        ("checkpoints", "/run", "the checkpoint is of epoch"),
    ],
)
def test_a_rename_that_the_program_forgot_to_sync_would_be_found(
    story: str, folder: str, said: str, shim: Path, tmp_path: Path
) -> None:
    num_changes = harness.measure(story, shim, tmp_path).num_changes
    problems = [
        harness.tell(
            story,
            shim,
            tmp_path,
            harness.Fault(
                1 + part * num_changes // 6, power_goes=True, careless=folder
            ),
        ).problem
        for part in range(1, 6)
    ]
    assert any(said in problem for problem in problems), problems


def test_names_that_were_not_synced_are_taken_back(tmp_path: Path) -> None:
    log, root = tmp_path / "log", tmp_path / "root"
    log.mkdir()
    root.mkdir()
    (root / "kept").write_text("new")
    (log / "1").write_text("old")
    (root / "synced").write_text("synced")
    (root / "empty").write_text("never synced")
    lines = [
        f"write {root}/a",
        f"sync {root}/a",
        f"rename {root}/a {root}/synced -",
        f"sync {root}",
        f"write {root}/empty",
        f"write {root}/b",
        f"sync {root}/b",
        f"rename {root}/b {root}/kept {log}/1",
    ]
    (log / "log").write_text("\n".join(lines) + "\n")
    harness.power_loss(log)
    assert (root / "kept").read_text() == "old"
    assert (root / "b").read_text() == "new"
    assert (root / "synced").read_text() == "synced"
    assert (root / "empty").read_text() == ""
