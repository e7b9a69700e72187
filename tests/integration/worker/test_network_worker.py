"""Every operation of the real worker, without a network."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cbmir_gui.core.errors import (
    DataError,
    EngineError,
    FileAccessError,
    LibraryError,
    NotALibraryError,
)
from cbmir_gui.core.paths import logs_dir
from cbmir_gui.core.records import IndexRequest, LibraryInfo
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.engine.operations import (
    OPERATIONS,
    DataArguments,
    ExtractorArguments,
    ImagesArguments,
    LibraryArguments,
    NewLibraryArguments,
    NoArguments,
    RelabelArguments,
    UndoArguments,
)
from cbmir_gui.worker.operations import Operations

if TYPE_CHECKING:
    from tests.integration.worker.conftest import Asker

MODEL = "raw-pixels"
Library = tuple[str, Path]


def test_every_operation_of_the_table_has_a_handler() -> None:
    operations = Operations()
    assert operations.handlers().keys() == OPERATIONS.keys()
    operations.close()


def test_an_image_of_the_library_is_its_own_nearest(
    asker: "Asker", library: Library
) -> None:
    folder, source = library
    query = str(source / "005.png")
    results = asker.ask("search", SearchRequest(folder, query_path=query, top=5))
    assert len(results.hits) == 5
    assert results.hits[0].path == query
    assert results.hits[0].is_query
    assert results.library_size == 12


def test_a_library_is_made_described_and_listed(asker: "Asker", home: Path) -> None:
    folder = home / "feature_db" / "lung"
    made = asker.ask("create_library", NewLibraryArguments(str(folder), "lung"))
    assert isinstance(made, LibraryInfo)
    assert made.num_images == 0
    assert asker.ask("library_info", LibraryArguments(str(folder))) == made
    assert asker.ask("list_libraries", NoArguments()).libraries == (made,)


def test_images_are_removed_restored_and_relabelled(
    asker: "Asker", library: Library
) -> None:
    folder, source = library
    request = SearchRequest(folder, query_path=str(source / "003.png"), top=1)
    image_id = asker.ask("search", request).hits[0].image_id
    removed = asker.ask("remove_images", ImagesArguments(folder, (image_id,)))
    assert removed.removed == 1
    assert asker.ask("search", request).hits[0].image_id != image_id
    assert (
        asker.ask("restore_images", UndoArguments(folder, removed.undo)).restored == 1
    )
    relabelled = asker.ask("relabel", RelabelArguments(folder, (image_id,), "x"))
    assert relabelled.previous == {image_id: ""}
    assert asker.ask("search", request).hits[0].class_name == "x"


def test_extractors_name_those_of_the_library_first(
    asker: "Asker", library: Library
) -> None:
    found = asker.ask("extractors", LibraryArguments(library[0])).extractors
    assert found[0].model == MODEL
    assert len({info.key for info in found}) == len(found) > 1
    asker.ask("models", NoArguments())


def test_a_warm_library_says_its_size(asker: "Asker", library: Library) -> None:
    assert asker.ask("warm", ExtractorArguments(library[0])).library_size == 12


def test_missing_features_are_extracted(asker: "Asker", library: Library) -> None:
    summary = asker.ask("extract_missing", ExtractorArguments(library[0], "lbp"))
    assert summary.added == 12
    assert asker.ask("warm", ExtractorArguments(library[0], "lbp")).library_size == 12


def test_labelled_images_are_counted(asker: "Asker", tmp_path: Path) -> None:
    for name, count in (("a", 3), ("b", 2)):
        (tmp_path / "data" / name).mkdir(parents=True)
        for index in range(count):
            (tmp_path / "data" / name / f"{index}.png").touch()
    found = asker.ask("inspect_data", DataArguments(str(tmp_path / "data")))
    assert found.classes == {"a": 3, "b": 2}
    assert (found.num_images, found.num_missing, found.sets) == (5, 0, ())
    assert not found.has_groups


def test_a_manifest_names_its_sets_and_missing_files(
    asker: "Asker", tmp_path: Path
) -> None:
    (tmp_path / "there.png").touch()
    manifest = tmp_path / "m.csv"
    manifest.write_text(
        "file,class,group,split,sets\nthere.png,a,1,train,one;two\n"
        "gone.png,b,2,val,two\n"
    )
    found = asker.ask("inspect_data", DataArguments(str(manifest), "two"))
    assert found.sets == ("one", "two")
    assert found.splits == {"train": 1, "val": 1}
    assert found.num_missing == 1
    assert found.has_groups


@pytest.mark.parametrize(
    ("op", "arguments", "error"),
    [
        ("library_info", LibraryArguments("/nothing/here"), LibraryError),
        ("search", SearchRequest("/nothing/here", query_path="q.png"), LibraryError),
        ("inspect_data", DataArguments("/nothing/here.csv"), DataError),
    ],
)
def test_an_error_of_a_service_arrives_as_it_is(
    asker: "Asker", op: str, arguments: LibraryArguments, error: type[Exception]
) -> None:
    kind, received = asker.ending(asker.submit(op, arguments))
    assert kind == "error"
    assert isinstance(received, error)


def test_a_folder_that_is_no_library_is_refused(asker: "Asker", tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "library.sqlite").write_text("no database")
    folder = str(tmp_path / "plain")
    kind, error = asker.ending(asker.submit("library_info", LibraryArguments(folder)))
    assert kind == "error"
    assert isinstance(error, NotALibraryError)


def test_a_query_that_cannot_be_read_is_an_error_and_the_next_one_works(
    asker: "Asker", library: Library
) -> None:
    folder, source = library
    bad = source / "empty.png"
    bad.touch()
    kind, error = asker.ending(
        asker.submit("search", SearchRequest(folder, query_path=str(bad)))
    )
    assert kind == "error"
    assert isinstance(error, FileAccessError)
    good = SearchRequest(folder, query_path=str(source / "001.png"))
    assert asker.ask("search", good).hits


def test_an_import_reports_and_can_be_cancelled(
    asker: "Asker", images: Callable[[int], Path], tmp_path: Path
) -> None:
    request = IndexRequest(str(tmp_path / "l"), (str(images(200)),), model=MODEL)
    ticket = asker.submit("index", request)
    kind, _ = asker.next_event(ticket)
    assert kind == "progress"
    asker.client.cancel(ticket)
    kind, summary = asker.ending(ticket)
    assert kind == "result"
    assert summary.cancelled
    assert summary.added < 200


def test_the_worker_keeps_a_log_without_folders(asker: "Asker", home: Path) -> None:
    asker.ask("list_libraries", NoArguments())
    folder = home / "feature_db" / "Smith^John"
    folder.mkdir(parents=True)
    (folder / "library.sqlite").write_text("no database")
    asker.ask("list_libraries", NoArguments())
    log = (logs_dir() / "worker.log").read_text()
    assert str(home) not in log


def test_a_worker_that_cannot_start_says_why_in_its_log(home: Path) -> None:
    script = (
        "import sys\n"
        "sys.modules['cbmir_gui.worker.operations'] = None\n"
        "from cbmir_gui.worker.network import main\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], stdin=subprocess.DEVNULL, check=False
    )
    assert ended.returncode == 1
    log = (home / "logs" / "worker.log").read_text(encoding="utf-8")
    assert "network.py" in log
    assert "ModuleNotFoundError" in log


def test_closing_ends_the_worker_in_the_middle_of_an_import(
    asker: "Asker", images: Callable[[int], Path], tmp_path: Path
) -> None:
    request = IndexRequest(str(tmp_path / "l"), (str(images(200)),), model=MODEL)
    ticket = asker.submit("index", request)
    assert asker.next_event(ticket)[0] == "progress"
    asker.client.close()
    assert asker.ending(ticket)[0] == "cancelled"
    assert asker.client.pid == 0


def test_arguments_are_checked_where_they_arrive(asker: "Asker") -> None:
    kind, error = asker.ending(
        asker.submit("search", SearchRequest("l", top="many"))  # type: ignore[arg-type]
    )
    assert kind == "error"
    assert isinstance(error, EngineError)
    assert "SearchRequest.top received a str" in str(error)
