"""What is copied: lines of text."""

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication


def copy_lines(lines: Iterable[str]) -> None:
    """Put lines into the clipboard; none leave it as it is."""
    if text := "\n".join(lines):
        QGuiApplication.clipboard().setText(text)
