"""Which values of options are accepted."""

import argparse

import pytest

from cbmir_gui.cli.arguments import (
    parse_relations,
    parse_splits,
    parse_window,
    positive,
)


def test_splits_are_separated_by_commas() -> None:
    assert parse_splits("train, val") == ("train", "val")


@pytest.mark.parametrize("text", ["", ",", "train,dev", "all"])
def test_an_unknown_split_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="train,val,test"):
        parse_splits(text)


@pytest.mark.parametrize("text", ["first", "minmax", "voi:2", "40,400", "-600.5,1500"])
def test_a_window_is_a_word_or_center_and_width(text: str) -> None:
    assert parse_window(text) == text


@pytest.mark.parametrize(
    "text", ["", "lung", "40", "40,0", "40,nan", "40,400,1", "voi:0", "voi:x"]
)
def test_another_window_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="CENTER,WIDTH"):
        parse_window(text)


@pytest.mark.parametrize("text", ["0", "-3", "two", "1.5", ""])
def test_a_count_is_a_whole_number_from_one(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="at least 1"):
        positive(text)


def test_what_is_hidden_is_separated_by_commas() -> None:
    assert parse_relations("same-study, near-duplicates") == (
        "same-study",
        "near-duplicates",
    )


@pytest.mark.parametrize("text", ["", ",", "friends", "same-patient,all"])
def test_an_unknown_relation_is_wrong_usage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="same-patient,same-study"):
        parse_relations(text)
