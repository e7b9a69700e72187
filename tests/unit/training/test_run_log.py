from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.records import EpochReport
from cbmir_gui.engine.run_events import RunStep
from cbmir_gui.training.history import curves_png, history_csv
from cbmir_gui.training.run_log import RunLog, read_epochs

EPOCH = EpochReport(1, 4, 1.5, 1.25, 0.5, 0.625, 10.0, 40.0, 64, 1)


def test_epochs_are_read_back(tmp_path: Path) -> None:
    with RunLog(tmp_path) as log:
        log.write(RunStep(1, 5, 10, 1.0))
        log.write(EPOCH)
        log.write(replace(EPOCH, epoch=2))
    assert [epoch.epoch for epoch in read_epochs(tmp_path)] == [1, 2]


def test_a_line_that_a_killed_process_left_open_spoils_nothing(tmp_path: Path) -> None:
    (tmp_path / "progress.jsonl").write_text('{"event": "epo')
    with RunLog(tmp_path) as log:
        log.write(EPOCH)
    assert read_epochs(tmp_path) == (EPOCH,)


def test_a_repeated_epoch_counts_once_with_its_last_report(tmp_path: Path) -> None:
    with RunLog(tmp_path) as log:
        log.write(EPOCH)
        log.write(replace(EPOCH, val_loss=9.0))
    assert [epoch.val_loss for epoch in read_epochs(tmp_path)] == [9.0]


def test_the_history_is_a_table_with_one_line_per_epoch() -> None:
    lines = history_csv([EPOCH, replace(EPOCH, epoch=2)]).decode().splitlines()
    assert lines[0].startswith("epoch,num_epochs,train_loss,val_loss")
    assert lines[1].startswith("1,4,1.5,1.25")
    assert len(lines) == 3


def test_the_curves_are_a_png() -> None:
    assert curves_png([EPOCH], "test").startswith(b"\x89PNG")
