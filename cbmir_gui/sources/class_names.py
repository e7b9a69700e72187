"""What a class may be called, wherever its name comes from."""

import unicodedata

MAX_CLASS_LETTERS = 100
_NO_TEXT = {"Cc", "Cs", "Zl", "Zp"}
"""Categories of control characters, half characters and line ends."""


def class_name_problem(name: str) -> str:
    """Return what is wrong, as in "a name {problem}"; "" for a good name or none."""
    if len(name) > MAX_CLASS_LETTERS:
        return f"of more than {MAX_CLASS_LETTERS} letters"
    if any(unicodedata.category(letter) in _NO_TEXT for letter in name):
        return "with characters that are no text"
    return ""
