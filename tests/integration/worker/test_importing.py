"""Looking and adding in the real worker: archives, a stop in the middle, damage."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from cbmir_gui.core.contents import ImportContents, select_every
from cbmir_gui.core.records import IndexRequest, IndexSummary
from cbmir_gui.engine.operation_answers import ReadIndex, WrittenIndex
from cbmir_gui.engine.operations import (
    ImportLookArguments,
    IndexFileArguments,
    LibraryArguments,
    NewLibraryArguments,
    StagedArguments,
)

if TYPE_CHECKING:
    from tests.integration.worker.conftest import Asker


def write_slice(path: Path, number: int) -> None:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, f"1.2.3.4.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2", "1.2.3"
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.ImagePositionPatient = [0, 0, -number]
    ds.Modality, ds.PatientName, ds.PatientID = "CT", "Doe^Jane", "4711"
    ds.Rows = ds.Columns = 16
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.PixelData = os.urandom(256)
    pydicom.dcmwrite(path, ds, enforce_file_format=True)


@pytest.fixture
def archive(tmp_path: Path) -> Callable[[int], Path]:
    """Return a function that writes an archive of so many slices."""

    def make(number: int) -> Path:
        path = tmp_path / "series.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for place in range(number):
                write_slice(tmp_path / "slice", place)
                packed.write(tmp_path / "slice", f"ct/{place:04d}")
            packed.writestr("../escape", "hello")
        return path

    return make


@pytest.fixture
def empty(tmp_path: Path, asker: "Asker") -> str:
    """Return the folder of an empty library."""
    folder = str(tmp_path / "library")
    asker.ask("create_library", NewLibraryArguments(folder))
    return folder


def look(asker: "Asker", library: str, *paths: Path) -> Any:
    names = tuple(str(path) for path in paths)
    return asker.ask("look_at_import", ImportLookArguments(library, names))


def imported(library: str) -> list[Path]:
    return [path for path in Path(library, "imported").rglob("*") if path.is_file()]


def test_an_archive_is_looked_at_and_added_in_part(
    asker: "Asker", empty: str, archive: Callable[[int], Path], tmp_path: Path
) -> None:
    path = archive(9)
    found: ImportContents = look(asker, empty, path)
    (group,) = found.groups
    assert [Path(file.path).name for file in group.files] == [
        f"{place:04d}" for place in range(8, -1, -1)
    ]
    assert [Path(entry.path).name for entry in found.skipped] == ["escape"]
    assert not (tmp_path / "escape").exists()
    request = IndexRequest(
        empty,
        (),
        "raw-pixels",
        selection=select_every(group, 4),
        staged=found.staged,
    )
    path.unlink()
    summary: IndexSummary = asker.ask("index", request)
    assert (summary.added, summary.failed) == (3, ())
    assert sorted(file.name for file in imported(empty)) == ["0000", "0004", "0008"]


def test_a_refused_look_leaves_nothing(
    asker: "Asker", empty: str, archive: Callable[[int], Path]
) -> None:
    found = look(asker, empty, archive(3))
    assert len(imported(empty)) == 3
    asker.ask("discard_import", StagedArguments(found.staged))
    assert imported(empty) == []


def test_a_look_that_is_stopped_in_the_middle_leaves_nothing(
    asker: "Asker", empty: str, archive: Callable[[int], Path]
) -> None:
    arguments = ImportLookArguments(empty, (str(archive(400)),))
    ticket = asker.submit("look_at_import", arguments)
    event = asker.next_event(ticket)
    while event[0] == "progress" and not event[1][2].startswith("Reading what"):
        event = asker.next_event(ticket)
    assert event[0] == "progress"
    asker.client.cancel(ticket)
    assert asker.ending(ticket)[0] == "cancelled"
    assert imported(empty) == []


def test_an_archive_that_is_damaged_is_listed(
    asker: "Asker", empty: str, archive: Callable[[int], Path]
) -> None:
    path = archive(3)
    path.write_bytes(path.read_bytes()[:-30])
    found = look(asker, empty, path)
    assert found.groups == ()
    assert "'series.zip' cannot be read" in found.unreadable[0].reason


def test_a_look_at_the_same_library_while_it_is_added_to_does_not_wait(
    asker: "Asker", empty: str, archive: Callable[[int], Path], images: Any
) -> None:
    ticket = asker.submit(
        "index", IndexRequest(empty, (str(images(30)),), "raw-pixels")
    )
    assert len(look(asker, empty, archive(3)).groups) == 1
    assert asker.ending(ticket)[0] == "result"


def test_an_index_is_written_and_read_into_another_library(
    asker: "Asker", library: tuple[str, Path], tmp_path: Path
) -> None:
    file = str(tmp_path / "index.json")
    ticket = asker.submit("export_index", IndexFileArguments(library[0], file))
    assert asker.next_event(ticket)[0] == "progress"
    assert asker.ending(ticket)[1] == WrittenIndex(file, 12)
    copy = str(tmp_path / "copy")
    done = asker.ask("import_index", IndexFileArguments(copy, file))
    assert done == ReadIndex(12, 0, 0, 0, 0)
    assert asker.ask("library_info", LibraryArguments(copy)).num_images == 12
    kind, error = asker.ending(
        asker.submit("export_index", IndexFileArguments(copy, file))
    )
    assert kind == "error"
    assert "already a file" in str(error)
