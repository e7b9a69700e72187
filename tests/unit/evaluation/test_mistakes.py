import numpy as np

from cbmir_gui.evaluation.metrics import correctness
from cbmir_gui.evaluation.mistakes import (
    MAX_MISCLASSIFIED,
    ConfusedPair,
    Misclassified,
    confused_pairs,
    misclassified,
)

EXPECTED = ["a", "a", "b", "b", "z", "a"]
PREDICTED = ["a", "b", "a", "b", "a", "b"]
CORRECT = correctness(EXPECTED, PREDICTED, ["a", "b"])


def test_the_most_confident_mistake_comes_first() -> None:
    paths = [f"{number}.png" for number in range(6)]
    probabilities = np.array([0.9, 0.4, 0.8, 0.7, 0.99, 0.6])
    wrong = misclassified(paths, EXPECTED, PREDICTED, probabilities, CORRECT)
    # 4.png has a class that the classifier cannot know.
    assert wrong == [
        Misclassified("2.png", "b", "a", 0.8),
        Misclassified("5.png", "a", "b", 0.6),
        Misclassified("1.png", "a", "b", 0.4),
    ]


def test_only_the_first_mistakes_are_listed() -> None:
    num = MAX_MISCLASSIFIED + 5
    probabilities = np.linspace(0.5, 1, num)
    wrong = misclassified(
        [""] * num, ["a"] * num, ["b"] * num, probabilities, np.zeros(num)
    )
    assert len(wrong) == MAX_MISCLASSIFIED
    assert wrong[0].probability == 1


def test_pairs_are_counted_by_direction_the_most_frequent_first() -> None:
    assert confused_pairs(EXPECTED, PREDICTED, CORRECT) == [
        ConfusedPair("a", "b", 2),
        ConfusedPair("b", "a", 1),
    ]
