import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, precision_recall_fscore_support
from sklearn.metrics import confusion_matrix as reference_confusion_matrix

from cbmir_gui.evaluation.classification import (
    classification_figures,
    figures_of_matrix,
)

CLASSES = ("a", "b", "c")
TRUE = list("aaaabbbcc")
PREDICTED = list("aaabbbcca")


def test_the_figures_are_the_hand_computed_ones() -> None:
    figures = classification_figures(TRUE, PREDICTED, CLASSES)
    assert figures["confusion_matrix"]["matrix"] == [[3, 1, 0], [0, 2, 1], [1, 0, 1]]
    assert figures["accuracy"] == 6 / 9
    precision, recall = (3 / 4 + 2 / 3 + 1 / 2) / 3, (3 / 4 + 2 / 3 + 1 / 2) / 3
    assert figures["macro"]["precision"] == pytest.approx(precision)
    assert figures["macro"]["recall"] == pytest.approx(recall)
    # Equation 7 as printed: TP / (TP + TN), with TN = 4, 5 and 6.
    misprinted = (3 / 7 + 2 / 7 + 1 / 7) / 3
    f1 = 2 * precision * misprinted / (precision + misprinted)
    assert figures["as_printed"] == pytest.approx(
        {"ap": precision, "ar": misprinted, "f1": f1}
    )
    assert figures["as_printed_with_recall"]["ar"] == pytest.approx(recall)
    assert figures["per_class"]["b"]["num_images"] == 3
    assert json.loads(json.dumps(figures)) == figures


def test_macro_figures_equal_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    classes = [f"class {number}" for number in range(7)]
    for _ in range(20):
        # Some classes are never true or never predicted.
        true = rng.choice(classes[: rng.integers(2, 8)], 40).tolist()
        predicted = rng.choice(classes[: rng.integers(2, 8)], 40).tolist()
        figures = classification_figures(true, predicted, classes)
        expected = precision_recall_fscore_support(
            true, predicted, average="macro", zero_division=0
        )
        assert tuple(figures["macro"].values()) == pytest.approx(expected[:3])
        assert figures["accuracy"] == accuracy_score(true, predicted)
        matrix = reference_confusion_matrix(true, predicted, labels=classes)
        assert figures["confusion_matrix"]["matrix"] == matrix.tolist()


def test_a_perfect_classifier_shows_the_misprint() -> None:
    classes = [f"class {number}" for number in range(24)]
    figures = classification_figures(classes, classes, classes)
    assert figures["as_printed"]["ar"] == pytest.approx(1 / 24)
    assert figures["as_printed_with_recall"] == {"ap": 1, "ar": 1, "f1": 1}
    assert figures["macro"] == {"precision": 1, "recall": 1, "f1": 1}


def test_nothing_right_gives_zero_and_no_division_by_zero() -> None:
    figures = classification_figures(["a", "b"], ["b", "a"], CLASSES)
    assert figures["macro"] == {"precision": 0, "recall": 0, "f1": 0}
    assert figures["as_printed"]["f1"] == 0
    assert set(figures["per_class"]) == {"a", "b"}


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="received 1 for 2"):
        classification_figures(["a", "b"], ["a"], CLASSES)
    with pytest.raises(ValueError, match=r"does not name \['z'\]"):
        classification_figures(["a"], ["z"], CLASSES)
    with pytest.raises(ValueError, match="counts no image"):
        figures_of_matrix(np.zeros((2, 2), np.int64), CLASSES[:2])
