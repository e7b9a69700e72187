"""Lines of a training run, whole and broken."""

from pathlib import Path

import pytest

from cbmir_gui.core.records import EpochReport
from cbmir_gui.engine.run_events import (
    EventReader,
    RunBatchSize,
    RunContinued,
    RunEvent,
    RunFailed,
    RunFinished,
    RunPaused,
    RunReading,
    RunSaving,
    RunStarted,
    RunStep,
    RunStopped,
    decode_event,
    encode_event,
)

EPOCH = EpochReport(1, 25, 2.1, 1.9, 0.4, 0.5, 61.0, 42.0, 96, 1)


@pytest.mark.parametrize(
    "event",
    [
        RunReading(40, 300),
        RunStarted("lung", 25, 800, 200, 5),
        RunStep(1, 10, 90, 2.31),
        EPOCH,
        RunBatchSize(16),
        RunPaused(),
        RunContinued(),
        RunSaving(),
        RunFinished("lung", "card.json"),
        RunStopped(),
        RunStopped("lung", "card.json", "The loss is nan."),
        RunFailed("The loss is not a number."),
    ],
)
def test_an_event_survives_its_line(event: RunEvent) -> None:
    line = encode_event(event)
    assert line.endswith("\n")
    assert decode_event(line) == event


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "3", '{"event": "new kind"}', '{"epoch": 1}', '{"event": "epoch"}'],
)
def test_a_line_that_is_no_event_is_passed_over(line: str) -> None:
    assert decode_event(line) is None


def test_keys_of_a_newer_program_are_passed_over() -> None:
    assert decode_event('{"event": "failed", "message": "m", "advice": "x"}') == (
        RunFailed("m")
    )


def test_an_absent_file_has_no_events(tmp_path: Path) -> None:
    assert EventReader(tmp_path / "progress.jsonl").read_new() == []


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    reader = EventReader(path)
    path.write_text(encode_event(RunStep(1, 1, 2, 0.5)))
    assert reader.read_new() == [RunStep(1, 1, 2, 0.5)]
    assert reader.read_new() == []
    with path.open("a") as stream:
        stream.write(encode_event(RunStep(1, 2, 2, 0.4)))
    assert reader.read_new() == [RunStep(1, 2, 2, 0.4)]


def test_a_line_that_is_still_being_written_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    reader = EventReader(path)
    line = encode_event(EPOCH)
    path.write_text(line[:30])
    assert reader.read_new() == []
    path.write_text(line)
    assert reader.read_new() == [EPOCH]


def test_a_file_that_was_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    reader = EventReader(path)
    path.write_text(encode_event(RunStarted("lung")) * 2)
    reader.read_new()
    path.write_text(encode_event(RunStopped()))
    assert reader.read_new() == [RunStopped()]
