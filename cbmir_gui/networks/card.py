"""The card of a trained model: what it is, what it was made from, how good it is.

`card.json` stands beside `weights.h5` in the model's folder. Nothing in it names code:
the architecture is a key of `networks.registry`.
"""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cbmir_gui.core.durability import replace_file, storage_errors
from cbmir_gui.core.errors import ModelDamagedError
from cbmir_gui.core.json_files import read_json

CARD_FILE = "card.json"
FORMAT_VERSION = 1
MAX_CARD_BYTES = 4 * 1024**2
MAX_CLASSES = 10_000
"""A network with more would fill the memory before its weights are looked at."""
INTENDED_USE = (
    "Research and teaching: finding similar images. Not for diagnosis, and not "
    "evaluated for any clinical decision."
)


@dataclass(frozen=True, slots=True)
class Card:
    """One trained model; `classes` are in the order of the network's outputs."""

    name: str
    architecture: str
    variant: str
    classes: tuple[str, ...]
    layers: dict[str, int]
    """Feature dimension by layer name."""
    default_layer: str
    default_metric: str
    preprocessing: str
    input_size_px: int
    weights_sha256: str = ""
    created: str = ""
    """ISO date."""
    training: dict[str, Any] = field(default_factory=dict)
    """Data with counts and hash, split, recipe, seed, epochs, hardware."""
    metrics: dict[str, Any] = field(default_factory=dict)
    """Figures, each group with its protocol."""
    versions: dict[str, str] = field(default_factory=dict)
    intended_use: str = INTENDED_USE
    licences: tuple[str, ...] = ()
    """Of the training data."""
    format_version: int = FORMAT_VERSION


def write_card(folder: Path, card: Card) -> None:
    """Write the card under a temporary name, flush to disk, then rename.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False)
    with storage_errors("The model card"):
        replace_file(folder / CARD_FILE, f"{text}\n")


def read_card(folder: Path) -> Card:
    """Read and check the card of a model folder.

    Raises
    ------
    ModelDamagedError
        The card is missing, not JSON, of a newer format, lacks an entry, or has one
        of a wrong kind.
    """
    path = folder / CARD_FILE
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            raise ModelDamagedError(folder.name, f"{CARD_FILE} is too large")
        stored = read_json(path, MAX_CARD_BYTES)
    except OSError as error:
        raise ModelDamagedError(folder.name, f"{CARD_FILE} is missing") from error
    except ValueError as error:
        raise ModelDamagedError(folder.name, f"{CARD_FILE} is not JSON") from error
    return _checked(stored, folder.name)


def _checked(stored: Any, name: str) -> Card:
    if not isinstance(stored, dict):
        raise ModelDamagedError(name, f"{CARD_FILE} does not hold an object")
    known = {entry.name for entry in fields(Card)}
    values = {key: value for key, value in stored.items() if key in known}
    classes, licences = values.get("classes"), values.get("licences", [])
    version = values.get("format_version", 0)
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ModelDamagedError(name, "it was made by a newer program; update this one")
    try:
        card = Card(**values)
    except TypeError as error:
        raise ModelDamagedError(name, f"{CARD_FILE} lacks an entry") from error
    if not isinstance(classes, list) or not isinstance(licences, list):
        raise _wrong_kind(name)
    card = replace(card, classes=tuple(classes), licences=tuple(licences))
    if not _has_right_kinds(card):
        raise _wrong_kind(name)
    return card


def _has_right_kinds(card: Card) -> bool:
    tables = (card.layers, card.training, card.metrics, card.versions)
    if not all(isinstance(table, dict) for table in tables):
        return False
    texts = (
        *(card.name, card.architecture, card.variant, card.preprocessing),
        *(card.default_layer, card.default_metric, card.weights_sha256, card.created),
        *(card.intended_use, *card.classes, *card.licences),
    )
    sizes = (card.format_version, card.input_size_px, *card.layers.values())
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(size, int) and size > 0 for size in sizes)
        and len(card.classes) <= MAX_CLASSES
        and card.default_layer in card.layers
    )


def _wrong_kind(name: str) -> ModelDamagedError:
    return ModelDamagedError(name, f"{CARD_FILE} has an entry of a wrong kind")
