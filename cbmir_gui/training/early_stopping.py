"""What a training does after an epoch: go on, leave the stage, or end."""

from dataclasses import replace

from cbmir_gui.core.records import EpochReport
from cbmir_gui.training.checkpoints import TrainingState
from cbmir_gui.training.recipe import Recipe


def next_state(
    state: TrainingState, epoch: EpochReport, recipe: Recipe, patience: int
) -> TrainingState:
    """Return where the training stands after `epoch`.

    Each stage has a best epoch of its own, by the validation loss. A stage without a
    better epoch for `patience` epochs gives way to the next one.
    """
    after = replace(
        state,
        next_epoch=epoch.epoch,
        arrays_file=f"checkpoint-{epoch.epoch:03d}.h5",
    )
    if epoch.val_loss < state.best_loss:
        return replace(after, best_epoch=epoch.epoch, best_loss=epoch.val_loss)
    if epoch.epoch - state.best_epoch < patience:
        return after
    index, within = recipe.stage_of(epoch.epoch - 1)
    remaining = recipe.stages[index].num_epochs - within - 1
    return replace(after, next_epoch=epoch.epoch + remaining)
