"""What is said of a training run: how it is going, and how it ended."""

from PySide6.QtCore import QCoreApplication, QLocale

from cbmir_gui.gui.counted import images_text
from cbmir_gui.gui.retrain.run_progress import ENDED, Phase, RunProgress
from cbmir_gui.gui.widgets.message_bar import Severity


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunWords", text)


def state_text(progress: RunProgress, *, stopping: bool, pausing: bool) -> str:
    """Return what the run does now.

    Parameters
    ----------
    progress
    stopping, pausing
        The user has asked for it; the run may not have heard of it yet.
    """
    if stopping and progress.phase not in ENDED:
        if progress.best() is None or progress.is_reading():
            return _tr("Stopping; there will be no new model …")
        return _tr("Stopping; the best weights are being kept …")
    if progress.is_paused:
        return _tr("Going on …") if pausing else _tr("Paused; nothing is lost")
    match progress.phase:
        case Phase.READING | Phase.PREPARING if pausing:
            return _tr("Pausing after these images …")
        case Phase.STARTING:
            return _tr("Starting …")
        case Phase.READING:
            return _tr("Reading images: {done} of {total}").format(
                done=QLocale().toString(progress.num_read),
                total=QLocale().toString(progress.num_to_read),
            )
        case Phase.PREPARING:
            return _tr("Preparing what is learned from: {done} of {total}").format(
                done=QLocale().toString(progress.num_read),
                total=QLocale().toString(progress.num_to_read),
            )
        case Phase.LEARNING if pausing:
            return _tr("Pausing after this step …")
        case Phase.LEARNING:
            return _learning_text(progress)
        case Phase.SAVING:
            return _tr("Measuring and saving the best weights …")
        case Phase.FINISHED:
            return _tr("Finished")
        case Phase.STOPPED:
            return _tr("Stopped")
        case Phase.FAILED:
            return _tr("Ended with a problem")


def stopping_text(progress: RunProgress) -> str:
    """Return what is left of the run if it is stopped now."""
    best = progress.best()
    if best is None:
        return _tr("No epoch has ended yet: there would be no model of this training.")
    if progress.is_reading():
        return _tr(
            "The learning has not gone on yet: there would be no new model. What was "
            "learned before is kept."
        )
    return _tr("The best weights so far, of epoch {epoch}, become the model.").format(
        epoch=best.epoch
    )


def ending(progress: RunProgress) -> tuple[str, Severity]:
    """Return how a run has ended, and how grave that is."""
    if progress.phase is Phase.FAILED:
        return progress.message, "error"
    if progress.message:
        return progress.message, "warning"
    if not progress.model:
        return _tr("The training was stopped; there is no new model."), "info"
    name = progress.model
    return _tr("The model “{name}” is ready.").format(name=name), "success"


def _learning_text(progress: RunProgress) -> str:
    number = QLocale().toString
    text = _tr("Learning from {images}").format(images=images_text(progress.num_train))
    if not progress.lowered_batch:
        return text
    lowered = _tr("{text}, {size} at once: there is no memory for more")
    return lowered.format(text=text, size=number(progress.lowered_batch))
