"""Seconds as a person says them."""

from PySide6.QtCore import QCoreApplication


def duration_text(seconds: float) -> str:
    """Return e.g. "40 s", "12 min" or "2 h 05 min"; never more exact than it is."""
    if seconds < 60:
        text = QCoreApplication.translate("Duration", "{seconds} s")
        return text.format(seconds=max(1, round(seconds / 5) * 5))
    minutes = round(seconds / 60)
    if minutes < 60:
        text = QCoreApplication.translate("Duration", "{minutes} min")
        return text.format(minutes=minutes)
    text = QCoreApplication.translate("Duration", "{hours} h {minutes} min")
    return text.format(hours=minutes // 60, minutes=f"{minutes % 60:02d}")
