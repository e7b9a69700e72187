"""How the VGG16 and the autoencoder were trained where they were published."""

from pathlib import Path

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_folder import is_run_folder
from cbmir_gui.training.recipe import Recipe, Stage

_SIZE_PX = 224
_VGG16_EPOCHS = 25
_VGG16_RATE = 1e-4
_AUTOENCODER_RATE = 1e-3
_AUTOENCODER_DECAY = 2e-5


def make_published_recipe(request: TrainRequest) -> Recipe:
    """Return the published recipe of the request's architecture.

    VGG16: at most 25 epochs at 224 px, the best weights kept; the request's patience
    (5 where it says nothing) is the published one. Its optimizer and learning rate are
    not published: Adam at 1e-4, and batch normalisation, folded away afterwards, where
    there are no starting weights.

    Autoencoder: Adam at 1e-3 with a decay of 2e-5 per step, mean squared error. Its
    number of epochs is the request's.

    Both see the images unchanged. A split that the data do not state is drawn by
    group: four fifths to learn from, a tenth of them to stop by, and a fifth to test.

    Raises
    ------
    TrainingError
        The request asks for what was not published.
    """
    if request.second_head or request.teacher:
        raise TrainingError(
            "The published recipe has neither a second head nor a teacher. Leave both "
            "out, or choose the recipe 'ours'."
        )
    if request.image_size not in {0, _SIZE_PX}:
        raise TrainingError(
            f"The published recipe has images of {_SIZE_PX} px; received "
            f"{request.image_size}. Leave the image size out, or choose the recipe "
            f"'ours'."
        )
    if is_run_folder(Path(request.weights)):
        raise TrainingError(
            "The published recipe does not go on from another training. Choose 'none', "
            "'imagenet' or a model, or the recipe 'ours'."
        )
    if request.architecture == "autoencoder":
        return _autoencoder(request)
    return _vgg16(request)


def _vgg16(request: TrainRequest) -> Recipe:
    is_new = request.weights == "none"
    if is_new and request.trainable != "all":
        raise TrainingError(
            f"Without starting weights all layers must be trained; received "
            f"'{request.trainable}'. Choose 'all', or give starting weights."
        )
    stage = Stage(
        image_size_px=_SIZE_PX,
        num_epochs=min(request.epochs, _VGG16_EPOCHS),
        trainable=request.trainable,
        peak_rate=_VGG16_RATE,
        final_rate=_VGG16_RATE,
        batch_size=request.batch_size,
        decay=0.0,
    )
    return Recipe(
        stages=(stage,),
        optimizer="adam",
        weight_decay=0.0,
        label_smoothing=0.0,
        dropout=0.5,
        batch_norm=is_new,
        augment=False,
    )


def _autoencoder(request: TrainRequest) -> Recipe:
    stage = Stage(
        image_size_px=_SIZE_PX,
        num_epochs=request.epochs,
        trainable="all",
        peak_rate=_AUTOENCODER_RATE,
        final_rate=0.0,
        batch_size=request.batch_size,
        decay=_AUTOENCODER_DECAY,
    )
    return Recipe(
        stages=(stage,),
        optimizer="adam",
        weight_decay=0.0,
        label_smoothing=0.0,
        dropout=0.0,
        batch_norm=False,
        augment=False,
    )
