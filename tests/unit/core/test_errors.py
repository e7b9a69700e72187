"""Errors cross between processes, and their tree is the one that is drawn."""

import errno
import os
import re

import pytest

from cbmir_gui.core import errors
from cbmir_gui.core.errors import (
    CbmirError,
    DecoderTimeoutError,
    LibraryMismatchError,
    StorageError,
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


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.ENOENT, "check that the folder and its disk are there"),
        (errno.EACCES, "choose a folder that you may write to"),
        (errno.EROFS, "choose a folder that you may write to"),
        (errno.EIO, "check the disk"),
        (errno.ENAMETOOLONG, "choose a shorter name"),
    ],
)
def test_what_helps_fits_what_the_system_said(code: int, cure: str) -> None:
    said = str(StorageError("The card", OSError(code, os.strerror(code))))
    assert said.startswith(f"The card could not be written: {os.strerror(code)}. ")
    assert cure in said
    assert ("space" in said.partition(". ")[2]) == (code == errno.ENOSPC)


def test_a_cause_without_a_code_names_all_that_may_help() -> None:
    said = str(StorageError("The card", "it failed"))
    assert "could not be written: it failed. Nothing was lost; check that" in said


def test_a_cause_without_words_is_an_input_output_error() -> None:
    assert "input/output error" in str(StorageError("The card", OSError()))
