"""Systems that exist before the comparison: trained models and built-in features."""

import math
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import FloatArray
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.networks.model_store import (
    WEIGHTS_FILE,
    find_model,
    load_card,
    verify_model,
)
from cbmir_gui.networks.weights_file import read_weights, sha256_of
from cbmir_gui.services.all_layers import layers_of, open_all_layers
from cbmir_gui.services.compare.embedding import (
    Cost,
    Embedding,
    Tools,
    embed_cached,
    float16_mb,
    time_inference,
)
from cbmir_gui.services.compare.tasks import TaskData

_RANDOM_DIM = 32


@dataclass(frozen=True, slots=True)
class ModelSystem:
    """One layer of a trained model."""

    model: str
    layer: str

    def fingerprint(self) -> str:
        """Return the extractor and its metric."""
        info = find_extractor(self.model, self.layer)
        return f"{info.key} {info.metric}"

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Extract, or take what was extracted before."""
        verify_model(self.model)
        layers = open_all_layers(self.model)
        embedding = embed_cached(layers, self.layer, data, tools)
        inference_ms = time_inference(layers, data, tools)
        cost = replace(model_cost(self.model), inference_ms=inference_ms)
        return replace(embedding, cost=cost)


@dataclass(frozen=True, slots=True)
class MissingSystem:
    """A published system that nobody has trained here."""

    model: str
    cure: str

    def fingerprint(self) -> str:
        """Say what is missing."""
        raise self._error()

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Say what is missing."""
        raise self._error()

    def _error(self) -> CbmirError:
        return CbmirError(f"There is no trained model '{self.model}'. {self.cure}")


@dataclass(frozen=True, slots=True)
class BuiltInSystem:
    """Features that need no training."""

    model: str

    def fingerprint(self) -> str:
        """Return the extractor's key."""
        return find_extractor(self.model).key

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Extract, or take what was extracted before."""
        layers = open_all_layers(self.model)
        embedding = embed_cached(layers, layers.infos[0].layer, data, tools)
        cost = Cost(inference_ms=time_inference(layers, data, tools))
        return replace(embedding, cost=cost)


@dataclass(frozen=True, slots=True)
class RandomSystem:
    """Features that know nothing: what chance finds."""

    seed: int = 1

    def fingerprint(self) -> str:
        """Return the seed."""
        return f"random-{self.seed}-{_RANDOM_DIM}"

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Draw a vector for each image, from its content's hash."""
        # The cheapest extractor says which files can be read, and who they are.
        layers = open_all_layers("raw-pixels")
        embedding = embed_cached(layers, layers.infos[0].layer, data, tools)
        return Embedding(
            database=embedding.database,
            queries=embedding.queries,
            database_features=self._draw(embedding.database.image_ids),
            query_features=self._draw(embedding.queries.image_ids),
            metric="euclidean",
        )

    def _draw(self, image_ids: tuple[str, ...]) -> FloatArray:
        vectors = [
            np.random.default_rng(
                [self.seed, zlib.crc32(image_id.encode())]
            ).standard_normal(_RANDOM_DIM)
            for image_id in image_ids
        ]
        return np.array(vectors, np.float32)


@dataclass(frozen=True, slots=True)
class FrozenSystem:
    """The frozen ImageNet MobileNetV2 of a file."""

    path: str

    def fingerprint(self) -> str:
        """Return the hash of the file."""
        return f"mobilenetv2-{_hash_file(Path(self.path))}"

    def embed(self, data: TaskData, tools: Tools) -> Embedding:
        """Extract, or take what was extracted before."""
        from cbmir_gui.features.frozen_mobilenet import FrozenMobileNet

        extractor = FrozenMobileNet(Path(self.path))
        layers = layers_of(extractor)
        embedding = embed_cached(layers, extractor.info.layer, data, tools)
        cost = Cost(
            num_parameters=extractor.num_parameters,
            size_mb=float16_mb(extractor.num_parameters),
            inference_ms=time_inference(layers, data, tools),
            note="trained on ImageNet, frozen",
        )
        return replace(embedding, cost=cost)


def model_cost(model: str) -> Cost:
    """Return what the card and the files of a trained model say.

    Raises
    ------
    ModelNotFoundError, ModelDamagedError
    """
    path = find_model(model) / WEIGHTS_FILE
    training = load_card(model).training
    arrays = read_weights(path, model)
    return Cost(
        num_parameters=sum(math.prod(array.shape) for array in arrays.values()),
        size_mb=round(path.stat().st_size / 1e6, 1),
        epochs=training.get("num_epochs"),
        train_seconds=training.get("seconds"),
        image_size_px=training.get("best_image_size_px"),
        note=str(training.get("notes", "")),
    )


def _hash_file(path: Path) -> str:
    if not path.is_file():
        raise CbmirError(
            f"There is no file '{path.name}'. Name the weights with --imagenet, or "
            f"leave these rows out."
        )
    return sha256_of(path)
