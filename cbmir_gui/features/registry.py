"""All extractors by model and layer: trained models, and the built-in ones."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from cbmir_gui.core.errors import CbmirError, LayerNotFoundError, ModelNotFoundError
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.features.base import Extractor
from cbmir_gui.features.extractors.hog import HogExtractor
from cbmir_gui.features.extractors.lbp import LbpExtractor
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor
from cbmir_gui.features.keys import extractor_info
from cbmir_gui.networks.model_store import WEIGHTS_FILE, load_card, model_folders

if TYPE_CHECKING:
    from cbmir_gui.features.keras_features import KerasNetwork

DEFAULT_MODEL = "vgg16-c18"

_BUILT_IN: tuple[Callable[[], Extractor], ...] = (
    RawPixelExtractor,
    LbpExtractor,
    HogExtractor,
)
_networks: dict[tuple[str, str], "KerasNetwork"] = {}
_lock = threading.Lock()


def list_extractors() -> list[ExtractorInfo]:
    """Return every layer of every usable model, then the built-in extractors."""
    found = []
    for name, folder in sorted(model_folders().items()):
        if not (folder / WEIGHTS_FILE).is_file():
            continue  # only its card is here: nothing can be extracted with it
        try:
            card = load_card(name)
            found += [extractor_info(card, layer) for layer in card.layers]
        except CbmirError:
            continue  # `networks.model_store.list_models` says what is wrong with it
    return found + [build().info for build in _BUILT_IN]


def find_extractor(model: str = "", layer: str = "") -> ExtractorInfo:
    """Describe an extractor without loading it; empty names mean the defaults.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError, LayerNotFoundError
    """
    built_in = _find_built_in(model, layer)
    if built_in is not None:
        return built_in.info
    card = load_card(_known_model(model))
    return extractor_info(card, layer or card.default_layer)


def open_extractor(model: str = "", layer: str = "") -> Extractor:
    """Load an extractor; networks stay in memory and are shared by their layers.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError, LayerNotFoundError
    """
    built_in = _find_built_in(model, layer)
    if built_in is not None:
        return built_in
    from cbmir_gui.features.keras_features import KerasExtractor

    # A network in memory may have been loaded before its card was changed.
    info = find_extractor(model, layer)
    return KerasExtractor(open_network(info.model), info.layer)


def open_network(model: str) -> "KerasNetwork":
    """Load a trained network, or return the loaded one if its weights are the same.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    from cbmir_gui.features.keras_features import KerasNetwork

    with _lock:
        key = (model, load_card(model).weights_sha256)
        if key not in _networks:
            _forget(model)
            _networks[key] = KerasNetwork(model)
        return _networks[key]


def close_network(model: str) -> None:
    """Forget a loaded network, so that its memory can be used again."""
    with _lock:
        _forget(model)


def _forget(model: str) -> None:
    for known in [known for known in _networks if known[0] == model]:
        del _networks[known]


def _known_model(model: str) -> str:
    if not model and DEFAULT_MODEL not in model_folders():
        names = ", ".join(sorted({info.model for info in list_extractors()}))
        raise ModelNotFoundError(DEFAULT_MODEL, names)
    return model or DEFAULT_MODEL


def _find_built_in(model: str, layer: str) -> Extractor | None:
    for build in _BUILT_IN:
        extractor = build()
        if extractor.info.model == model:
            if layer not in {"", extractor.info.layer}:
                raise LayerNotFoundError(model, layer, extractor.info.layer)
            return extractor
    return None
