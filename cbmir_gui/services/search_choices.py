"""What a search request leaves open, decided: features, distance and class."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import (
    CbmirError,
    EmptyLibraryError,
    LibraryError,
    LibraryMismatchError,
    LibraryOutdatedError,
    ModelNotFoundError,
)
from cbmir_gui.core.records import METRICS, ExtractorInfo, FloatArray, Metric
from cbmir_gui.core.search_records import Prediction
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.library.library import Library

NO_FILTER = "off"
PREDICTED = "predicted"
PRIOR = "prior"


def choose_extractor(
    library: Library, model: str = "", layer: str = ""
) -> ExtractorInfo:
    """Return the extractor that both the library and this program have.

    Parameters
    ----------
    model, layer
        Empty: the library's default; a model without a layer means the layer that the
        library has of it, its default layer first.

    Raises
    ------
    EmptyLibraryError
        The library has no features at all.
    LibraryMismatchError
        It has none of this model and layer.
    LibraryOutdatedError
        They were made by other weights, or with another preprocessing.
    LibraryError
        The model that made the features is not here.
    ModelNotFoundError, ModelDamagedError, LayerNotFoundError
    """
    offered = library.catalogue.extractors()
    default_key = library.catalogue.default_extractor()
    default = next((info for info in offered if info.key == default_key), None)
    if default is None:
        raise EmptyLibraryError(library.catalogue.name)
    model = model or default.model
    if not layer and model == default.model:
        layer = default.layer
    wanted = _find_held(model, layer, offered)
    if not layer:
        wanted = _of_same_model(offered, wanted)
    held = next((info for info in offered if info.key == wanted.key), None)
    if held is not None and _made_by(held) != _made_by(wanted):
        # The key shortens the hash of the weights; a foreign library may say anything.
        raise LibraryOutdatedError(wanted.model)
    if held is None:
        layers = [info for info in offered if info.model == wanted.model]
        layers.sort(key=lambda info: info.layer != wanted.layer)
        held = layers[0] if layers else default
        if (held.model, held.layer) == (wanted.model, wanted.layer):
            raise LibraryOutdatedError(wanted.model)
        raise LibraryMismatchError(
            f"{held.model} {held.layer}", f"{wanted.model} {wanted.layer}"
        )
    return wanted


def choose_metric(name: str, info: ExtractorInfo) -> Metric:
    """Return the named distance, or the extractor's own where the name is empty.

    Raises
    ------
    CbmirError
        There is no such distance.
    """
    for metric in METRICS:
        if metric == (name or info.metric):
            return metric
    raise CbmirError(
        f"There is no distance '{name}'. Choose one of: {', '.join(METRICS)}."
    )


def choose_class(
    class_filter: str, predicted: Sequence[Prediction], class_names: NDArray[np.str_]
) -> str:
    """Return the class that is searched in, "off", or "prior".

    Parameters
    ----------
    class_filter
        off, predicted, prior (see `class_prior`), or a class.
    predicted
        By falling probability; empty without a classifier.
    class_names : (num_images,)
        Of the library.

    Raises
    ------
    CbmirError
        Nothing was predicted, or the library has no image of the class.
    """
    if class_filter in {"", NO_FILTER}:
        return NO_FILTER
    if class_filter in {PREDICTED, PRIOR} and not predicted:
        raise no_classifier()
    if class_filter == PRIOR:
        return PRIOR
    wanted = predicted[0].class_name if class_filter == PREDICTED else class_filter
    if not (class_names == wanted).any():
        raise CbmirError(
            f"The library has no images of the class '{wanted}'. Search in all classes."
        )
    return wanted


def no_classifier() -> CbmirError:
    """Return what is said where the predicted class is wanted and there is none."""
    return CbmirError(
        "This model predicts no classes, so the search cannot be restricted to "
        "the predicted one, nor weighted by them. Search in all classes, or choose "
        "another model."
    )


def rank_predictions(
    probabilities: FloatArray | None, classes: Sequence[str]
) -> tuple[Prediction, ...]:
    """Return all classes by falling probability.

    Parameters
    ----------
    probabilities : (1, num_classes)
        None without a classifier.
    """
    if probabilities is None:
        return ()
    order = np.argsort(-probabilities[0], kind="stable")
    return tuple(
        Prediction(classes[position], float(probabilities[0, position]))
        for position in order
    )


def _find_held(
    model: str, layer: str, offered: Sequence[ExtractorInfo]
) -> ExtractorInfo:
    """Describe an extractor; say so where only the library knows its model."""
    try:
        return find_extractor(model, layer)
    except ModelNotFoundError as error:
        if model not in {info.model for info in offered}:
            raise
        raise LibraryError(
            f"The features of this library were made by the model '{model}', which is "
            f"not here. Import that model ('cbmir models import'), or extract the "
            f"library with another one ('cbmir library adopt')."
        ) from error


def _made_by(info: ExtractorInfo) -> tuple[str, str, str, int]:
    return info.model, info.layer, info.weights_sha256, info.feature_dim


def _of_same_model(
    offered: Sequence[ExtractorInfo], wanted: ExtractorInfo
) -> ExtractorInfo:
    """Return `wanted`, or another layer of its model if only that is offered."""
    layers = [info.layer for info in offered if info.model == wanted.model]
    if not layers or wanted.layer in layers:
        return wanted
    return find_extractor(wanted.model, layers[0])
