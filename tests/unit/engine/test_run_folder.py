"""The files by which a run is asked to wait or to stop."""

from pathlib import Path

from cbmir_gui.engine.run_folder import end_pause, is_paused, request_pause


def test_a_pause_lasts_until_it_is_ended(tmp_path: Path) -> None:
    assert not is_paused(tmp_path)
    request_pause(tmp_path)
    assert is_paused(tmp_path)
    end_pause(tmp_path)
    assert not is_paused(tmp_path)
    end_pause(tmp_path)
