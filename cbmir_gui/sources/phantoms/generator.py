"""The folder of demo images: one folder of each kind, and a manifest of them all."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.sources.phantoms.files import file_name, write_phantom
from cbmir_gui.sources.phantoms.kinds import KINDS, make_phantom
from cbmir_gui.sources.phantoms.phantom import NUM_PATIENTS, Kind

IMAGES_PER_KIND = 15
NUM_PHANTOMS = IMAGES_PER_KIND * len(KINDS)
MANIFEST_FILE = "manifest.csv"
_COLUMNS = ("file", "class", "modality", "group", "split")
_NUM_TRAIN, _NUM_VAL = 8, 2
"""Patients of each kind; the others are test."""


def generate_phantoms(folder: Path, progress: Progress = no_progress) -> Path:
    """Write the demo images that are not there yet, then their manifest.

    Each file is whole or not there, so a run that was cancelled or killed is finished
    by the next one.

    Parameters
    ----------
    folder
        Made if it does not exist.

    Returns
    -------
    Path
        The manifest, which is written last; see `sources.manifests` for its format.

    Raises
    ------
    StorageError
        The folder cannot be written, or the disk is full.
    Cancelled
        `progress` asked to stop; what was written stays.
    """
    for done, (kind, seed) in enumerate(_planned()):
        progress(done, NUM_PHANTOMS, "drawing images")
        path = _path(folder, kind, seed)
        if not _is_written(path):
            _make_folder(path.parent)
            write_phantom(make_phantom(kind.name, seed), path)
    progress(NUM_PHANTOMS, NUM_PHANTOMS, "drawing images")
    manifest = folder / MANIFEST_FILE
    _write_whole(manifest, _manifest_text())
    return manifest


def _planned() -> Iterator[tuple[Kind, int]]:
    for kind in KINDS.values():
        for seed in range(IMAGES_PER_KIND):
            yield kind, seed


def _path(folder: Path, kind: Kind, seed: int) -> Path:
    return folder / kind.name / file_name(kind, seed)


def _is_written(path: Path) -> bool:
    # A power cut can leave a file that has its name but no content.
    return path.is_file() and path.stat().st_size > 0


def _manifest_text() -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for kind, seed in _planned():
        patient = seed % NUM_PATIENTS
        file = f"{kind.name}/{file_name(kind, seed)}"
        group = f"{kind.name}-p{patient + 1:02d}"
        writer.writerow((file, kind.name, kind.modality, group, _split(patient)))
    return stream.getvalue()


def _split(patient: int) -> str:
    if patient < _NUM_TRAIN:
        return "train"
    return "val" if patient < _NUM_TRAIN + _NUM_VAL else "test"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"The folder '{folder.name}'", error) from error


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise StorageError(f"'{path.name}'", error) from error
