"""Where things are kept, in a checkout and beside one."""

from pathlib import Path

import pytest

from cbmir_gui.core import paths


def test_cbmir_home_decides_for_everything(home: Path) -> None:
    assert paths.libraries_dir() == home / "feature_db"
    assert paths.models_dir() == home / "trained_models"
    assert paths.runs_dir().is_relative_to(home)
    assert paths.logs_dir().is_relative_to(home)
    assert paths.settings_file().is_relative_to(home)


def test_a_checkout_keeps_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CBMIR_HOME")
    assert paths.home() == project
    assert paths.model_roots() == (project / "trained_models",)


def test_an_installed_program_uses_the_users_folder_and_the_shipped_models(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CBMIR_HOME")
    monkeypatch.setattr(paths, "checkout", lambda: None)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    assert "cbmir" in paths.home().parts
    shipped = tmp_path / "share" / "cbmir" / "trained_models"
    assert paths.model_roots() == (paths.models_dir(), shipped)


def test_a_library_is_meant_by_name_or_by_path(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.library_folder("lung") == home / "feature_db" / "lung"
    assert paths.library_folder("./lung") == tmp_path / "lung"
    assert paths.library_folder(".") == tmp_path
    (tmp_path / "lung").mkdir()
    assert paths.library_folder("lung") == home / "feature_db" / "lung"
    (tmp_path / "lung" / "library.sqlite").touch()
    assert paths.library_folder("lung") == tmp_path / "lung"
