"""The network and the objective that a request asks for."""

from pathlib import Path

import keras

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_folder import can_resume
from cbmir_gui.networks.autoencoder import build_autoencoder
from cbmir_gui.networks.dcnn import build_dcnn
from cbmir_gui.networks.precision import keras_policy
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.vgg16 import INPUT_SIZE_PX, build_vgg16
from cbmir_gui.training.datasets import TrainingData
from cbmir_gui.training.objectives import (
    Classification,
    GrayClassification,
    JointClassification,
    Objective,
    Reconstruction,
)
from cbmir_gui.training.recipe import Recipe, make_recipe
from cbmir_gui.training.second_head import add_second_head
from cbmir_gui.training.starting_weights import assign_fitting, load_starting_weights


def check_request(request: TrainRequest, folder: Path | None = None) -> None:
    """Refuse early what would otherwise be refused after all images are read.

    Parameters
    ----------
    folder
        Of the run, where it may go on from a checkpoint.

    Raises
    ------
    TrainingError
        No such architecture or variant, a number cannot be used, or there are no
        such starting weights.
    ModelDamagedError
        The starting weights cannot be read.
    """
    architecture = ARCHITECTURES.get(request.architecture)
    if architecture is None or request.variant not in architecture.variants:
        raise TrainingError(
            f"There is no architecture '{request.architecture}' with the variant "
            f"'{request.variant}'. Choose one of: {_choices()}."
        )
    make_recipe(request)
    if _needs_start(request, folder):
        load_starting_weights(request.weights)


def _needs_start(request: TrainRequest, folder: Path | None) -> bool:
    """Whether the starting weights are read: a checkpoint may hold all layers.

    That of a head does not hold the frozen ones.
    """
    if request.weights == "none":
        return False
    return request.trainable == "head" or folder is None or not can_resume(folder)


def _choices() -> str:
    return ", ".join(
        f"{name} ({' or '.join(architecture.variants)})"
        for name, architecture in ARCHITECTURES.items()
    )


def build_network(
    request: TrainRequest,
    recipe: Recipe,
    data: TrainingData,
    folder: Path | None = None,
) -> keras.Model:
    """Build the network in this machine's precision, with its starting weights.

    Parameters
    ----------
    request
        One that `check_request` accepts.
    folder
        As there.

    Raises
    ------
    TrainingError
        The starting weights do not fit.
    """
    keras.config.set_dtype_policy(keras_policy())
    keras.utils.set_random_seed(request.seed)
    if request.architecture == "autoencoder":
        model = build_autoencoder()
    elif request.architecture == "dcnn":
        model = build_dcnn(
            len(data.classes),
            variant=request.variant,
            batch_norm=recipe.batch_norm,
            published_start=request.recipe == "published",
            dropout=recipe.dropout,
        )
    else:
        fixed = INPUT_SIZE_PX if request.variant == "paper" else None
        model = build_vgg16(
            len(data.classes),
            variant=request.variant,
            batch_norm=recipe.batch_norm,
            image_size=fixed,
            dropout=recipe.dropout,
        )
        if request.second_head or request.teacher:
            num_fine = len(data.fine_classes) if request.second_head else 0
            model = add_second_head(model, num_fine, bool(request.teacher))
    if _needs_start(request, folder):
        arrays = load_starting_weights(request.weights)
        assign_fitting(model, arrays, recipe.stages[0].trainable)
    return model


def make_objective(
    request: TrainRequest, recipe: Recipe, data: TrainingData
) -> Objective:
    """Return what the architecture is trained for."""
    if request.architecture == "autoencoder":
        return Reconstruction()
    if request.architecture == "dcnn":
        return GrayClassification(len(data.classes), recipe.label_smoothing)
    if request.second_head or request.teacher:
        return JointClassification(
            len(data.classes), len(data.fine_classes), recipe.label_smoothing
        )
    return Classification(len(data.classes), recipe.label_smoothing)
