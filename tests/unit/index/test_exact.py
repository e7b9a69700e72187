import numpy as np
import pytest

from cbmir_gui.core.records import METRICS, FloatArray, Metric
from cbmir_gui.index import exact
from cbmir_gui.index.exact import NUM_EXACT, ExactIndex


def random_features(n: int, d: int, seed: int = 0) -> FloatArray:
    values = np.random.default_rng(seed).standard_normal((n, d))
    return np.maximum(values, 0).astype(np.float32)


def brute_force(
    query: FloatArray, features: FloatArray, metric: Metric
) -> tuple[list[int], list[float]]:
    """Sort (distance, row) pairs computed one by one in float64."""
    pairs = []
    for row, vector in enumerate(features.astype(np.float64)):
        if metric == "euclidean":
            distance = float(np.linalg.norm(query - vector))
        else:
            lengths = np.linalg.norm(query) * np.linalg.norm(vector)
            distance = 1 - float(query @ vector) / lengths if lengths else 1.0
        pairs.append((distance, row))
    ordered = sorted(pairs)
    return [row for _, row in ordered], [distance for distance, _ in ordered]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("k", [1, 20, NUM_EXACT, 3 * NUM_EXACT])
def test_neighbours_are_those_of_brute_force(metric: Metric, k: int) -> None:
    features = random_features(500, 30)
    queries = random_features(4, 30, seed=1)
    found = ExactIndex(features).search(queries, k, metric)
    for query, rows, distances in zip(
        queries, found.rows, found.distances, strict=True
    ):
        expected_rows, expected = brute_force(query, features, metric)
        assert rows.tolist() == expected_rows[:k]
        assert np.allclose(distances, expected[:k], atol=1e-5)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("d", [5, 48, 25_087])
def test_a_stored_vector_finds_itself_at_distance_zero(metric: Metric, d: int) -> None:
    features = random_features(30, d)
    found = ExactIndex(features).search(features, 1, metric)
    assert found.rows[:, 0].tolist() == list(range(30))
    assert not found.distances.any()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("k", [3, 10, 100])
def test_ties_keep_the_order_of_the_rows(metric: Metric, k: int) -> None:
    one, other = random_features(2, 999)
    features = np.stack([other, one] * 50)
    found = ExactIndex(features).search(one[np.newaxis], k, metric)
    expected = [*range(1, 100, 2), *range(0, 100, 2)][:k]
    assert found.rows[0].tolist() == expected


@pytest.mark.parametrize("metric", METRICS)
def test_more_ties_than_are_computed_exactly_keep_their_order(metric: Metric) -> None:
    features = np.tile(random_features(1, 64), (3 * NUM_EXACT, 1))
    found = ExactIndex(features).search(features[:1], 20, metric)
    assert found.rows[0].tolist() == list(range(20))


def test_a_zero_vector_has_the_cosine_distance_one() -> None:
    features = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    index = ExactIndex(features)
    found = index.search(np.array([[1, 0], [0, 0]], np.float32), 3, "cosine")
    assert found.rows.tolist() == [[1, 0, 2], [0, 1, 2]]
    assert found.distances.tolist() == [[0, 1, 1], [1, 1, 1]]


def test_near_vectors_far_from_the_origin_keep_their_euclidean_order() -> None:
    base = np.full((6, 10), 1000, np.float32)
    base[:, 0] += np.array([5, 3, 1, 0, 2, 4], np.float32) / 64
    found = ExactIndex(base).search(base[3:4], 6, "euclidean")
    assert found.rows[0].tolist() == [3, 2, 4, 1, 5, 0]
    assert np.allclose(found.distances[0], np.arange(6) / 64)


def test_only_allowed_rows_are_found_and_k_may_exceed_them() -> None:
    features = random_features(50, 8)
    allowed = np.zeros(50, np.bool_)
    allowed[[3, 17, 40]] = True
    found = ExactIndex(features).search(features[:2], 20, "cosine", allowed)
    assert found.rows.shape == (2, 3)
    assert sorted(found.rows[0].tolist()) == [3, 17, 40]


