"""Stories of changes that a process tells until it is killed or a write fails.

Run as ``python stories.py NAME FOLDER NUM_STEPS ARM``: it prepares nothing, creates the
file ARM, makes the changes, and prints the number of each step when the program has
said that it is done. A step that fails as the program says failures is printed as
``refused TEXT`` and ends the story.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

import archive_stories
import extraction_stories
import library_story
import model_stories
import numpy as np
import repair_stories
from story import HARMLESS, Story, report

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import IndexRequest
from cbmir_gui.core.settings import Settings, load_settings, save_settings
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services.indexing import index_library

# A library: added, removed, restored, relabelled, compacted.


def _prepare_library(folder: Path) -> None:
    Library.create(folder / "library").close()


def _tell_library(folder: Path, num_steps: int) -> None:
    with Library.open(folder / "library") as library:
        library_story.tell(library, num_steps)


def _library_problem(folder: Path, num_done: int) -> str:
    with Library.open(folder / "library") as library:
        records = library.catalogue.records()
        state = [(record.image_id, record.class_name) for record in records]
        allowed = [library_story.state_after(num_done + more) for more in (0, 1)]
        if state not in allowed:
            return f"{len(state)} records are not what was committed"
        for info in library.catalogue.extractors() if state else ():
            table = library.features(info.key)
            for image_id, row in zip(table.image_ids, table.features, strict=True):
                if not np.array_equal(row, library_story.features_of(image_id)):
                    return "features of another image"
        if state and len(library.features().image_ids) != len(state):
            return "an image without features"
        for image_id, _ in state:
            kept = library.catalogue.thumbnail(image_id)
            if kept != library_story.thumbnail_of(image_id):
                return "a thumbnail of another image"
        kinds = {problem.kind for problem in library.verify().problems}
        return ", ".join(sorted(kinds - HARMLESS))


# Images that are decoded and added.


_PER_STEP = 3


def _prepare_import(folder: Path) -> None:
    rng = np.random.default_rng(5)
    for step in range(6):
        batch = folder / "images" / str(step)
        batch.mkdir(parents=True)
        for number in range(_PER_STEP):
            pixels = rng.integers(0, 256, (24, 24)).astype(np.uint8)
            write_png(batch / f"{number}.png", pixels)
    _prepare_library(folder)


def _tell_import(folder: Path, num_steps: int) -> None:
    for step in range(num_steps):
        images = str(folder / "images" / str(step))
        summary = index_library(
            IndexRequest(str(folder / "library"), (images,), "raw-pixels")
        )
        assert summary.added == _PER_STEP, summary
        report(step)


def _import_problem(folder: Path, num_done: int) -> str:
    with Library.open(folder / "library") as library:
        num_images = library.info().num_images
        # On a slow machine a step is several commits: its images may come one by one.
        if not _PER_STEP * num_done <= num_images <= _PER_STEP * (num_done + 1):
            return f"{num_images} images after {num_done} steps"
        if num_images and len(library.features().image_ids) != num_images:
            return "an image without features"
        problems = library.verify().problems
        return ", ".join(sorted({problem.kind for problem in problems}))


# The remembered choices.


def _settings(step: int) -> Settings:
    return Settings(top=5 + step, recent_queries=tuple(map(str, range(step))))


def _prepare_settings(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_settings(folder / "settings.json", _settings(0))


class SettingsError(Exception):
    """The window, which saves the settings, takes an OSError as a refusal."""


def _tell_settings(folder: Path, num_steps: int) -> None:
    for step in range(num_steps):
        try:
            save_settings(folder / "settings.json", _settings(step + 1))
        except OSError as error:
            raise SettingsError(str(error)) from error
        report(step)


def _settings_problem(folder: Path, num_done: int) -> str:
    loaded = load_settings(folder / "settings.json")
    allowed = (_settings(num_done), _settings(num_done + 1))
    if loaded not in allowed:
        return f"the settings are {json.dumps(loaded.top)}"
    return ""


STORIES = {
    story.name: story
    for story in (
        Story("library", _prepare_library, _tell_library, _library_problem, 18),
        Story("import", _prepare_import, _tell_import, _import_problem, 6),
        *archive_stories.STORIES,
        *extraction_stories.STORIES,
        *repair_stories.STORIES,
        *model_stories.STORIES,
        Story("settings", _prepare_settings, _tell_settings, _settings_problem, 6),
    )
}


def limit_files(max_bytes: int, with_signal: bool) -> None:
    """Let no file of this process grow beyond `max_bytes`; 0: no limit."""
    if max_bytes:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, hard))
        # Python ignores the signal, so that writes fail with EFBIG.
        if with_signal:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)


def main() -> None:
    name, folder, num_steps, arm = sys.argv[1:]
    Path(arm).touch()
    max_bytes = int(os.environ.get("FAULT_MAX_BYTES", "0"))
    limit_files(max_bytes, with_signal=os.environ.get("FAULT_ERRNO") == "0")
    try:
        STORIES[name].tell(Path(folder), int(num_steps))
    except (CbmirError, SettingsError) as error:
        sys.stdout.write(f"refused {type(error).__name__}: {error}\n")


if __name__ == "__main__":
    main()
