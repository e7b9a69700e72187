import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_distances, euclidean_distances

from cbmir_gui.core.records import METRICS, FloatArray, Metric
from cbmir_gui.index.distances import (
    distances_from_squares,
    exact_squares,
    fast_squares,
    row_norms,
    similarity,
)

REFERENCE = {"cosine": cosine_distances, "euclidean": euclidean_distances}


def random_features(n: int, d: int, seed: int = 0) -> FloatArray:
    values = np.random.default_rng(seed).standard_normal((n, d))
    return np.maximum(values, 0).astype(np.float32)


@pytest.mark.parametrize("metric", METRICS)
def test_both_grades_agree_with_scikit_learn(metric: Metric) -> None:
    queries, features = random_features(3, 40), random_features(50, 40, seed=1)
    norms, feature_norms = row_norms(queries), row_norms(features)
    expected = REFERENCE[metric](
        queries.astype(np.float64), features.astype(np.float64)
    )
    fast = fast_squares(queries, features, norms, feature_norms, metric)
    exact = [
        exact_squares(query, features.copy(), norm, feature_norms, metric)
        for query, norm in zip(queries, norms, strict=True)
    ]
    for squares in (fast, np.array(exact)):
        assert np.allclose(distances_from_squares(squares, metric), expected, atol=1e-4)
        assert squares.dtype == np.float32


def test_known_angles_have_their_distances() -> None:
    query = np.array([1, 0], np.float32)
    rows = np.array([[2, 0], [0, 3], [-1, 0], [1, 1], [0, 0]], np.float32)
    norms = row_norms(rows)
    squares = exact_squares(query, rows.copy(), np.float32(1), norms, "cosine")
    cosine = distances_from_squares(squares, "cosine")
    assert np.allclose(cosine, [0, 1, 2, 1 - np.sqrt(0.5), 1])
    squares = exact_squares(query, rows.copy(), np.float32(1), norms, "euclidean")
    euclidean = distances_from_squares(squares, "euclidean")
    assert np.allclose(euclidean, [1, np.sqrt(10), 2, 1, 1])


def test_similarity_is_named_as_what_it_is() -> None:
    assert similarity(0.25, "cosine") == 0.75
    assert similarity(3.0, "euclidean") == 0.25
    assert similarity(0.0, "euclidean") == 1.0
