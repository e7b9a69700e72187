"""A run waits while its folder says so, and stops when it says so."""

from pathlib import Path

import pytest

from cbmir_gui.engine.run_events import RunContinued, RunEvent, RunPaused
from cbmir_gui.engine.run_folder import end_pause, request_pause, request_stop
from cbmir_gui.training import run_control
from cbmir_gui.training.run_control import RunControl


def test_a_run_goes_on_as_long_as_nobody_asks(tmp_path: Path) -> None:
    events: list[RunEvent] = []
    assert not RunControl(tmp_path, events.append).is_stopped()
    assert events == []


def test_a_run_stops_when_asked(tmp_path: Path) -> None:
    request_stop(tmp_path)
    assert RunControl(tmp_path, lambda _: None).is_stopped()


@pytest.mark.parametrize("stopped", [False, True])
def test_a_paused_run_sleeps_until_it_is_let_go_or_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    events: list[RunEvent] = []
    naps = 0

    def sleep(_: float) -> None:
        nonlocal naps
        naps += 1
        assert events == [RunPaused()]
        if naps == 3:
            (request_stop if stopped else end_pause)(tmp_path)

    monkeypatch.setattr(run_control.time, "sleep", sleep)
    request_pause(tmp_path)
    assert RunControl(tmp_path, events.append).is_stopped() is stopped
    assert naps == 3
    assert events == [RunPaused(), RunContinued()]
