"""Colours and spacing of the window; medical images always stand on dark gray."""

from PySide6.QtGui import QColor, QPalette

SURROUND = QColor("#2b2b2d")
"""Behind images, in light and dark surroundings alike."""
CARD = QColor("#38383b")
CARD_HOVERED = QColor("#434347")
ON_SURROUND = QColor("#ededee")
ON_SURROUND_MUTED = QColor("#b4b4b8")
ACCENT = QColor("#5aa9f0")
"""Marks the selection on the surround."""
QUERY_MARK = QColor("#f0b45a")
"""Marks the query itself among the hits."""
RELATED_MARK = QColor("#8fd4c8")
"""Marks hits of the query's own patient or study, and its near-duplicates."""
ON_RELATED_MARK = QColor("#10302b")

SMALL_SPACE_PX = 6
SPACE_PX = 12


def is_dark(palette: QPalette) -> bool:
    """Return whether the surroundings are dark."""
    return palette.window().color().lightness() < 128


def muted(palette: QPalette) -> QColor:
    """Return the colour of secondary text, readable on the window's colour."""
    text, window = palette.windowText().color(), palette.window().color()
    return QColor(
        (text.red() * 17 + window.red() * 8) // 25,
        (text.green() * 17 + window.green() * 8) // 25,
        (text.blue() * 17 + window.blue() * 8) // 25,
    )


def caution_colour(palette: QPalette) -> str:
    """Return the colour of words that warn, readable on the window's colour."""
    return "#e3b04b" if is_dark(palette) else "#8a5d00"


def window_style_sheet(palette: QPalette) -> str:
    """Return the few rules that palettes cannot express."""
    line = muted(palette)
    line.setAlpha(70)
    return f"""
        QLabel[role="title"] {{ font-weight: 600; font-size: 14px; }}
        QLabel[role="muted"] {{ color: {muted(palette).name()}; }}
        QLabel[role="caution"] {{ color: {caution_colour(palette)}; }}
        QFrame[role="line"] {{ background: {line.name(QColor.NameFormat.HexArgb)};
            border: none; }}
        QSplitter::handle {{ background: transparent; }}
        QStatusBar::item {{ border: none; }}
        {_message_rules(is_dark(palette))}
    """


def _message_rules(dark: bool) -> str:
    colours = {
        "info": ("#1d3a55", "#5aa9f0") if dark else ("#e4f0fb", "#2f7cc4"),
        "success": ("#1f3d2b", "#5fbf85") if dark else ("#e3f4e9", "#2c8a52"),
        "warning": ("#463818", "#e3b04b") if dark else ("#fdf2d8", "#b27a08"),
        "error": ("#4a2424", "#ef7d75") if dark else ("#fce6e4", "#c23b31"),
    }
    return "\n".join(
        f"""
        QFrame[severity="{severity}"] {{ background: {background};
            border: 1px solid {edge}; border-radius: 6px; }}
        """
        for severity, (background, edge) in colours.items()
    )
