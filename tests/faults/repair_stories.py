"""The story of damaged libraries that are mended, with the real decoder."""

import shutil
import sqlite3
from pathlib import Path

from extraction_stories import prepare as prepare_library
from extraction_stories import problem_of_images
from story import Story, report

from cbmir_gui.library.library import Library
from cbmir_gui.services.library_repair import repair_library

_NUM_LIBRARIES = 3


def _library(folder: Path, number: int) -> Path:
    return folder / f"library-{number}"


def _segment(library: Path) -> Path:
    (path,) = (library / "features").rglob("*.h5")
    return path


def _spoil_a_segment(library: Path) -> None:
    path = _segment(library)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def _lose_a_segment(library: Path) -> None:
    _segment(library).unlink()


def _spoil_the_catalogue(library: Path) -> None:
    with sqlite3.connect(library / "library.sqlite") as connection:
        connection.execute("UPDATE feature SET row = 4 - row")
        connection.execute("UPDATE thumbnail SET jpeg = x'00' WHERE position = 2")
        connection.execute("INSERT INTO path VALUES (NULL, 99, 'x', 1, 1, 1)")
    connection.close()


_DAMAGES = (_spoil_a_segment, _lose_a_segment, _spoil_the_catalogue)


def _prepare(folder: Path) -> None:
    prepare_library(folder)
    for number, damage in enumerate(_DAMAGES):
        shutil.copytree(folder / "library", _library(folder, number))
        damage(_library(folder, number))


def _tell(folder: Path, num_steps: int) -> None:
    for step in range(num_steps):
        repair = repair_library(_library(folder, step))
        assert not repair.after.problems, repair.after
        report(step)


def _problem(folder: Path, num_done: int) -> str:
    for number in range(_NUM_LIBRARIES):
        library = _library(folder, number)
        if number == num_done:
            # Interrupted: whatever was done, the next repair brings it to its end.
            left = repair_library(library).after.problems
            if left:
                return f"still {left[0].kind} after another repair"
        if number <= num_done:
            with Library.open(library) as opened:
                if problem := problem_of_images(opened):
                    return problem
    return ""


STORIES = (Story("repair", _prepare, _tell, _problem, _NUM_LIBRARIES),)
