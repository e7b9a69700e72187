"""The command that trains a model, as its card tells it."""

import shlex
from typing import Any

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.networks.card import Card

_OPTIONS = {
    "set_name": "--set",
    "splits": "--split",
    "label": "--label",
    "variant": "--variant",
    "recipe": "--recipe",
    "weights": "--weights",
    "trainable": "--trainable",
    "epochs": "--epochs",
    "patience": "--patience",
    "batch_size": "--batch-size",
    "image_size": "--image-size",
    "seed": "--seed",
    "teacher": "--teacher",
}


def training_command(card: Card) -> str:
    """Return the `cbmir train` of a card; what is default there is left out.

    Files are named by their last part, as the card does.
    """
    stored = card.training.get("request")
    request: dict[str, Any] = stored if isinstance(stored, dict) else {}
    usual = TrainRequest("DATA")
    data = str(request.get("data", usual.data))
    words = ["cbmir", "train", data, "--arch", card.architecture]
    for field, option in _OPTIONS.items():
        value = request.get(field, getattr(usual, field))
        value = tuple(value) if isinstance(value, list) else value
        if value != getattr(usual, field):
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words += [option, text]
    if request.get("augment") is False:
        words.append("--no-augment")
    if request.get("second_head"):
        words.append("--second-head")
    return shlex.join([*words, "--name", card.name])
