"""What a system says of the images of a task, before anything is measured."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cbmir_gui.core.errors import DataError, ImageReadError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import FailedFile, FloatArray, ImageSource, Metric
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.services.all_layers import PROBABILITIES, AllLayers
from cbmir_gui.services.compare.tasks import TaskData
from cbmir_gui.services.decode_ahead import Decoder, PreparedImage, decode_ahead
from cbmir_gui.services.feature_cache import CachedImages, FeatureCache

_BATCH_IMAGES = 64
_NUM_TIMED = 15
_NUM_WARM_UP = 3


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What every system needs to do its work."""

    decoder: DecoderClient
    progress: Progress


@dataclass(frozen=True, slots=True)
class Cost:
    """What a system costs; None where it does not apply or is not known."""

    num_parameters: int | None = None
    size_mb: float | None = None
    """Of the weights as they are stored, or would be in float16."""
    epochs: float | None = None
    train_seconds: float | None = None
    image_size_px: int | None = None
    inference_ms: float | None = None
    """From decoded pixels to features, one image, median."""
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """Features of database and queries, and the classifier's answers if it has one."""

    database: CachedImages
    """Each content once."""
    queries: CachedImages
    database_features: FloatArray
    query_features: FloatArray
    metric: Metric
    cost: Cost = field(default_factory=Cost)
    predicted: tuple[str, ...] | None = None
    """Of each query."""
    probabilities: FloatArray | None = None
    """(num_queries, num_classes) in the order of `known_classes`."""
    known_classes: tuple[str, ...] = ()

    def part_of_queries(self, rows: Sequence[int]) -> "Embedding":
        """Return the same with some of the queries only."""
        queries = CachedImages(
            tuple(self.queries.sources[row] for row in rows),
            tuple(self.queries.image_ids[row] for row in rows),
            self.queries.failed,
        )
        chosen = np.asarray(rows, np.int64)
        predicted, probabilities = self.predicted, self.probabilities
        return replace(
            self,
            queries=queries,
            query_features=self.query_features[chosen],
            predicted=predicted and tuple(predicted[row] for row in rows),
            probabilities=None if probabilities is None else probabilities[chosen],
        )


def embed_cached(
    layers: AllLayers, layer: str, data: TaskData, tools: Tools
) -> Embedding:
    """Return features that are kept for the next row and the next evaluation.

    Raises
    ------
    DataError
        Nothing of one side can be read.
    LibraryBusyError
        Another evaluation of the model is running.
    """
    info = layers.info(layer)
    with FeatureCache(layers) as cache:
        queries = cache.add(data.queries, tools.decoder, tools.progress)
        database = cache.add(data.database, tools.decoder, tools.progress).distinct()
        _refuse_nothing(database, queries)
        probabilities = None
        if layers.classes:
            probabilities = cache.features(
                queries.image_ids, layers.info(PROBABILITIES)
            )
        return Embedding(
            database=database,
            queries=queries,
            database_features=cache.features(database.image_ids, info),
            query_features=cache.features(queries.image_ids, info),
            metric=_metric(info.metric),
            predicted=_name_classes(probabilities, layers.classes),
            probabilities=probabilities,
            known_classes=layers.classes,
        )


def embed_once(
    layers: AllLayers, layer: str, data: TaskData, tools: Tools
) -> Embedding:
    """Return features that nobody will ask for again.

    Raises
    ------
    DataError
        Nothing of one side can be read.
    """
    queries, of_queries = extract_once(layers, data.queries, tools)
    database, of_database = extract_once(layers, data.database, tools)
    _refuse_nothing(database, queries)
    distinct = database.distinct()
    first = {
        image_id: row for row, image_id in reversed([*enumerate(database.image_ids)])
    }
    rows = [first[image_id] for image_id in distinct.image_ids]
    probabilities = of_queries[PROBABILITIES] if layers.classes else None
    return Embedding(
        database=distinct,
        queries=queries,
        database_features=of_database[layer][rows],
        query_features=of_queries[layer],
        metric=_metric(layers.info(layer).metric),
        predicted=_name_classes(probabilities, layers.classes),
        probabilities=probabilities,
        known_classes=layers.classes,
    )


def extract_once(
    layers: AllLayers, sources: Sequence[ImageSource], tools: Tools
) -> tuple[CachedImages, dict[str, FloatArray]]:
    """Decode and extract; a file that cannot be read is listed.

    Returns
    -------
    What could be read, and its features (num_images, feature_dim) by layer.
    """
    kept: list[tuple[ImageSource, str]] = []
    failed: list[FailedFile] = []
    inputs: list[FloatArray] = []
    parts: dict[str, list[FloatArray]] = {
        info.layer: [np.empty((0, info.feature_dim), np.float32)]
        for info in layers.infos
    }

    def prepare(decoder: Decoder, source: ImageSource) -> PreparedImage:
        image = decoder.decode(Path(source.path), source.frame)
        return PreparedImage(image.info, b"", layers.preprocess(image.pixels))

    def extract() -> None:
        if inputs:
            for layer, features in layers.extract(inputs).items():
                parts[layer].append(features)
            inputs.clear()

    def report() -> None:
        tools.progress(len(kept) + len(failed), len(sources), "Extracting features")

    with closing(decode_ahead(sources, [tools.decoder], prepare, report)) as line:
        for source, outcome in line:
            if isinstance(outcome, ImageReadError):
                failed.append(FailedFile(source.path, str(outcome)))
            else:
                kept.append((source, outcome.info.image_id))
                inputs.append(outcome.network_input)
            if len(inputs) >= _BATCH_IMAGES:
                extract()
            report()
    extract()
    images = CachedImages(
        tuple(source for source, _ in kept),
        tuple(image_id for _, image_id in kept),
        tuple(failed),
    )
    return images, {layer: np.concatenate(part) for layer, part in parts.items()}


def _name_classes(
    probabilities: FloatArray | None, classes: Sequence[str]
) -> tuple[str, ...] | None:
    """Return the most probable class of each row."""
    if probabilities is None:
        return None
    return tuple(classes[position] for position in probabilities.argmax(axis=1))


def time_inference(layers: AllLayers, data: TaskData, tools: Tools) -> float | None:
    """Return the median ms from decoded pixels to features, one image at a time.

    None where no query can be read.
    """
    times: list[float] = []
    for source in data.queries[: _NUM_TIMED + _NUM_WARM_UP]:
        try:
            pixels = tools.decoder.decode(Path(source.path), source.frame).pixels
        except ImageReadError:
            continue
        started = time.perf_counter()
        layers.run(layers.preprocess(pixels)[np.newaxis])
        times.append((time.perf_counter() - started) * 1000)
    measured = times[_NUM_WARM_UP:] or times
    return float(f"{np.median(measured):.3g}") if measured else None


def float16_mb(num_parameters: int) -> float:
    """Return the size of weights as this program stores them."""
    return round(num_parameters * 2 / 1e6, 1)


def _refuse_nothing(database: CachedImages, queries: CachedImages) -> None:
    if not database.sources or not queries.sources:
        side = "queries" if database.sources else "database images"
        raise DataError(
            f"None of the {side} can be read. Check the paths in the manifest."
        )


def _metric(name: str) -> Metric:
    return "euclidean" if name == "euclidean" else "cosine"
