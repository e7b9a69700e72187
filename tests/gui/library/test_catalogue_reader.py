from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from cbmir_gui.core.errors import NotALibraryError
from cbmir_gui.gui.library.catalogue_reader import CatalogueReader, ReadableCatalogue


def test_a_page_tells_how_many_images_there_are_in_all(
    qtbot: QtBot, reader: CatalogueReader
) -> None:
    reader.open("/library")
    with qtbot.waitSignal(reader.page_ready) as page:
        reader.ask_page(10, 20)
    total, offset, records = page.args
    assert (total, offset) == (240, 20)
    assert [record.row for record in records] == list(range(20, 30))


def test_a_page_of_one_class_counts_only_that_class(
    qtbot: QtBot, reader: CatalogueReader
) -> None:
    reader.open("/library")
    with qtbot.waitSignal(reader.page_ready) as page:
        reader.ask_page(10, 0, "mr_brain")
    total, _offset, records = page.args
    assert total == 80
    assert {record.class_name for record in records} == {"mr_brain"}


def test_thumbnails_arrive_as_images(qtbot: QtBot, reader: CatalogueReader) -> None:
    reader.open("/library")
    with qtbot.waitSignal(reader.thumbnails_ready) as ready:
        reader.ask_thumbnails(["0003:1", "0004:1"])
    assert [name for name, image in ready.args[0] if image.width() == 64] == [
        "0003:1",
        "0004:1",
    ]


def test_answers_of_a_library_left_behind_are_dropped(
    qtbot: QtBot, reader: CatalogueReader
) -> None:
    offsets = []
    reader.page_ready.connect(lambda _total, offset, _records: offsets.append(offset))
    reader.open("/first")
    reader.ask_page(10, 50)
    reader.open("/second")
    with qtbot.waitSignal(reader.page_ready):
        reader.ask_page(10, 0)
    assert offsets == [0]


def test_a_folder_that_is_no_library_fails_with_its_message(qtbot: QtBot) -> None:
    def refuse(path: Path) -> Any:
        raise NotALibraryError(path.parent.name)

    reader = CatalogueReader(refuse)
    with qtbot.waitSignal(reader.failed) as failed:
        reader.open("/holiday")
    reader.close()
    assert "'holiday' is not a library" in failed.args[0]


def test_a_real_library_is_read(
    qtbot: QtBot, tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = pytest.importorskip("cbmir_gui.library.library")
    folder = tmp_path / "real"
    library.Library.create(folder, "real").close()
    reader = CatalogueReader()
    reader.open(str(folder))
    with qtbot.waitSignal(reader.page_ready) as page:
        reader.ask_page(10, 0)
    reader.close()
    assert page.args == [0, 0, ()]


def test_closing_twice_is_fine(reader: CatalogueReader) -> None:
    reader.close()
    reader.close()


def test_a_disk_that_does_not_answer_holds_up_no_closing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cbmir_gui.gui.library.catalogue_reader._PATIENCE_MS", 1)
    asked, answered = Event(), Event()

    def open_file(_path: Path) -> ReadableCatalogue:
        asked.set()
        answered.wait(60)
        raise NotALibraryError("chest")

    reader = CatalogueReader(open_file)
    reader.open("/media/stick/chest")
    assert asked.wait(60)
    reader.close()
    assert not reader.has_ended
    answered.set()
    qtbot.waitUntil(lambda: reader.has_ended, timeout=60_000)
