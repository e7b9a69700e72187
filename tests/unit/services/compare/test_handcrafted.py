import numpy as np
import pytest

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.progress import no_progress
from cbmir_gui.core.records import ImageSource
from cbmir_gui.services.compare.embedding import Embedding, Tools
from cbmir_gui.services.compare.handcrafted import (
    CLASSIFIERS,
    DiscriminantSystem,
    fit_classifier,
)
from cbmir_gui.services.feature_cache import CachedImages

TOOLS = Tools(decoder=None, progress=no_progress)


def images(classes: list[str], splits: list[str]) -> CachedImages:
    sources = tuple(
        ImageSource(f"/{number}", class_name=name, split=split)
        for number, (name, split) in enumerate(zip(classes, splits, strict=True))
    )
    return CachedImages(sources, tuple(source.path for source in sources), ())


def embedding(num_noise: int = 0) -> Embedding:
    """Return two classes that one dimension tells apart, and dimensions of noise."""
    random = np.random.default_rng(0)
    classes = ["a", "b"] * 40
    features = random.standard_normal((80, 1 + num_noise)).astype(np.float32)
    features[:, 0] = 0.2 * features[:, 0] + np.array([0, 2] * 40)
    return Embedding(
        database=images(classes[:60], ["train"] * 40 + ["val"] * 20),
        queries=images(classes[60:], ["test"] * 20),
        database_features=features[:60],
        query_features=features[60:],
        metric="cosine",
    )


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_learns_what_can_be_learned(name: str) -> None:
    given = embedding(num_noise=3)
    fitted = fit_classifier(name, given, TOOLS)
    assert fitted.accuracy > 0.9
    assert fitted.size_mb >= 0
    predicted = fitted.model.predict(given.query_features)
    expected = [source.class_name for source in given.queries.sources]
    assert np.mean(predicted == expected) > 0.9


def test_val_is_not_learned_from() -> None:
    given = embedding()
    wrong = given.database_features.copy()
    wrong[40:] = 2 - wrong[40:]
    swapped = Embedding(
        given.database, given.queries, wrong, given.query_features, "cosine"
    )
    assert fit_classifier("tree", swapped, TOOLS).accuracy < 0.1


def test_one_class_cannot_be_learned() -> None:
    given = embedding()
    alone = Embedding(
        images(["a"] * 60, ["train"] * 60),
        given.queries,
        given.database_features,
        given.query_features,
        "cosine",
    )
    with pytest.raises(DataError, match="at least two classes"):
        fit_classifier("tree", alone, TOOLS)


class Given:
    """A system that has been embedded."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding

    def fingerprint(self) -> str:
        return "given"

    def embed(self, data: object, tools: object) -> Embedding:
        return self._embedding


def test_a_linear_map_suppresses_what_does_not_tell_classes_apart() -> None:
    system = DiscriminantSystem(Given(embedding(num_noise=20)))
    mapped = system.embed(None, TOOLS)
    assert mapped.database_features.shape == (60, 1)
    assert mapped.query_features.dtype == np.float32
    expected = [source.class_name for source in mapped.queries.sources]
    assert np.mean(np.array(mapped.predicted) == expected) > 0.8
    assert system.fingerprint() == "given+lda-0.05"
