"""Errors cross between processes, and their tree is the one that is drawn."""

import re

import pytest

from cbmir_gui.core import errors
from cbmir_gui.core.errors import (
    CbmirError,
    DecoderTimeoutError,
    LibraryMismatchError,
    all_errors,
    restore_error,
)


def test_the_drawn_tree_is_the_tree_of_classes() -> None:
    drawn: list[tuple[int, str]] = []
    for line in str(errors.__doc__).splitlines():
        match = re.match(r"([ │├└─]*)(\w+Error)\b", line)
        if match:
            drawn.append((len(match[1]) // 4, match[2]))
    parents: dict[int, str] = {}
    tree = {}
    for depth, name in drawn:
        parents[depth] = name
        tree[name] = parents.get(depth - 1, "Exception")
    assert tree == {
        name: error.__base__.__name__
        for name, error in all_errors().items()
        if error.__module__ == errors.__name__ and error.__base__ is not None
    }


@pytest.mark.parametrize(
    "error", [DecoderTimeoutError("a.dcm", 20.0), LibraryMismatchError("a/1", "b/1")]
)
def test_an_error_comes_back_as_it_was(error: CbmirError) -> None:
    restored = restore_error(type(error).__name__, str(error))
    assert type(restored) is type(error)
    assert str(restored) == str(error)


@pytest.mark.parametrize("name", ["KeyError", "SystemExit", ""])
def test_an_unknown_error_is_a_plain_one_with_the_same_words(name: str) -> None:
    restored = restore_error(name, "It is broken. Mend it.")
    assert type(restored) is CbmirError
    assert str(restored) == "It is broken. Mend it."
