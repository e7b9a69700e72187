"""Every layer of one model, and its class probabilities, from one pass."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cbmir_gui.core.records import ExtractorInfo, FloatArray, ImageArray
from cbmir_gui.features.base import Extractor
from cbmir_gui.features.registry import (
    find_extractor,
    list_extractors,
    open_extractor,
    open_network,
)
from cbmir_gui.imaging.corruptions import Corruption

PROBABILITIES = "probabilities"
FROZEN_PREFIX = "mobilenetv2:"
_BATCH_SIZE = 16


@dataclass(frozen=True, slots=True, eq=False)
class AllLayers:
    """One model as a source of several kinds of features."""

    infos: tuple[ExtractorInfo, ...]
    """Its layers, then its class probabilities if it has a classifier."""
    classes: tuple[str, ...]
    """In the order of the probabilities."""
    preprocess: Callable[[ImageArray], FloatArray]
    run: Callable[[FloatArray], Mapping[str, FloatArray]]
    """Features (num_images, feature_dim) by layer, of a batch of preprocessed ones."""

    def info(self, layer: str) -> ExtractorInfo:
        """Return one of the layers."""
        return next(info for info in self.infos if info.layer == layer)

    def extract(self, inputs: Sequence[FloatArray]) -> dict[str, FloatArray]:
        """Return features (num_images, feature_dim) by layer, of preprocessed images.

        `inputs` holds at least one.
        """
        parts: dict[str, list[FloatArray]] = {info.layer: [] for info in self.infos}
        for start in range(0, len(inputs), _BATCH_SIZE):
            batch = np.stack(inputs[start : start + _BATCH_SIZE])
            for layer, features in self.run(batch).items():
                parts[layer].append(features)
        return {layer: np.concatenate(part) for layer, part in parts.items()}


def open_all_layers(model: str) -> AllLayers:
    """Load a model, or take a built-in extractor as one layer.

    Parameters
    ----------
    model
        Its name, or ``mobilenetv2:FILE``: the frozen ImageNet network whose weights
        are in the file.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    if model.startswith(FROZEN_PREFIX):
        from cbmir_gui.features.frozen_mobilenet import FrozenMobileNet

        return layers_of(FrozenMobileNet(Path(model.removeprefix(FROZEN_PREFIX))))
    default = find_extractor(model)
    if not default.weights_sha256:
        return layers_of(open_extractor(model))
    network = open_network(default.model)
    infos = [info for info in list_extractors() if info.model == default.model]
    layers = tuple(info.layer for info in infos)
    if default.num_classes:
        # Of the first layer: another default layer must not change the key.
        infos.append(_probabilities_of(infos[0]))

    def run(batch: FloatArray) -> Mapping[str, FloatArray]:
        outputs = network.run(batch, layers)
        if outputs.probabilities is None:
            return outputs.features
        return outputs.features | {PROBABILITIES: outputs.probabilities}

    classes = network.card.classes if default.num_classes else ()
    return AllLayers(tuple(infos), classes, network.preprocess, run)


def layers_of(extractor: Extractor) -> AllLayers:
    """Return an extractor without a classifier as a model of one layer."""
    info = extractor.info
    return AllLayers(
        infos=(info,),
        classes=(),
        preprocess=extractor.preprocess,
        run=lambda batch: {info.layer: extractor.extract(batch).features},
    )


def corrupted(
    layers: AllLayers, corruption: Corruption, layer: ExtractorInfo
) -> AllLayers:
    """Return one layer, and the class probabilities, of images that are spoilt first.

    Their keys name the corruption, so that they are never taken for clean ones.
    """
    infos = tuple(
        replace(info, key=f"{info.key}/{corruption.key}")
        for info in layers.infos
        if info.layer in {layer.layer, PROBABILITIES}
    )
    names = {info.layer for info in infos}

    def run(batch: FloatArray) -> Mapping[str, FloatArray]:
        features = layers.run(batch)
        return {name: features[name] for name in names}

    def preprocess(image: ImageArray) -> FloatArray:
        return layers.preprocess(corruption.apply(image))

    return AllLayers(infos, layers.classes, preprocess, run)


def _probabilities_of(info: ExtractorInfo) -> ExtractorInfo:
    return replace(
        info,
        layer=PROBABILITIES,
        feature_dim=info.num_classes,
        key=f"{info.key}/{PROBABILITIES}",
    )
