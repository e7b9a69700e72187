"""The files of a run: by which it is asked to wait or to stop, and what they say."""

from pathlib import Path

import pytest

from cbmir_gui.engine.run_folder import (
    describe_left_out,
    end_pause,
    is_paused,
    request_pause,
)


def test_a_pause_lasts_until_it_is_ended(tmp_path: Path) -> None:
    assert not is_paused(tmp_path)
    request_pause(tmp_path)
    assert is_paused(tmp_path)
    end_pause(tmp_path)
    assert not is_paused(tmp_path)
    end_pause(tmp_path)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (1, "1 image could not be used; left out, see /runs/a/left-out.csv."),
        (7, "7 images could not be used; left out, see /runs/a/left-out.csv."),
    ],
)
def test_images_that_were_left_out_are_counted_and_listed(
    count: int, text: str
) -> None:
    assert describe_left_out(Path("/runs/a"), count) == text
