"""What is trained when, at which size and rate: the recipes of each architecture."""

import math
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_folder import is_run_folder

_FULL_SIZE_PX = 224
_SMALLEST_SIZE_PX = 32
"""Five poolings leave one pixel of it."""
_TRAINABLE = frozenset({"head", "block5", "all"})
_RECIPES = frozenset({"ours", "published"})
_NUM_SEEDS = 2**32
"""What NumPy's and TensorFlow's global generators take."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Some epochs at one image size with one set of trainable layers."""

    image_size_px: int
    num_epochs: int
    trainable: str
    """head, block5 or all."""
    peak_rate: float
    """Learning rate at the start of the stage's cosine (after its warm-up)."""
    final_rate: float
    """At the end of the cosine; of no use with `decay`."""
    batch_size: int
    warm_up_steps: int = 0
    recalibrate: bool = False
    """Pass some images through the frozen layers first, so that their batch
    normalisation knows the new size."""
    decay: float | None = None
    """Instead of the cosine: peak / (1 + decay * step), as the argument `decay` of
    Keras's optimizers was; 0 is a constant rate."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The stages in order, and what does not change between them."""

    stages: tuple[Stage, ...]
    optimizer: str
    """adamw, adam, sgd (Nesterov momentum 0.9) or plain-sgd."""
    weight_decay: float
    label_smoothing: float
    dropout: float
    batch_norm: bool
    augment: bool = True
    """False: the images are never changed, whatever the request says."""

    @property
    def num_epochs(self) -> int:
        """Epochs of all stages together."""
        return sum(stage.num_epochs for stage in self.stages)

    def stage_of(self, epoch: int) -> tuple[int, int]:
        """Return (stage index, epoch within the stage), both from 0.

        `epoch` counts from 0 over all stages.
        """
        for index, stage in enumerate(self.stages):
            if epoch < stage.num_epochs:
                return index, epoch
            epoch -= stage.num_epochs
        raise IndexError(f"The recipe has {self.num_epochs} epochs.")


def learning_rate(stage: Stage, step: int, num_steps: int) -> float:
    """Follow a cosine from `peak_rate` to `final_rate`, after a linear warm-up.

    With `decay` the rate falls with the inverse of time instead.
    """
    if stage.decay is not None:
        return stage.peak_rate / (1.0 + stage.decay * step)
    if step < stage.warm_up_steps:
        return stage.peak_rate * (step + 1) / stage.warm_up_steps
    share = (step - stage.warm_up_steps) / max(1, num_steps - stage.warm_up_steps)
    wave = 0.5 * (1.0 + math.cos(math.pi * min(1.0, share)))
    return stage.final_rate + (stage.peak_rate - stage.final_rate) * wave


def make_recipe(request: TrainRequest) -> Recipe:
    """Choose the recipe for a request.

    VGG16 without starting weights learns small and finishes at 224 px with the lower
    blocks frozen; from an earlier training it learns on in the same way, with larger
    images and smaller steps; with other starting weights it is fine-tuned at 224 px.
    For the recipes of the publications see `published_recipes`, for the DCNN
    `dcnn_recipe`.

    Raises
    ------
    TrainingError
        A number or a choice of the request cannot be used.
    """
    _refuse_nonsense(request)
    if request.architecture == "dcnn":
        from cbmir_gui.training.dcnn_recipe import make_dcnn_recipe

        return make_dcnn_recipe(request)
    if request.recipe == "published":
        from cbmir_gui.training.published_recipes import make_published_recipe

        return make_published_recipe(request)
    if request.architecture == "autoencoder":
        return _autoencoder_recipe(request)
    if request.weights == "none":
        return _from_scratch_recipe(request)
    if is_run_folder(Path(request.weights)):
        return _continued_recipe(request)
    return _fine_tuning_recipe(request)


