"""Settings survive what happens to their file, and stay the user's own."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cbmir_gui.core.settings import Settings, load_settings, save_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_what_was_saved_comes_back(path: Path) -> None:
    settings = Settings(
        library="/libraries/lung",
        metric="euclidean",
        class_filter="prior",
        top=50,
        recent_queries=("/images/R\udcf6ntgen.dcm", "/images/a.png"),
    )
    save_settings(path, settings)
    assert load_settings(path) == settings


def test_without_a_file_the_defaults_are_used(path: Path) -> None:
    assert load_settings(path) == Settings()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions")
def test_nobody_else_may_read_which_files_were_opened(path: Path) -> None:
    for _ in range(2):
        save_settings(path, Settings(recent_queries=("/Smith^John.dcm",)))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_has_another_type_keeps_its_default(path: Path) -> None:
    path.parent.mkdir()
    stored = {"top": "many", "layer": "pooled", "recent_queries": ["a", 1], "new": 1}
    path.write_text(json.dumps(stored))
    assert load_settings(path) == Settings(layer="pooled", recent_queries=("a",))


@pytest.mark.parametrize("text", ["{", "\udcff"])
def test_a_damaged_file_is_put_aside(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_bytes(os.fsencode(text))
    assert load_settings(path) == Settings()
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json.damaged"]


def test_a_file_that_cannot_be_read_now_is_left_where_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(path, Settings(layer="pooled"))

    def fail(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "open", fail)
        assert load_settings(path) == Settings()
    assert load_settings(path) == Settings(layer="pooled")


def test_a_full_disk_leaves_the_former_settings(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(path, Settings(layer="pooled"))

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        save_settings(path, Settings(layer="flatten"))
    assert load_settings(path) == Settings(layer="pooled")


def test_two_windows_do_not_lose_each_others_settings(path: Path) -> None:
    saved = [Settings(top=top, recent_queries=("x" * 50,) * top) for top in (5, 40)]

    def save(settings: Settings) -> None:
        for _ in range(40):
            save_settings(path, settings)

    with ThreadPoolExecutor(2) as windows:
        for done in [windows.submit(save, settings) for settings in saved]:
            done.result()
    assert load_settings(path) in saved
    assert [file.name for file in path.parent.iterdir()] == [path.name]
