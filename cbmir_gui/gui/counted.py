"""Texts that read right for one thing and for many."""

from PySide6.QtCore import QCoreApplication, QLocale


def _tr(text: str) -> str:
    return QCoreApplication.translate("Counted", text)


def counted(count: int, one: str, many: str, **words: object) -> str:
    """Return `one` or `many`, with {n} and `words` filled in.

    Parameters
    ----------
    one, many
        Translated texts.
    words
        What else stands in braces in them.
    """
    text = one if count == 1 else many
    return text.format(n=QLocale().toString(count), **words)


def images_text(count: int) -> str:
    """Return a number of images in words."""
    return counted(count, _tr("1 image"), _tr("{n} images"))


def classes_text(count: int) -> str:
    """Return a number of classes in words."""
    return counted(count, _tr("1 class"), _tr("{n} classes"))
