import numpy as np

from cbmir_gui.training.augmentation import augment, centre_view


def make_image(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (224, 224, 3), np.uint8)


def test_the_same_seed_gives_the_same_picture() -> None:
    image = make_image()
    first = augment(image, 64, np.random.default_rng([1, 2, 3]))
    second = augment(image, 64, np.random.default_rng([1, 2, 3]))
    np.testing.assert_array_equal(first, second)


def test_other_seeds_give_other_pictures() -> None:
    image = make_image()
    views = [augment(image, 64, np.random.default_rng(seed)) for seed in range(4)]
    assert not any(np.array_equal(views[0], view) for view in views[1:])


def test_every_view_has_the_asked_size_and_8_bits() -> None:
    for seed in range(40):
        view = augment(make_image(), 96, np.random.default_rng(seed))
        assert view.shape == (96, 96, 3)
        assert view.dtype == np.uint8


def test_the_input_is_left_as_it_was() -> None:
    image = make_image()
    before = image.copy()
    for seed in range(10):
        augment(image, 64, np.random.default_rng(seed))
    np.testing.assert_array_equal(image, before)


def test_the_centre_view_of_the_full_size_is_the_image() -> None:
    image = make_image()
    np.testing.assert_array_equal(centre_view(image, 224), image)
