"""The story of archives that are imported into a library which they make."""

import zipfile
from pathlib import Path

import numpy as np
from story import Story, report

from cbmir_gui.core.records import IndexRequest
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.library.imported import sweep_beside
from cbmir_gui.library.library import Library
from cbmir_gui.services.importing import import_paths

_NUM_ARCHIVES = 4
_PER_ARCHIVE = 3


def _prepare(folder: Path) -> None:
    rng = np.random.default_rng(8)
    images = folder / "images"
    images.mkdir(parents=True)
    for step in range(_NUM_ARCHIVES):
        with zipfile.ZipFile(folder / f"{step}.zip", "w") as packed:
            for number in range(_PER_ARCHIVE):
                image = images / f"{step}-{number}.png"
                write_png(image, rng.integers(0, 256, (24, 24)).astype(np.uint8))
                packed.write(image, f"series/{number}.png")
            packed.writestr("series/notes.txt", "no image")


def _tell(folder: Path, num_steps: int) -> None:
    for step in range(num_steps):
        archive = str(folder / f"{step}.zip")
        request = IndexRequest(str(folder / "library"), (archive,), "raw-pixels")
        summary = import_paths(request)
        assert summary.added == _PER_ARCHIVE, summary
        report(step)


def _problem(folder: Path, num_done: int) -> str:
    sweep_beside(folder)
    if list(folder.glob(".*-imported/*")):
        return "what was unpacked beside the library is still there"
    library = folder / "library"
    if not (library / "library.sqlite").exists():
        return "the library is gone" if num_done else ""
    with Library.open(library) as opened:
        records = opened.catalogue.records()
        if len(records) not in {num * _PER_ARCHIVE for num in (num_done, num_done + 1)}:
            return f"{len(records)} images after {num_done} archives"
        for record in records:
            if read_image(Path(record.path)).info.image_id != record.image_id:
                return "a record of another file"
        kept = {str(path) for path in (library / "imported").rglob("*.png")}
        if kept != {record.path for record in records}:
            return f"{len(kept)} files of archives, but {len(records)} images"
        if records and len(opened.features().image_ids) != len(records):
            return "an image without features"
        return ", ".join(sorted({entry.kind for entry in opened.verify().problems}))


STORIES = (Story("archives", _prepare, _tell, _problem, _NUM_ARCHIVES),)
