import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from cbmir_gui.gui.results import thumbnail_cache
from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache


class FakeReader(QObject):
    thumbnails_ready = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def ask_thumbnails(self, image_ids: list[str]) -> None:
        self.asked.append(list(image_ids))

    def deliver(self) -> None:
        image = QImage(4, 4, QImage.Format.Format_RGB32)
        self.thumbnails_ready.emit([(name, image) for name in self.asked[-1]])


@pytest.fixture
def slow_reader() -> FakeReader:
    return FakeReader()


def test_wishes_of_one_painting_are_one_question(qtbot, slow_reader: FakeReader):
    cache = ThumbnailCache(slow_reader)
    for name in ("a", "b", "c"):
        assert cache.pixmap(name) is None
    qtbot.waitUntil(lambda: bool(slow_reader.asked))
    assert slow_reader.asked == [["a", "b", "c"]]


def test_what_is_in_sight_now_comes_before_what_was_scrolled_past(
    qtbot, slow_reader: FakeReader
):
    cache = ThumbnailCache(slow_reader)
    for number in range(100):
        cache.pixmap(f"{number:03d}")
    qtbot.waitUntil(lambda: bool(slow_reader.asked))
    assert slow_reader.asked[0][-1] == "099"
    assert "000" not in slow_reader.asked[0]


def test_at_most_so_many_thumbnails_are_kept(
    qtbot, slow_reader: FakeReader, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(thumbnail_cache, "_MAX_KEPT", 2)
    cache = ThumbnailCache(slow_reader)
    for name in ("a", "b", "c"):
        cache.pixmap(name)
    qtbot.waitUntil(lambda: bool(slow_reader.asked))
    slow_reader.deliver()
    assert cache.pixmap("c") is not None
    assert cache.pixmap("a") is None


def test_another_library_begins_with_nothing(qtbot, slow_reader: FakeReader):
    cache = ThumbnailCache(slow_reader)
    cache.pixmap("a")
    qtbot.waitUntil(lambda: bool(slow_reader.asked))
    slow_reader.deliver()
    cache.clear()
    assert cache.pixmap("a") is None
