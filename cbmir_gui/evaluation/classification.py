"""How good a classifier is, as the DCNN's publication prints it and as is usual.

For each class c of a confusion matrix::

    TP  images of c that are called c       FN  images of c that are called otherwise
    FP  other images that are called c      TN  all other images

    precision = TP / (TP + FP)      recall = TP / (TP + FN)
    F1        = 2 precision recall / (precision + recall)

"macro" is the mean over the classes, as scikit-learn defines precision_score,
recall_score and f1_score with ``average="macro", zero_division=0``: F1 is the mean of
the classes' F1.

As the publication prints it::

    AP = mean of TP / (TP + FP)
    AR = mean of TP / (TP + TN)             its equation 7
    F1 = 2 AP AR / (AP + AR)                of the means

Equation 7 divides by TP + TN. It is taken for a misprint of the recall, TP / (TP + FN):
as printed, a perfect classifier of 24 equal classes has an AR of 1 / 24. Both are
returned: "as_printed", and "as_printed_with_recall" with the recall in its place.

References
----------
Qayyum et al., Medical image retrieval using deep convolutional neural network, 2017.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.evaluation.metrics import Values, confusion_matrix

DEFINITIONS = {
    "accuracy": "right answers / images",
    "macro": "mean over the classes of precision, recall and F1, as scikit-learn "
    "defines them (zero_division=0)",
    "as_printed": "AP = mean TP/(TP+FP), AR = mean TP/(TP+TN) (the publication's "
    "equation 7, a misprint), F1 = 2 AP AR / (AP + AR)",
    "as_printed_with_recall": "the same with AR = mean TP/(TP+FN)",
}


def classification_figures(
    true: Sequence[str], predicted: Sequence[str], classes: Sequence[str]
) -> dict[str, Any]:
    """Return accuracy, precision, recall, F1 and the confusion matrix; JSON types.

    The definitions are those of this module. `evaluation.report` takes the figures into
    the document of an evaluation, as "classification".

    Parameters
    ----------
    true, predicted
        One class name for each image.
    classes
        Order of the confusion matrix; must name all classes of both. A class without
        any image, true or predicted, is in the matrix but in no mean.

    Returns
    -------
    dict
        ``num_images, accuracy, macro: {precision, recall, f1}, as_printed: {ap, ar,
        f1}, as_printed_with_recall: {ap, ar, f1}, per_class: {class: {precision,
        recall, f1, num_images}}, confusion_matrix: {classes, matrix}, definitions``.

    Raises
    ------
    ValueError
        The lists differ in length or are empty, or a class is not in `classes`.
    """
    _check(true, predicted, classes)
    matrix = confusion_matrix(true, predicted, classes)
    return figures_of_matrix(matrix, classes)


def figures_of_matrix(
    matrix: NDArray[np.int64], classes: Sequence[str]
) -> dict[str, Any]:
    """Return the same of a confusion matrix, true classes in its rows.

    Raises
    ------
    ValueError
        The matrix is empty.
    """
    num_images = int(matrix.sum())
    if not num_images:
        raise ValueError("The confusion matrix counts no image.")
    hits = np.diag(matrix).astype(np.float64)
    num_true, num_predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    true_negatives = num_images - num_true - num_predicted + hits
    precision = _divide(hits, num_predicted)
    recall = _divide(hits, num_true)
    # Not from precision and recall, which may both be 0.
    f1 = _divide(2 * hits, num_true + num_predicted)
    printed = _divide(hits, hits + true_negatives)
    present = (num_true + num_predicted) > 0
    ap, ar = _mean(precision, present), _mean(recall, present)
    return {
        "num_images": num_images,
        "accuracy": float(hits.sum() / num_images),
        "macro": {"precision": ap, "recall": ar, "f1": _mean(f1, present)},
        "as_printed": _of_means(ap, _mean(printed, present)),
        "as_printed_with_recall": _of_means(ap, ar),
        "per_class": {
            name: {
                "precision": float(precision[row]),
                "recall": float(recall[row]),
                "f1": float(f1[row]),
                "num_images": int(num_true[row]),
            }
            for row, name in enumerate(classes)
            if present[row]
        },
        "confusion_matrix": {"classes": list(classes), "matrix": matrix.tolist()},
        "definitions": dict(DEFINITIONS),
    }


def _of_means(ap: float, ar: float) -> dict[str, float]:
    total = ap + ar
    return {"ap": ap, "ar": ar, "f1": 2 * ap * ar / total if total else 0.0}


def _divide(numerator: Values, denominator: Values | NDArray[np.int64]) -> Values:
    """Return the quotient, 0 where the denominator is."""
    quotient = np.zeros(len(numerator))
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


def _mean(values: Values, present: NDArray[np.bool_]) -> float:
    return float(values[present].mean())


def _check(
    true: Sequence[str], predicted: Sequence[str], classes: Sequence[str]
) -> None:
    if not true or len(true) != len(predicted):
        raise ValueError(
            f"Expected one predicted class for each true one, received "
            f"{len(predicted)} for {len(true)}."
        )
    unknown = {*true, *predicted} - set(classes)
    if unknown:
        raise ValueError(f"classes does not name {sorted(unknown)}.")
