import numpy as np
import pytest

from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.services.fusion import (
    FusedIndex,
    FusedPart,
    fuse,
    nearest,
    standardise,
)


def test_distances_are_standardised_by_mean_and_deviation() -> None:
    # mean 4, population variance (9 + 1 + 1 + 9) / 4 = 5
    distances = np.array([1, 3, 5, 7], np.float32)
    expected = np.array([-3, -1, 1, 3]) / np.sqrt(5)
    assert standardise(distances) == pytest.approx(expected)


def test_the_scale_of_an_extractor_does_not_matter() -> None:
    distances = np.random.default_rng(1).random((2, 50), np.float32)
    scaled = distances * np.array([[1], [64]], np.float32) + 2
    assert fuse(scaled) == pytest.approx(fuse(distances), abs=1e-4)


def test_fused_is_the_mean_of_the_parts() -> None:
    distances = np.array([[1, 3, 5, 7], [7, 1, 3, 5]], np.float32)
    expected = np.array([0, -2, 0, 2]) / np.sqrt(5)
    assert fuse(distances) == pytest.approx(expected)


def test_an_extractor_that_sees_no_difference_decides_nothing() -> None:
    distances = np.array([[1, 3, 5, 7], [2, 2, 2, 2]], np.float32)
    assert fuse(distances) == pytest.approx(standardise(distances[0]) / 2)


def test_features_that_are_no_numbers_come_last() -> None:
    fused = fuse(np.array([[1, np.inf, 3], [1, 2, 3]], np.float32))
    assert fused[1] == np.inf
    assert nearest(fused, 3).tolist() == [0, 2, 1]


def test_equal_values_keep_their_order() -> None:
    fused = np.array([2.0, 1.0, 2.0, 1.0, 0.0])
    assert nearest(fused, 5).tolist() == [4, 1, 3, 0, 2]
    assert nearest(fused, 2, np.array([1, 0, 1, 1, 0], bool)).tolist() == [3, 0]
    assert nearest(fused, 9, np.zeros(5, bool)).tolist() == []


def make_index(features: np.ndarray, **changes: object) -> FusedPart:
    rows = np.arange(len(features))
    part = {"index": ExactIndex(features), "metric": "cosine", "rows": rows}
    return FusedPart(**(part | changes))


def test_a_search_agrees_with_distances_computed_one_by_one() -> None:
    random = np.random.default_rng(2)
    first = random.random((300, 7), np.float32)
    second = random.random((300, 5), np.float32)
    query = [random.random(7, np.float32), random.random(5, np.float32)]
    index = FusedIndex([make_index(first), make_index(second, metric="euclidean")])
    cosine = 1 - first @ query[0] / (
        np.linalg.norm(first, axis=1) * np.linalg.norm(query[0])
    )
    euclidean = np.linalg.norm(second - query[1], axis=1)
    expected = fuse(np.stack([cosine, euclidean]))
    found = index.search(query, 300)
    assert found.rows.tolist() == np.argsort(expected).tolist()
    assert found.distances == pytest.approx(expected[found.rows], abs=1e-4)
    assert found.by_part[1] == pytest.approx(euclidean[found.rows], abs=1e-5)


def test_equal_images_keep_their_order_however_many() -> None:
    features = np.repeat(np.random.default_rng(3).random((3, 40), np.float32), 200, 0)
    shuffled = np.random.default_rng(4).permutation(600)
    index = FusedIndex([make_index(features[shuffled])] * 2)
    found = index.search([features[0], features[0]], 600)
    for start in (0, 200, 400):
        same = found.rows[start : start + 200]
        assert same.tolist() == sorted(same.tolist())


def test_each_part_may_hold_the_images_in_its_own_order() -> None:
    features = np.random.default_rng(5).random((20, 4), np.float32)
    order = np.random.default_rng(6).permutation(20)
    turned = make_index(features[order], rows=np.argsort(order))
    both = FusedIndex([make_index(features), turned])
    alone = FusedIndex([make_index(features)])
    query = features[3]
    expected = alone.search([query], 20)
    found = both.search([query, query], 20)
    assert found.rows.tolist() == expected.rows.tolist()
    assert found.distances == pytest.approx(expected.distances)


def test_parts_with_other_numbers_of_images_are_refused() -> None:
    features = np.zeros((3, 2), np.float32)
    with pytest.raises(ValueError, match="same images"):
        FusedIndex([make_index(features), make_index(features, rows=np.arange(2))])
