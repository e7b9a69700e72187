"""Whether a model that is there already is what a training would make."""

from cbmir_gui.core.errors import TrainingError
from cbmir_gui.core.records import TrainRequest
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.model_store import has_weights, load_card, model_folders
from cbmir_gui.services.training_data import data_sha256


def find_saved(request: TrainRequest) -> Card | None:
    """Return the model that an earlier process of a run has saved; None if none has.

    Raises
    ------
    TrainingError
        The model of that name is not of this run.
    DataError, LibraryError, ModelError
        DATA or the card cannot be read.
    """
    if not is_taken(request.name):
        return None
    card = load_card(request.name)
    if not is_made_by(card, request):
        raise name_taken(request.name)
    return card


def is_made_by(card: Card, request: TrainRequest) -> bool:
    """Tell whether a model was asked for so, and learned from the same images."""
    from cbmir_gui.training.described_request import described_request

    if card.training.get("request") != described_request(request):
        return False
    sha256 = card.training.get("data", {}).get("sha256")
    return bool(sha256 == data_sha256(request, has_classes=bool(card.classes)))


def is_taken(name: str) -> bool:
    """Tell whether there is a model of that name, with its weights."""
    folder = model_folders().get(name)
    return folder is not None and has_weights(folder)


def name_taken(name: str) -> TrainingError:
    """Say that another model has the name."""
    return TrainingError(
        f"There is already a model '{name}'. Choose another name, or delete that "
        f"model first."
    )
