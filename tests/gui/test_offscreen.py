"""The window's job without a display."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from cbmir_gui.core.paths import libraries_dir
from cbmir_gui.core.records import IndexSummary
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.offscreen import Tour


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def tour(window: MainWindow, tmp_path: Path, said: list[str]) -> Tour:
    return Tour(window, tmp_path / "out", said.append)


@pytest.fixture
def build_demo(tasks: Any, make: Any) -> Callable[[], None]:
    """Return a function that answers as if the demo library had been made."""

    def build() -> None:
        folder = libraries_dir() / "demo"
        folder.mkdir(parents=True)
        (folder / "library.sqlite").touch()
        summary = IndexSummary(str(folder), 240, 0, 0, (), 30.0, 8.0)
        tasks.answer("build_demo", summary)
        tasks.answer("library_info", make.info(folder))

    return build


def test_it_makes_the_library_searches_and_writes_what_it_shows(
    qtbot: QtBot,
    tour: Tour,
    tasks: Any,
    make: Any,
    build_demo: Callable[[], None],
    said: list[str],
    tmp_path: Path,
) -> None:
    tour.start()
    with qtbot.waitSignal(tour.parent().reader.page_ready):
        build_demo()
    path = tasks.last("search").arguments.query_path
    assert path.endswith(".dcm")
    tasks.answer("preview", make.image())
    with qtbot.waitSignal(tour.ended) as ended:
        tasks.answer("search", make.results())
    assert ended.args == [0]
    picture = QImage(str(tmp_path / "out" / "window.png"))
    assert picture.width() >= 800
    listing = (tmp_path / "out" / "results.csv").read_text(encoding="utf-8")
    assert len(listing.splitlines()) == 21
    assert "under a minute" in said[0]
    assert said[-2] == f"Screenshot: {tmp_path / 'out' / 'window.png'}"
    assert said[-1] == f"Ranked list: {tmp_path / 'out' / 'results.csv'}"


@pytest.mark.parametrize("op", ["build_demo", "search", "preview"])
def test_what_fails_is_said_and_ends_it(
    op: str,
    qtbot: QtBot,
    tour: Tour,
    tasks: Any,
    build_demo: Callable[[], None],
    said: list[str],
) -> None:
    tour.start()
    if op != "build_demo":
        with qtbot.waitSignal(tour.parent().reader.page_ready):
            build_demo()
    with qtbot.waitSignal(tour.ended) as ended:
        tasks.fail(op, "It is broken. Mend it.")
    assert ended.args == [1]
    assert said[-1] == "It is broken. Mend it."


def test_a_folder_that_cannot_be_made_is_said(
    qtbot: QtBot,
    window: MainWindow,
    tasks: Any,
    make: Any,
    build_demo: Callable[[], None],
    said: list[str],
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    tour = Tour(window, tmp_path / "file" / "out", said.append)
    tour.start()
    with qtbot.waitSignal(window.reader.page_ready):
        build_demo()
    tasks.answer("preview", make.image())
    with qtbot.waitSignal(tour.ended) as ended:
        tasks.answer("search", make.results())
    assert ended.args == [1]
    assert said[-1].startswith("'out' could not be written: Not a directory.")