def _refuse_nonsense(request: TrainRequest) -> None:
    if request.epochs < 1 or request.batch_size < 2:
        raise TrainingError(
            f"Training needs at least 1 epoch and batches of 2 or more images; "
            f"received {request.epochs} and {request.batch_size}."
        )
    if request.patience < 1:
        raise TrainingError(
            f"The patience must be at least 1 epoch; received {request.patience}."
        )
    if not 0 <= request.seed < _NUM_SEEDS:
        raise TrainingError(
            f"The seed must be from 0 to {_NUM_SEEDS - 1}; received {request.seed}."
        )
    if request.trainable not in _TRAINABLE:
        raise TrainingError(
            f"What is trained must be 'head', 'block5' or 'all'; received "
            f"'{request.trainable}'."
        )
    if request.architecture == "autoencoder" and request.trainable != "all":
        raise TrainingError(
            f"The autoencoder has no head: all its layers learn; received "
            f"'{request.trainable}'. Choose 'all'."
        )
    if request.recipe not in _RECIPES:
        raise TrainingError(
            f"The recipe must be 'ours' or 'published'; received '{request.recipe}'."
        )
    if (request.second_head or request.teacher) and (
        request.architecture != "vgg16" or request.variant != "default"
    ):
        raise TrainingError(
            "Only the default VGG16 learns with a second head or a teacher. Leave "
            "both out."
        )
    _refuse_image_size(request)


def _refuse_image_size(request: TrainRequest) -> None:
    if request.image_size in {0, _FULL_SIZE_PX}:
        return
    if request.architecture != "vgg16" or request.variant == "paper":
        raise TrainingError(
            f"This network takes images of {_FULL_SIZE_PX} px only; received "
            f"{request.image_size}. Leave the image size out."
        )
    if request.image_size < _SMALLEST_SIZE_PX:
        raise TrainingError(
            f"The images must be at least {_SMALLEST_SIZE_PX} px; received "
            f"{request.image_size}."
        )


def _from_scratch_recipe(request: TrainRequest) -> Recipe:
    if request.trainable != "all":
        raise TrainingError(
            f"Without starting weights all layers must be trained; received "
            f"'{request.trainable}'. Choose 'all', or give starting weights."
        )
    paper_size = _FULL_SIZE_PX if request.variant == "paper" else 0
    one_size = request.image_size or paper_size
    finish = 2 if request.epochs >= 8 and not one_size else 0
    middle = 0 if one_size else round((request.epochs - finish) * 0.4)
    small = request.epochs - finish - middle
    first_size = one_size or 64
    batch = request.batch_size
    stages = [Stage(first_size, small, "all", 1e-3, 3e-4, batch, warm_up_steps=100)]
    if middle:
        stages.append(Stage(96, middle, "all", 6e-4, 2e-5, batch, warm_up_steps=20))
    if finish:
        stages.append(
            Stage(_FULL_SIZE_PX, finish, "block5", 1e-4, 1e-6, batch, recalibrate=True)
        )
    return Recipe(
        stages=tuple(stages),
        optimizer="adamw",
        weight_decay=0.02,
        label_smoothing=0.1,
        dropout=0.2,
        batch_norm=True,
    )


def _continued_recipe(request: TrainRequest) -> Recipe:
    """Go on from a network that still has its batch normalisation."""
    if request.trainable != "all" or request.variant == "paper":
        raise TrainingError(
            "Going on from an earlier training needs the default variant and all "
            "layers trainable. Leave both choices out, or start from a model."
        )
    batch = request.batch_size
    if request.image_size:
        only = Stage(
            request.image_size,
            request.epochs,
            "all",
            4e-4,
            1e-5,
            batch,
            warm_up_steps=50,
        )
        stages = [only]
    else:
        finish = 1 if request.epochs >= 3 else 0
        middle = request.epochs // 4 if finish else 0
        small = request.epochs - middle - finish
        stages = [Stage(96, small, "all", 4e-4, 1e-4, batch, warm_up_steps=50)]
        if middle:
            stages.append(Stage(144, middle, "all", 1e-4, 2e-5, batch))
        if finish:
            stages.append(
                Stage(_FULL_SIZE_PX, finish, "block5", 3e-5, 1e-6, batch, 0, True)
            )
    return Recipe(tuple(stages), "adamw", 0.02, 0.1, 0.2, batch_norm=True)


def _fine_tuning_recipe(request: TrainRequest) -> Recipe:
    rate = 1e-3 if request.trainable == "head" else 1e-4
    stage = Stage(
        request.image_size or _FULL_SIZE_PX,
        request.epochs,
        request.trainable,
        rate,
        rate / 50,
        request.batch_size,
        warm_up_steps=20,
    )
    return Recipe((stage,), "adamw", 1e-3, 0.05, 0.3, batch_norm=False)


def _autoencoder_recipe(request: TrainRequest) -> Recipe:
    stage = Stage(_FULL_SIZE_PX, request.epochs, "all", 1e-3, 1e-5, request.batch_size)
    return Recipe((stage,), "adam", 0.0, 0.0, 0.0, batch_norm=False)
