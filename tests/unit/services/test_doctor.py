"""What the doctor finds."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from cbmir_gui.core.records import ModelInfo
from cbmir_gui.services import doctor
from cbmir_gui.services.doctor import (
    check_disk,
    check_folders,
    check_models,
    check_package,
    check_plugins,
    existing_parent,
    parse_version,
)

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("version", "numbers"),
    [("3.13.2", (3, 13, 2)), ("3.13.2rc1", (3, 13)), ("6.11.3", (6, 11, 3)), ("", ())],
)
def test_a_version_is_its_leading_numbers(
    version: str, numbers: tuple[int, ...]
) -> None:
    assert parse_version(version) == numbers


@pytest.mark.parametrize(
    ("version", "status"),
    [("", "failed"), ("3.13.1", "failed"), ("3.13.2", "ok"), ("4.0", "ok")],
)
def test_a_package_that_is_missing_or_too_old_fails(version: str, status: str) -> None:
    check = check_package("keras", version, (3, 13, 2))
    assert check.status == status
    assert bool(check.cure) == (status == "failed")


def test_the_broken_pyside_is_refused() -> None:
    assert check_package("PySide6-Essentials", "6.12.0", (6, 8)).status == "failed"
    assert check_package("PySide6-Essentials", "6.11.3", (6, 8)).status == "ok"


def test_a_missing_plugin_is_named_with_what_it_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        doctor.importlib.util,
        "find_spec",
        lambda name: None if name == "openjpeg" else object(),
    )
    check = check_plugins()
    assert check.status == "warning"
    assert "JPEG 2000" in check.detail
    assert check.cure == "Run: pip install pylibjpeg-openjpeg"


@pytest.mark.parametrize(
    ("free", "status"),
    [(100 * 2**20, "failed"), (2**30, "warning"), (50 * 2**30, "ok")],
)
def test_little_free_space_is_said(
    free: int, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(0, 0, free))
    assert check_disk().status == status


def test_a_folder_that_cannot_be_written_fails(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    checks = list(check_folders())
    assert {check.status for check in checks} == {"failed"}
    assert "CBMIR_HOME" in checks[0].cure


def test_the_nearest_existing_folder_is_found(tmp_path: Path) -> None:
    assert existing_parent(tmp_path / "a" / "b") == tmp_path


def model(name: str, problem: str = "") -> ModelInfo:
    return ModelInfo(name, "vgg16", "", (), (), "", "", "", {}, problem)


def test_a_damaged_model_is_named_with_its_problem() -> None:
    check = check_models([model("good"), model("bad", "weights.h5 is missing")])
    assert check.status == "warning"
    assert check.detail == "bad: weights.h5 is missing"


def test_having_no_model_is_said() -> None:
    assert check_models([]).status == "warning"
    assert check_models([model("good")]).detail == "good"
