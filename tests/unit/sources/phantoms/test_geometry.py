"""Distances have the right sign and zero line; random fields the right scale."""

import numpy as np
import pytest

from cbmir_gui.sources.phantoms import geometry, texture, trees


@pytest.fixture
def grid() -> geometry.Grid:
    return geometry.make_grid(61, 81, 0.5)


def test_a_grid_has_its_origin_in_the_middle(grid: geometry.Grid) -> None:
    assert grid.shape == (61, 81)
    assert (grid.x[30, 40], grid.y[30, 40]) == (0, 0)
    assert grid.x[0, 80] == pytest.approx(20)
    assert grid.y[60, 0] == pytest.approx(15)


@pytest.mark.parametrize("power", [2.0, 3.0])
def test_an_ellipse_is_zero_on_its_outline_and_negative_inside(
    grid: geometry.Grid, power: float
) -> None:
    distance = geometry.ellipse(grid, (0, 0), (10, 5), power=power)
    assert distance[30, 60] == pytest.approx(0, abs=1e-5)
    assert distance[40, 40] == pytest.approx(0, abs=1e-5)
    assert distance[30, 45] < 0 < distance[0, 0]


def test_a_turned_ellipse_points_down(grid: geometry.Grid) -> None:
    distance = geometry.ellipse(grid, (0, 0), (10, 5), degrees=90)
    assert distance[50, 40] == pytest.approx(0, abs=1e-5)
    assert distance[30, 50] == pytest.approx(0, abs=1e-5)


def test_a_star_passes_through_its_radii(grid: geometry.Grid) -> None:
    distance = geometry.star(grid, (0, 0), [12, 8, 10, 6])
    assert distance[30, 64] == pytest.approx(0, abs=0.05)  # to the right
    assert distance[46, 40] == pytest.approx(0, abs=0.05)  # down
    assert distance[30, 20] == pytest.approx(0, abs=0.05)  # to the left


def test_a_capsule_is_the_distance_to_a_rod(grid: geometry.Grid) -> None:
    distance = geometry.capsule(grid, (-5, 0), (5, 0), (2, 2))
    assert distance[40, 40] == pytest.approx(3)
    assert distance[30, 60] == pytest.approx(3)


def test_tubes_agree_with_capsules_nearby_and_are_far_elsewhere(
    grid: geometry.Grid,
) -> None:
    path = np.array([[-5, 0, 2], [5, 0, 2]], np.float32)
    tubes = geometry.tubes(grid, [path], reach=3)
    capsule = geometry.capsule(grid, (-5, 0), (5, 0), (2, 2))
    near = capsule < 2.5
    np.testing.assert_allclose(tubes[near], capsule[near], atol=1e-5)
    assert tubes[0, 0] == geometry.FAR


def test_a_box_is_clipped_to_its_grid(grid: geometry.Grid) -> None:
    rows, columns = geometry.box(grid, (20, 15), 2).slices
    assert (rows, columns) == (slice(56, 61), slice(76, 81))
    assert geometry.box(grid, (99, 99), 2).grid.x.size == 0


def test_a_curve_passes_through_its_points() -> None:
    points = [(0, 0), (1, 2), (4, 3)]
    np.testing.assert_allclose(geometry.curve(points, 5)[::2], points, atol=1e-6)


def test_a_blurred_constant_stays_a_constant() -> None:
    flat = np.full((40, 50), 7, np.float32)
    for sigma_px in (0.6, 2.0, 9.0):
        np.testing.assert_allclose(texture.blur(flat, sigma_px), flat, rtol=1e-5)


@pytest.mark.parametrize("sigma_px", [1.5, 7.0])
def test_a_blurred_point_has_the_deviation_asked_for(sigma_px: float) -> None:
    point = np.zeros((81, 81), np.float32)
    point[40, 40] = 1
    seen = texture.blur(point, sigma_px)
    offset = np.arange(81) - 40
    spread = np.sqrt((seen.sum(axis=0) * offset**2).sum() / seen.sum())
    assert seen.sum() == pytest.approx(1, abs=1e-3)
    assert spread == pytest.approx(sigma_px, rel=0.1)


def test_random_fields_have_mean_0_and_deviation_1() -> None:
    rng = np.random.default_rng(1)
    for field in (
        texture.smooth(rng, (60, 90), 4),
        texture.bumps(rng, (60, 90), 12),
        texture.clouds(rng, (60, 90), 20),
        texture.grain(rng, (60, 90)),
    ):
        assert field.shape == (60, 90)
        assert field.mean() == pytest.approx(0, abs=1e-4)
        assert field.std() == pytest.approx(1, abs=1e-3)


def test_bumps_have_the_wavelength_asked_for() -> None:
    field = texture.bumps(np.random.default_rng(1), (256, 256), 16, 0.15)
    power = np.abs(np.fft.rfft2(field)) ** 2
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256))
    assert (power * frequency).sum() / power.sum() == pytest.approx(1 / 16, rel=0.1)


def test_a_sample_lies_between_its_neighbours() -> None:
    image = np.array([[0, 2], [4, 6]], np.float32)
    rows, columns = np.array([[0.5, 9.0]]), np.array([[0.5, 9.0]])
    np.testing.assert_allclose(
        texture.sample(image, rows, columns), [[3, 6]], atol=0.01
    )


def test_a_tree_forks_into_two_and_gets_thinner() -> None:
    growth = trees.Growth(3, 2.0, 4, 5.0, 30.0)
    branches = trees.grow(np.random.default_rng(1), (0, 0), 0, 3.0, growth)
    assert len(branches) == 1 + 2 + 4
    assert branches[-1][-1, 2] < branches[0][0, 2]
    np.testing.assert_allclose(branches[1][0, :2], branches[0][-1, :2], atol=1e-5)
