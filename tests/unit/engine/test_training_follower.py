"""Only steps are left out of what a follower reports."""

from cbmir_gui.engine.run_events import RunEvent, RunFinished, RunStarted, RunStep
from cbmir_gui.engine.training_follower import thinned


def test_few_events_are_all_reported() -> None:
    events: list[RunEvent] = [RunStarted(), RunStep(1, 1, 2, 0.5), RunFinished()]
    assert thinned(events) == events


def test_of_many_steps_some_are_left_out_but_nothing_else() -> None:
    steps: list[RunEvent] = [RunStep(1, n, 10_000, 0.5) for n in range(1, 10_001)]
    kept = thinned([RunStarted(), *steps, RunFinished()], max_steps=100)
    assert kept[0] == RunStarted()
    assert kept[-1] == RunFinished()
    assert 90 <= len(kept) <= 110
    assert kept == sorted(kept, key=[RunStarted(), *steps, RunFinished()].index)
