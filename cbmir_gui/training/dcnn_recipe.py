"""How the DCNN is trained: as published, or so that it learns."""

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.networks.dcnn import SQUARE_SIZE_PX
from cbmir_gui.training.recipe import Recipe, Stage

_PUBLISHED_RATE = 1e-4
_PUBLISHED_EPOCHS = 30


def make_dcnn_recipe(request: TrainRequest) -> Recipe:
    """Choose the recipe for a request.

    "published": stochastic gradient descent at 1e-4, at most 30 epochs, negative
    log-likelihood, no changes to the images, the Gaussian start of
    `networks.dcnn.build_dcnn`. Momentum and batch size are not published: there is
    none, and the request's counts.

    "ours" without starting weights: He's start, batch normalisation (folded away at the
    end), AdamW with a warm-up and a cosine, smoothed labels, changed images; with
    starting weights: fine-tuning with small steps.

    Raises
    ------
    TrainingError
        A choice of the request does not go with the DCNN.
    """
    _refuse_other_starts(request)
    if request.recipe == "published":
        return _published(request)
    if request.weights == "none":
        return _from_scratch(request)
    return _fine_tuning(request)


def _refuse_other_starts(request: TrainRequest) -> None:
    if request.weights == "imagenet":
        raise TrainingError(
            "There are no ImageNet weights of the DCNN. Choose 'none', or a DCNN that "
            "was trained here."
        )
    if request.weights == "none" and request.trainable != "all":
        raise TrainingError(
            f"Without starting weights all layers must be trained; received "
            f"'{request.trainable}'. Choose 'all', or give starting weights."
        )
    if request.recipe == "published" and request.weights != "none":
        raise TrainingError(
            "The published recipe starts from random weights; received "
            "starting weights. Choose 'none', or the other recipe."
        )


def _published(request: TrainRequest) -> Recipe:
    stage = Stage(
        image_size_px=SQUARE_SIZE_PX,
        num_epochs=min(request.epochs, _PUBLISHED_EPOCHS),
        trainable="all",
        peak_rate=_PUBLISHED_RATE,
        final_rate=_PUBLISHED_RATE,
        batch_size=request.batch_size,
    )
    return Recipe(
        stages=(stage,),
        optimizer="plain-sgd",
        weight_decay=0.0,
        label_smoothing=0.0,
        dropout=0.5,
        batch_norm=False,
        augment=False,
    )


def _from_scratch(request: TrainRequest) -> Recipe:
    stage = Stage(
        image_size_px=SQUARE_SIZE_PX,
        num_epochs=request.epochs,
        trainable="all",
        peak_rate=5e-4,
        final_rate=5e-6,
        batch_size=request.batch_size,
        warm_up_steps=100,
    )
    return Recipe(
        stages=(stage,),
        optimizer="adamw",
        weight_decay=0.02,
        label_smoothing=0.1,
        dropout=0.5,
        batch_norm=True,
    )


def _fine_tuning(request: TrainRequest) -> Recipe:
    rate = 1e-3 if request.trainable == "head" else 1e-4
    stage = Stage(
        image_size_px=SQUARE_SIZE_PX,
        num_epochs=request.epochs,
        trainable=request.trainable,
        peak_rate=rate,
        final_rate=rate / 50,
        batch_size=request.batch_size,
        warm_up_steps=20,
    )
    return Recipe(
        stages=(stage,),
        optimizer="adamw",
        weight_decay=1e-3,
        label_smoothing=0.05,
        dropout=0.5,
        batch_norm=False,
    )
