"""A card from anywhere is either sound or refused by name."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cbmir_gui.core.errors import ModelDamagedError
from cbmir_gui.networks.card import MAX_CLASSES, Card, read_card, write_card

CARD = Card(
    name="small",
    architecture="vgg16",
    variant="default",
    classes=("ct", "mr"),
    layers={"flatten": 25088, "pooled": 512},
    default_layer="pooled",
    default_metric="cosine",
    preprocessing="minus-imagenet-mean",
    input_size_px=224,
    metrics={"accuracy": 0.5},
)


def write(folder: Path, **changes: Any) -> None:
    (folder / "card.json").write_text(json.dumps(asdict(CARD) | changes))


def test_a_card_comes_back_as_it_was(tmp_path: Path) -> None:
    write_card(tmp_path, CARD)
    assert read_card(tmp_path) == CARD
    assert [path.name for path in tmp_path.glob("card*")] == ["card.json"]


def test_entries_of_a_later_minor_version_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, colour="blue")
    assert read_card(tmp_path) == CARD


def test_a_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    write(tmp_path, format_version=2)
    with pytest.raises(ModelDamagedError, match="newer program"):
        read_card(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"format_version": "1"},
        {"classes": 3},
        {"classes": "abc"},
        {"classes": [1, 2]},
        {"classes": ["x"] * (MAX_CLASSES + 1)},
        {"layers": ["pooled"]},
        {"layers": {"pooled": "many"}},
        {"layers": {"pooled": 0}},
        {"default_layer": ["pooled"]},
        {"default_layer": "fc9"},
        {"default_metric": 1},
        {"input_size_px": "224"},
        {"input_size_px": -1},
        {"metrics": [0.9]},
        {"training": "long"},
        {"licences": [None]},
        {"weights_sha256": None},
        {"name": {"a": 1}},
    ],
)
def test_an_entry_of_a_wrong_kind_is_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    write(tmp_path, **changes)
    with pytest.raises(ModelDamagedError, match="entry of a wrong kind"):
        read_card(tmp_path)


def test_a_card_without_an_entry_is_refused(tmp_path: Path) -> None:
    stored = asdict(CARD)
    del stored["layers"]
    (tmp_path / "card.json").write_text(json.dumps(stored))
    with pytest.raises(ModelDamagedError, match="lacks an entry"):
        read_card(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[1, 2]", "does not hold an object"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b" " * (4 * 2**20 + 1), "is too large"),
    ],
)
def test_what_is_no_card_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(ModelDamagedError, match=message):
        read_card(tmp_path)
