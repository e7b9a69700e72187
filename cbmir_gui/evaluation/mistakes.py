"""Which images were given a wrong class, and which classes are mistaken for another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cbmir_gui.evaluation.metrics import Values

MAX_MISCLASSIFIED = 200


@dataclass(frozen=True, slots=True)
class Misclassified:
    """An image whose most probable class is not its own."""

    path: str
    class_name: str
    predicted: str
    probability: float
    """Of the predicted class."""


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """How many images of one class were given another."""

    class_name: str
    predicted: str
    count: int


def misclassified(
    paths: Sequence[str],
    expected: Sequence[str],
    predicted: Sequence[str],
    probabilities: Values,
    correct: Values,
) -> list[Misclassified]:
    """Return the wrong ones, the most confident first, at most 200.

    Parameters
    ----------
    paths, expected, predicted
        Of each query.
    probabilities : (q,)
        Of the predicted class.
    correct : (q,)
        0 where wrong, as `metrics.correctness` gives it: a class that the classifier
        does not have is NaN there, and is not listed.
    """
    wrong = np.flatnonzero(correct == 0)
    order = wrong[np.argsort(-probabilities[wrong], kind="stable")]
    return [
        Misclassified(
            paths[row], expected[row], predicted[row], float(probabilities[row])
        )
        for row in order[:MAX_MISCLASSIFIED].tolist()
    ]


def confused_pairs(
    expected: Sequence[str], answers: Sequence[str], correct: Values
) -> list[ConfusedPair]:
    """Count the wrong answers by class and answer, the most frequent first.

    Parameters
    ----------
    expected, answers
        Class and given class of each query.
    correct : (q,)
        0 where wrong.
    """
    wrong = (correct == 0).tolist()
    counts = Counter(
        pair
        for pair, is_wrong in zip(
            zip(expected, answers, strict=True), wrong, strict=True
        )
        if is_wrong
    )
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [ConfusedPair(*pair, count) for pair, count in ordered]
