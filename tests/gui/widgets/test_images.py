import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor

from cbmir_gui.gui.widgets.images import from_jpeg, scaled_to, to_qimage


def test_a_gray_array_keeps_its_values_at_any_width() -> None:
    pixels = np.arange(15, dtype=np.uint8).reshape(3, 5) * 10
    image = to_qimage(pixels)
    assert (image.width(), image.height()) == (5, 3)
    assert QColor(image.pixel(4, 2)).red() == 140


def test_a_colour_array_keeps_the_order_of_its_channels() -> None:
    pixels = np.zeros((2, 3, 3), dtype=np.uint8)
    pixels[1, 2] = (10, 20, 30)
    color = QColor(to_qimage(pixels).pixel(2, 1))
    assert (color.red(), color.green(), color.blue()) == (10, 20, 30)


def test_an_image_outlives_its_array() -> None:
    pixels = np.full((64, 64), 77, dtype=np.uint8)
    image = to_qimage(pixels)
    pixels[:] = 0
    del pixels
    assert QColor(image.pixel(63, 63)).red() == 77


def test_a_view_of_an_array_is_taken_as_it_is_seen() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6)[:, ::-2]
    assert QColor(to_qimage(pixels).pixel(0, 0)).red() == 5


def test_scaling_uses_every_pixel_of_a_sharp_screen() -> None:
    image = to_qimage(np.zeros((100, 100), dtype=np.uint8))
    scaled = scaled_to(image, QSize(40, 40), 2.0)
    assert scaled.size() == QSize(80, 80)
    assert scaled.devicePixelRatio() == 2.0


def test_damaged_thumbnail_bytes_are_a_null_image() -> None:
    assert from_jpeg(b"").isNull()
    assert from_jpeg(b"no picture").isNull()
