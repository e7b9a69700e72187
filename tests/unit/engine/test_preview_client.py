"""Previews in turn, with a decoder that the test holds in its hand."""

import queue
import threading
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import CbmirError, DecoderCrashedError, FileAccessError
from cbmir_gui.core.records import DecodedImage, ImageInfo
from cbmir_gui.engine import preview_client
from cbmir_gui.engine.preview_client import PreviewClient, PreviewRequest

LIMIT_S = 60.0


class FakeDecoder:
    """Decode once `go_on` is set; a file named bad cannot be read."""

    go_on = threading.Event()
    interrupted = threading.Event()
    begun: "queue.Queue[str]" = queue.Queue()

    def interrupt(self, patience_s: float) -> None:
        self.interrupted.set()
        self.go_on.set()

    def decode(
        self,
        path: Path,
        frame: int,
        window: str,
        max_side_px: int,
        overlays: bool = False,
    ) -> DecodedImage:
        self.begun.put(path.name)
        assert self.go_on.wait(LIMIT_S)
        if path.name == "slow" and self.interrupted.is_set():
            raise DecoderCrashedError("slow")
        if path.name == "bad":
            raise FileAccessError("bad", "it is empty")
        if path.name == "huge":
            raise MemoryError
        info = ImageInfo(f"{path.name}:{frame}", path.name, 2, 2)
        return DecodedImage(np.zeros((2, 2), np.uint8), info)

    def close(self) -> None:
        self.go_on.set()


@pytest.fixture(autouse=True)
def decoder(monkeypatch: pytest.MonkeyPatch) -> type[FakeDecoder]:
    FakeDecoder.go_on = threading.Event()
    FakeDecoder.begun = queue.Queue()
    FakeDecoder.interrupted = threading.Event()
    monkeypatch.setattr(preview_client, "DecoderClient", FakeDecoder)
    return FakeDecoder


class Asker:
    def __init__(self) -> None:
        self.client = PreviewClient()
        self.answers: queue.Queue[tuple[str, str]] = queue.Queue()

    def ask(self, name: str) -> int:
        def on_result(image: DecodedImage) -> None:
            self.answers.put((name, image.info.image_id))

        def on_error(error: CbmirError) -> None:
            self.answers.put((name, type(error).__name__))

        return self.client.submit(
            PreviewRequest(name, frame=2),
            on_result=on_result,
            on_error=on_error,
            on_cancelled=lambda: self.answers.put((name, "cancelled")),
        )

    def answer(self) -> tuple[str, str]:
        return self.answers.get(timeout=LIMIT_S)


def test_previews_come_in_the_order_they_were_asked_for(
    decoder: type[FakeDecoder],
) -> None:
    asker = Asker()
    asker.ask("one")
    asker.ask("bad")
    asker.ask("two")
    decoder.go_on.set()
    assert [asker.answer() for _ in range(3)] == [
        ("one", "one:2"),
        ("bad", "FileAccessError"),
        ("two", "two:2"),
    ]
    asker.client.close()


def test_a_failure_that_nobody_expected_is_told_and_the_next_preview_comes(
    decoder: type[FakeDecoder],
) -> None:
    decoder.go_on.set()
    asker = Asker()
    asker.ask("huge")
    asker.ask("one")
    assert asker.answer() == ("huge", "EngineError")
    assert asker.answer() == ("one", "one:2")
    asker.client.close()


def test_a_cancelled_preview_is_answered_once_and_never_decoded(
    decoder: type[FakeDecoder],
) -> None:
    asker = Asker()
    first = asker.ask("one")
    assert decoder.begun.get(timeout=LIMIT_S) == "one"
    second = asker.ask("two")
    asker.ask("three")
    asker.client.cancel(second)
    asker.client.cancel(first)
    asker.client.cancel(first)
    decoder.go_on.set()
    answers = [asker.answer() for _ in range(3)]
    assert answers == [("two", "cancelled"), ("one", "cancelled"), ("three", "three:2")]
    assert decoder.begun.get(timeout=LIMIT_S) == "three"
    asker.client.close()
    assert asker.answers.empty()


def test_a_slow_file_that_nobody_wants_does_not_keep_the_next_waiting(
    decoder: type[FakeDecoder],
) -> None:
    asker = Asker()
    slow = asker.ask("slow")
    assert decoder.begun.get(timeout=LIMIT_S) == "slow"
    asker.ask("two")
    asker.client.cancel(slow)
    assert asker.answer() == ("slow", "cancelled")
    assert asker.answer() == ("two", "two:2")
    assert decoder.interrupted.is_set()
    asker.client.close()


def test_the_decoder_lives_on_if_a_file_that_nobody_wants_is_done_in_time(
    decoder: type[FakeDecoder],
) -> None:
    asker = Asker()
    first = asker.ask("one")
    assert decoder.begun.get(timeout=LIMIT_S) == "one"
    asker.client.cancel(first)
    decoder.go_on.set()
    asker.ask("two")
    assert [asker.answer(), asker.answer()] == [("one", "cancelled"), ("two", "two:2")]
    asker.client.close()
    assert not decoder.interrupted.is_set()


def test_closing_cancels_what_waits_and_what_is_decoded(
    decoder: type[FakeDecoder],
) -> None:
    asker = Asker()
    asker.ask("one")
    asker.ask("two")
    decoder.begun.get(timeout=LIMIT_S)
    asker.client.close()
    assert {asker.answer(), asker.answer()} == {
        ("one", "cancelled"),
        ("two", "cancelled"),
    }
    asker.ask("late")
    assert asker.answer() == ("late", "cancelled")
