import numpy as np
import pytest

from cbmir_gui.evaluation.labels import Labels
from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.services.class_prior import LEAST, STRENGTH, ClassPrior
from cbmir_gui.services.ranking import Database, QuerySet, rank_queries

KNOWN = ("ct", "mr")


def order(
    probabilities: list[float], distances: list[float], names: list[str]
) -> list[int]:
    prior = ClassPrior(KNOWN, np.array(names))
    given = np.array(probabilities, np.float32)
    return prior.order(given, np.array(distances)).tolist()


def test_the_order_is_the_hand_computed_one() -> None:
    distances = np.array([0.1, 0.2, 0.3, 0.6])
    names = ["mr", "ct", "mr", "ct"]
    probability = {"ct": 0.8, "mr": 0.2}
    similarity = np.exp(-(distances - distances.mean()) / distances.std())
    weight = np.array([(1 - LEAST) * probability[name] + LEAST / 2 for name in names])
    expected = np.argsort(-similarity * weight**STRENGTH)
    assert order([0.8, 0.2], distances.tolist(), names) == expected.tolist()
    # It is neither the order without a prior nor that of the hard filter.
    assert expected.tolist() == [1, 0, 2, 3]


def test_a_rare_confusion_is_recovered() -> None:
    distances = [0.1, 0.11, 0.9, 0.91, 0.92, 0.93]
    names = ["mr", "mr", "ct", "ct", "ct", "ct"]
    assert order([0.9, 0.1], distances, names)[:2] == [0, 1]
    assert order([1.0, 0.0], distances, names)[:4] == [2, 3, 4, 5]


def test_unknown_classes_and_even_probabilities_change_nothing() -> None:
    distances = [0.3, 0.1, 0.2]
    assert order([0.9, 0.1], distances, ["eeg", "", "pet"]) == [1, 2, 0]
    assert order([0.5, 0.5], distances, ["ct", "mr", "ct"]) == [1, 2, 0]
    assert order([0.9, 0.1], distances, ["ct", "ct", "ct"]) == [1, 2, 0]


def test_the_unit_of_the_distance_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    distances = rng.random(50)
    names = rng.choice(KNOWN, 50).tolist()
    scaled = (1000 * distances + 7).tolist()
    assert order([0.7, 0.3], scaled, names) == order(
        [0.7, 0.3], distances.tolist(), names
    )


def test_an_evaluation_weights_its_rankings() -> None:
    """A query of "mr" that looks like "ct" finds its own if the classifier knows."""
    database = Database(
        Labels(["a", "b", "c", "d"], ["ct", "ct", "mr", "mr"], [""] * 4, [""] * 4),
        ExactIndex(np.array([[0.0], [0.1], [0.3], [0.5]], np.float32)),
    )
    features = np.array([[0.05]], np.float32)
    labels = Labels(["q"], ["mr"], [""], [""])

    def average_precision(class_filter: str, probability: float) -> float:
        probabilities = np.array([[1 - probability, probability]], np.float32)
        predicted = [KNOWN[int(probability > 0.5)]]
        queries = QuerySet(labels, features, predicted, probabilities, KNOWN)
        rankings = rank_queries(
            queries, database, "class", "euclidean", class_filter, lambda *_: None
        )
        return float(rankings.measures["mean_average_precision"][0])

    free = (1 / 3 + 2 / 4) / 2
    assert average_precision("off", 0.999) == pytest.approx(free)
    assert average_precision("prior", 0.999) == 1
    assert average_precision("prior", 0.4) == pytest.approx(free)
    assert average_precision("predicted", 0.4) == 0
