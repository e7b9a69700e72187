"""Trained models as a user handles them: list, show, verify, delete."""

import configparser

from cbmir_gui.core.errors import ModelError
from cbmir_gui.core.paths import checkout, models_dir
from cbmir_gui.core.records import LibraryInfo, ModelInfo
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.weights_file import read_weights
from cbmir_gui.services.libraries import list_libraries


def list_models() -> list[ModelInfo]:
    """Return all models by name, those that cannot be used too."""
    return model_store.list_models()


def load_card(name: str) -> Card:
    """Return the card of a model.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    return model_store.load_card(name)


def verify_model(name: str) -> Card:
    """Check that card and weights agree, and that every array can be read.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    card = model_store.verify_model(name)
    read_weights(model_store.find_model(name) / model_store.WEIGHTS_FILE, name)
    return card


def delete_model(name: str) -> None:
    """Delete a model that was trained or imported here, and that no library needs.

    What evaluations of it have kept is deleted, too.

    Raises
    ------
    ModelError
        There is no such model, it came with the program, or a library that has a plain
        name uses it by default.
    StorageError
        Its folder cannot be changed.
    """
    # Loaded here: to list models takes none of it.
    from cbmir_gui.features.registry import close_network
    from cbmir_gui.services.feature_cache import drop_cache

    if _came_with_the_program(name):
        raise ModelError(
            f"The model '{name}' came with the program and is not deleted. "
            f"Uninstall the program to remove it."
        )
    users = [info.name for info in list_libraries() if _uses(info, name)]
    if users:
        named = ", ".join(f"'{user}'" for user in users)
        raise ModelError(
            f"The model '{name}' is not deleted: without it, queries of the library "
            f"{named} could not be answered. Roll the library back or let it adopt "
            f"another model first."
        )
    close_network(name)
    model_store.delete_model(name)
    drop_cache(name)


def _uses(library: LibraryInfo, model: str) -> bool:
    return any(
        extractor.model == model and extractor.key == library.default_extractor
        for extractor in library.extractors
    )


def _came_with_the_program(name: str) -> bool:
    """Tell what is installed, or committed in a checkout, from what was made here."""
    folder = model_store.find_model(name)
    if folder.parent != models_dir():
        return True
    root = checkout()
    if root is None or folder.parent != root / "trained_models":
        return False
    project = configparser.ConfigParser()
    project.read(root / "setup.cfg", encoding="utf-8")
    shipped = project["options.data_files"]
    return f"share/cbmir/trained_models/{name}".lower() in shipped
