"""Pixel arrays and thumbnail bytes become Qt images."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from cbmir_gui.core.records import ImageArray


def to_qimage(pixels: ImageArray) -> QImage:
    """Return a copy of `pixels`, (height, width) gray or (height, width, 3) RGB."""
    height, width = pixels.shape[:2]
    if pixels.ndim == 2:
        bytes_per_line, pixel_format = width, QImage.Format.Format_Grayscale8
    else:
        bytes_per_line, pixel_format = 3 * width, QImage.Format.Format_RGB888
    image = QImage(pixels.tobytes(), width, height, bytes_per_line, pixel_format)
    # Without the copy the image would refer to bytes that Python frees.
    return image.copy()


def from_jpeg(data: bytes) -> QImage:
    """Return the thumbnail in `data`, or a null image if it is damaged."""
    return QImage.fromData(data)


def scaled_to(image: QImage, size: QSize, device_pixel_ratio: float) -> QImage:
    """Scale `image` to fill `size` (logical pixels) with every pixel of the screen."""
    scaled = image.scaled(
        size * device_pixel_ratio,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    scaled.setDevicePixelRatio(device_pixel_ratio)
    return scaled