def test_nothing_allowed_or_nothing_there_finds_nothing() -> None:
    features = random_features(5, 8)
    index = ExactIndex(features)
    nothing = np.zeros(5, np.bool_)
    assert index.search(features, 3, "cosine", nothing).rows.shape == (5, 0)
    empty = ExactIndex(np.zeros((0, 8), np.float32))
    assert empty.search(features, 3, "euclidean").rows.shape == (5, 0)


@pytest.mark.parametrize("metric", METRICS)
def test_blocks_of_queries_give_what_single_queries_give(
    metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = random_features(40, 6)
    queries = random_features(11, 6, seed=2)
    index = ExactIndex(features)
    whole = index.search(queries, 7, metric)
    monkeypatch.setattr(exact, "_BLOCK_VALUES", 120)
    blocked = index.search(queries, 7, metric)
    single = [index.search(query[np.newaxis], 7, metric) for query in queries]
    assert np.array_equal(whole.rows, blocked.rows)
    assert np.array_equal(whole.rows, np.concatenate([found.rows for found in single]))
    assert np.array_equal(whole.distances, blocked.distances)


def test_distances_never_fall_along_a_full_ranking() -> None:
    features = random_features(700, 20) * 100
    found = ExactIndex(features).search(features[:5], 700, "euclidean")
    assert (np.diff(found.distances, axis=1) >= 0).all()
    assert all(sorted(rows) == list(range(700)) for rows in found.rows.tolist())


@pytest.mark.parametrize("metric", METRICS)
def test_values_that_are_no_numbers_come_last(metric: Metric) -> None:
    features = random_features(4, 3) + 1
    features[1] = np.nan
    with np.errstate(invalid="ignore"):
        found = ExactIndex(features).search(features[:2], 4, metric)
    assert found.rows[0, 0] == 0
    assert found.rows[0, 3] == 1
    assert np.isinf(found.distances[0, 3])
    assert np.isinf(found.distances[1]).all()


@pytest.mark.parametrize(
    ("queries", "k", "metric", "allowed", "message"),
    [
        (np.zeros((1, 4)), 1, "cosine", None, "shape .q, 3., but have .1, 4."),
        (np.zeros(3), 1, "cosine", None, "shape .q, 3."),
        (np.zeros((1, 3)), 0, "cosine", None, "k must be at least 1"),
        (np.zeros((1, 3)), 1, "manhattan", None, "one of .*'manhattan'"),
        (np.zeros((1, 3)), 1, "cosine", np.ones(9, np.bool_), "allowed must have"),
    ],
)
def test_what_does_not_fit_is_refused(
    queries: FloatArray, k: int, metric: Metric, allowed: None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ExactIndex(random_features(5, 3)).search(queries, k, metric, allowed)


def test_features_must_be_a_matrix() -> None:
    with pytest.raises(ValueError, match=r"shape \(n, d\)"):
        ExactIndex(np.zeros(3, np.float32))


@pytest.mark.parametrize("metric", METRICS)
def test_distances_to_every_row_are_those_of_a_search(metric: Metric) -> None:
    features = np.random.default_rng(1).random((100, 9), np.float32)
    index = ExactIndex(features)
    distances = index.distances(features[7], metric)
    found = index.search(features[7:8], 100, metric)
    assert distances[found.rows[0]] == pytest.approx(found.distances[0], abs=1e-6)
    assert distances[7] == 0
    with pytest.raises(ValueError, match="shape"):
        index.distances(features[7, :8], metric)


@pytest.mark.parametrize("metric", METRICS)
def test_equal_rows_have_equal_distances_in_every_block(
    metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "_EXACT_BLOCK_VALUES", 9 * 7)
    row, query = np.random.default_rng(2).random((2, 9), np.float32)
    features = np.tile(row, (100, 1))
    distances = ExactIndex(features).distances(query, metric)
    assert len(np.unique(distances)) == 1
    assert (features == row).all()
