"""What a run tells while it reads its images."""

import pytest

from cbmir_gui.core.errors import Cancelled
from cbmir_gui.core.progress import no_progress
from cbmir_gui.engine.run_events import RunEvent, RunReading
from cbmir_gui.services import training_data
from cbmir_gui.services.training_data import reading_progress


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(training_data, "time", clock)
    return clock


def test_the_time_of_a_pause_does_not_count(clock: Clock) -> None:
    told: list[RunEvent] = []
    pause_s = 0.0

    def is_stopped() -> bool:
        clock.now_s += pause_s
        return False

    tell = reading_progress(no_progress, told.append, is_stopped)
    tell(0, 8)
    clock.now_s += 4.0
    pause_s = 60.0
    tell(4, 8)
    pause_s = 0.0
    clock.now_s += 2.0
    tell(6, 8)
    assert told == [RunReading(0, 8), RunReading(4, 8, 4.0), RunReading(6, 8, 6.0)]


def test_each_count_from_the_start_has_its_own_time(clock: Clock) -> None:
    told: list[RunEvent] = []
    tell = reading_progress(no_progress, told.append, lambda: False)
    for done in (0, 5, 0, 5):
        tell(done, 8)
        clock.now_s += 3.0
    assert told[1] == told[3] == RunReading(5, 8, 3.0)


def test_who_stops_the_reading_ends_it(clock: Clock) -> None:
    del clock
    tell = reading_progress(no_progress, lambda _: None, lambda: True)
    with pytest.raises(Cancelled):
        tell(0, 8)
