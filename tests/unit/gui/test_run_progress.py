"""The state of a training run, event by event."""

import pytest

from cbmir_gui.core.records import EpochReport
from cbmir_gui.engine.run_events import (
    RunBatchSize,
    RunContinued,
    RunFailed,
    RunFinished,
    RunPaused,
    RunReading,
    RunSaving,
    RunStarted,
    RunStep,
    RunStopped,
)
from cbmir_gui.gui.retrain.run_progress import Phase, RunProgress, run_title

STARTED = RunStarted("lung", num_epochs=10, num_train=120)


def epoch(number: int, best: int) -> EpochReport:
    return EpochReport(number, 10, 2.0, 1.5, 0.4, 0.5, 60.0, 42.0, 96, best)


EPOCH = epoch(1, 1)


def after(*events: object) -> RunProgress:
    progress = RunProgress()
    for event in events:
        progress = progress.after(event, now_s=0.0)  # type: ignore[arg-type]
    return progress


def test_a_run_begins_without_knowing_anything() -> None:
    progress = RunProgress()
    assert progress.phase is Phase.STARTING
    assert progress.position() == 0
    assert progress.best() is None
    assert progress.seconds_left() is None
    assert progress.images_per_second() is None


def test_reading_is_counted() -> None:
    progress = after(RunReading(40, 300))
    assert progress.phase is Phase.READING
    assert (progress.num_read, progress.num_to_read) == (40, 300)


def test_images_that_are_read_after_the_start_are_being_prepared() -> None:
    progress = after(STARTED, RunReading(40, 300))
    assert progress.phase is Phase.PREPARING
    assert after(STARTED, RunReading(40, 300), RunStep(1, 1, 9, 2.0)).phase is (
        Phase.LEARNING
    )


def test_a_pause_does_not_count_as_time_of_the_epoch() -> None:
    progress = RunProgress().after(STARTED, 0.0)
    progress = progress.after(RunStep(1, 1, 10, 2.0), 0.0)
    progress = progress.after(RunPaused(), 1.0)
    assert progress.is_paused
    progress = progress.after(RunContinued(), 3600.0)
    progress = progress.after(RunStep(1, 2, 10, 2.0), 3600.0)
    progress = progress.after(RunStep(1, 4, 10, 2.0), 3620.0)
    assert progress.seconds_per_epoch == pytest.approx(100.0)


def test_what_happens_next_ends_a_pause_that_was_killed() -> None:
    paused = (STARTED, RunReading(40, 300), RunPaused())
    assert after(*paused).is_paused
    assert not after(*paused, RunReading(10, 300)).is_paused
    assert not after(*paused, STARTED).is_paused
    assert not after(*paused, RunStep(1, 1, 9, 2.0)).is_paused


@pytest.mark.parametrize("earlier", [(), (STARTED,), (STARTED, EPOCH)])
def test_the_run_times_how_it_looks_at_the_images(earlier: tuple[object, ...]) -> None:
    progress = after(*earlier, RunReading(100, 400, 50.0))
    assert progress.images_per_second() == pytest.approx(2.0)
    assert progress.seconds_left() == pytest.approx(150.0)


def test_few_seconds_say_nothing_about_how_long_reading_takes() -> None:
    progress = after(RunReading(2, 400, 0.5))
    assert progress.images_per_second() is None
    assert progress.seconds_left() is None
    assert after(RunReading(0, 400, 5.0)).seconds_left() is None


def test_smaller_batches_and_the_reason_of_an_early_end_are_kept() -> None:
    progress = after(STARTED, RunBatchSize(8), RunStopped("lung", "", "No memory."))
    assert progress.lowered_batch == 8
    assert (progress.model, progress.message) == ("lung", "No memory.")


def test_the_position_counts_epochs_and_steps() -> None:
    progress = after(STARTED, epoch(1, 1), epoch(2, 1), RunStep(3, 5, 10, 0.7))
    assert progress.position() == pytest.approx(2.5)
    best = progress.best()
    assert best is not None
    assert best.epoch == 1


def test_the_time_left_follows_from_the_last_epoch() -> None:
    progress = after(STARTED, epoch(1, 1), epoch(2, 2))
    assert progress.seconds_left() == pytest.approx(8 * 60.0)
    assert progress.images_per_second() == 42.0


def test_the_first_epoch_is_timed_by_its_steps() -> None:
    progress = RunProgress().after(STARTED, 0.0).after(RunStep(1, 1, 10, 1.0), 10.0)
    assert progress.seconds_left() is None
    progress = progress.after(RunStep(1, 6, 10, 0.9), 15.0)
    assert progress.seconds_per_epoch == pytest.approx(10.0)
    assert progress.seconds_left() == pytest.approx(94.0)
    assert progress.images_per_second() == pytest.approx(12.0)


def test_steps_that_arrive_all_at_once_say_nothing_about_time() -> None:
    steps = [RunStep(1, number, 10, 1.0) for number in range(1, 10)]
    assert after(STARTED, *steps).seconds_left() is None


def test_an_epoch_that_is_told_again_replaces_the_former() -> None:
    progress = after(STARTED, epoch(1, 1), epoch(2, 2), epoch(2, 1))
    assert [entry.epoch for entry in progress.epochs] == [1, 2]
    assert progress.epochs[-1].best_epoch == 1


def test_while_the_model_is_saved_no_time_is_promised() -> None:
    progress = after(STARTED, epoch(1, 1), RunSaving())
    assert progress.phase is Phase.SAVING
    assert progress.seconds_left() is None


@pytest.mark.parametrize(
    ("event", "phase"),
    [
        (RunFinished("lung", "card.json"), Phase.FINISHED),
        (RunStopped("lung", "card.json"), Phase.STOPPED),
        (RunFailed("The loss is not a number."), Phase.FAILED),
    ],
)
def test_a_run_ends_in_one_of_three_ways(event: object, phase: Phase) -> None:
    progress = after(STARTED, RunStep(1, 5, 10, 0.7), event)
    assert progress.phase is phase
    assert progress.step is None


def test_a_run_is_called_by_its_model_or_else_by_its_folder() -> None:
    assert run_title(RunProgress(), "/runs/20260101-lung") == "20260101-lung"
    assert run_title(after(STARTED), "/runs/x") == "lung"
    assert run_title(after(STARTED, RunFinished("best")), "/runs/x") == "best"
