"""What is said of a class that images are about to be given."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from cbmir_gui.gui.results.tile_text import class_label

MAX_CLASS_LETTERS = 100
"""A training refuses longer names."""
_RESERVED = {"off", "predicted", "prior"}
"""A search takes these for kinds of filters."""


@dataclass(frozen=True, slots=True)
class ClassChoice:
    """A class name that was typed or picked."""

    name: str
    """Without spaces around it."""
    problem: str
    """Why images cannot be given this class; empty if they can."""
    note: str
    """What would happen, where that may surprise; may be empty."""


def judge_class(
    text: str, classes: Iterable[str], present: Iterable[str]
) -> ClassChoice:
    """Return what is to be said of a class name.

    Parameters
    ----------
    text
        As typed.
    classes
        Those that the library has.
    present
        Those that the images have now.
    """
    name, known = text.strip(), set(classes)
    if name.casefold() in _RESERVED:
        problem = _tr("A class cannot be called '{name}'.").format(name=name)
        return ClassChoice(name, problem, "")
    if len(name) > MAX_CLASS_LETTERS:
        problem = _tr("A class has at most {count} letters.")
        return ClassChoice(name, problem.format(count=MAX_CLASS_LETTERS), "")
    if set(present) == {name}:
        return ClassChoice(name, _tr("This is the present class."), "")
    return ClassChoice(name, "", _note(name, known))


def _note(name: str, known: set[str]) -> str:
    if not name:
        return _tr("Without a name the images will have no class.")
    if name in known:
        return ""
    alike = [
        other
        for other in known
        if class_label(other).casefold() == class_label(name).casefold()
    ]
    if alike:
        text = _tr("This is a new class, beside '{other}'.")
        return text.format(other=min(alike))
    return _tr("This is a new class.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ClassChoice", text)
