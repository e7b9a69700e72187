"""Which rows there are: published systems, the papers' rivals, controls, robustness."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.imaging.corruptions import CORRUPTIONS
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.model_store import has_weights, load_card, model_folders
from cbmir_gui.services.compare.handcrafted import (
    CLASSIFIERS,
    ClassifierSystem,
    DiscriminantSystem,
)
from cbmir_gui.services.compare.published import PUBLISHED, PublishedSystem
from cbmir_gui.services.compare.robustness import (
    SOURCE_COLUMN,
    SpoiltQueries,
    WithoutOwnSource,
)
from cbmir_gui.services.compare.row import Retrieval, Row, System
from cbmir_gui.services.compare.scratch import NETWORKS, ScratchSystem
from cbmir_gui.services.compare.tasks import WHOLE, Task
from cbmir_gui.services.compare.trained import (
    BuiltInSystem,
    FrozenSystem,
    MissingSystem,
    ModelSystem,
    RandomSystem,
)
from cbmir_gui.services.search_choices import NO_FILTER, PREDICTED, PRIOR
from cbmir_gui.sources.manifests import read_column

MAIN_TASK = "c18"
"""Where the rivals of the papers are compared; the others get the cheap rows."""
_IMAGENET_FILE = "mobilenetv2_imagenet.npz"
_HANDCRAFTED = {"lbp": "LBP", "hog": "HOG"}
_SEARCHES = {
    NO_FILTER: ("", ""),
    PREDICTED: ("/predicted", ", in the predicted class"),
    PRIOR: ("/prior", ", weighted by the predicted class"),
}
"""Ending of the row's name and of its title."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What decides which rows there are, besides the trained models."""

    manifest: Path
    imagenet: str
    """Weights of the ImageNet MobileNetV2; empty: no such rows."""
    budget_minutes: float


def list_rows(tasks: Sequence[Task], choices: Choices) -> list[Row]:
    """Return every row, in the order of the report."""
    return [row for task in tasks for row in _rows_of(task, choices)]


def choose_rows(rows: Sequence[Row], patterns: Sequence[str]) -> list[Row]:
    """Return the rows that are named, by name or by system; all if none is.

    Parameters
    ----------
    patterns
        e.g. lbp+svm@c18, lbp (on every task), vgg16-c18/*.

    Raises
    ------
    CbmirError
        A pattern fits no row.
    """
    for pattern in patterns:
        if not any(_fits(row, pattern) for row in rows):
            systems = ", ".join(dict.fromkeys(row.system for row in rows))
            raise CbmirError(
                f"There is no row '{pattern}'. Choose some of: {systems}; or write * "
                f"for any letters."
            )
    return [
        row
        for row in rows
        if not patterns or any(_fits(row, pattern) for pattern in patterns)
    ]


def find_imagenet(manifest: Path, named: str) -> str:
    """Return the weights file that is named, or the one beside the data's folder."""
    if named:
        return named
    beside = manifest.absolute().parent.parent / "weights" / _IMAGENET_FILE
    return str(beside) if beside.is_file() else ""


def _fits(row: Row, pattern: str) -> bool:
    return fnmatchcase(row.name, pattern) or fnmatchcase(row.system, pattern)


def _rows_of(task: Task, choices: Choices) -> Iterator[Row]:
    is_main = task.name in {MAIN_TASK, WHOLE.name}
    for published in PUBLISHED:
        if task.name in {published.task, WHOLE.name}:
            yield from _published_rows(task, published)
    if is_main:
        for name, title in NETWORKS.items():
            system = ScratchSystem(name, choices.budget_minutes)
            trained = f"{title}, trained {choices.budget_minutes:g} min"
            yield Row(name, trained, "network", task, Retrieval(system))
        yield from _classifier_rows(task)
    for name, title in _HANDCRAFTED.items():
        yield Row(name, title, "handcrafted", task, Retrieval(BuiltInSystem(name)))
    if choices.imagenet:
        yield from _imagenet_rows(task, choices.imagenet)
    pixels = BuiltInSystem("raw-pixels")
    yield Row("raw-pixels", "raw pixels", "control", task, Retrieval(pixels))
    yield Row("random", "random ranking", "control", task, Retrieval(RandomSystem()))
    if is_main:
        yield from _robustness_rows(task, choices.manifest)


def _published_rows(task: Task, published: PublishedSystem) -> Iterator[Row]:
    model = published.model
    folder = model_folders().get(model)
    if folder is None or not has_weights(folder):
        missing = MissingSystem(model, f"Train it with: {published.command}")
        yield Row(model, published.title, "model", task, Retrieval(missing))
        return
    card = load_card(model)
    for layer in _default_first(card):
        system = ModelSystem(model, layer)
        for class_filter in published.filters:
            ending, searched = _SEARCHES[class_filter]
            yield Row(
                f"{model}/{layer}{ending}",
                f"{published.title}, {layer}{searched}",
                "model",
                task,
                Retrieval(system, class_filter),
            )


def _classifier_rows(task: Task) -> Iterator[Row]:
    for features, title in _HANDCRAFTED.items():
        for classifier, classifier_title in CLASSIFIERS.items():
            system: System = ClassifierSystem(BuiltInSystem(features), classifier)
            yield Row(
                f"{features}+{classifier}",
                f"{title} + {classifier_title}, in the predicted class",
                "handcrafted",
                task,
                Retrieval(system, PREDICTED),
            )


def _imagenet_rows(task: Task, path: str) -> Iterator[Row]:
    frozen = FrozenSystem(path)
    title = "MobileNetV2, ImageNet, frozen"
    yield Row("mobilenetv2", title, "imagenet", task, Retrieval(frozen))
    mapped = DiscriminantSystem(frozen)
    title = f"{title} + LDA"
    yield Row("mobilenetv2+lda", title, "imagenet", task, Retrieval(mapped))


def _robustness_rows(task: Task, manifest: Path) -> Iterator[Row]:
    model = PUBLISHED[0].model
    if model not in model_folders():
        return
    layer = load_card(model).default_layer
    for corruption in CORRUPTIONS:
        yield Row(
            f"{model}/{layer}/{corruption.name}",
            f"{corruption.name.replace('_', ' ')}: {corruption.strength}",
            "robustness",
            task,
            SpoiltQueries(str(manifest), model, layer, corruption.name),
        )
    if any(read_column(manifest, SOURCE_COLUMN).values()):
        yield Row(
            f"{model}/{layer}/other-source",
            "database without the query's source",
            "robustness",
            task,
            WithoutOwnSource(str(manifest), model, layer),
        )


def _default_first(card: Card) -> list[str]:
    return sorted(card.layers, key=lambda layer: layer != card.default_layer)
