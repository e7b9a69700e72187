import re
from html import unescape
from typing import Any

import pytest

from cbmir_gui.gui.models.card_text import card_html

ENTRY = {
    "figures": {"accuracy": 0.9858, "precision_at_20": 0.98},
    "intervals": {"accuracy": [0.9775, 0.993]},
    "num_queries": 1116,
    "database_size": 4279,
    "query_splits": ["test"],
    "database_splits": ["train", "val"],
    "metric": "cosine",
    "level": "class",
}
CARD = {
    "classes": ["ct_head", "mr_brain"],
    "layers": {"flatten": 25088, "fc1": 256},
    "default_layer": "fc1",
    "default_metric": "cosine",
    "preprocessing": "minus-imagenet-mean",
    "input_size_px": 224,
    "intended_use": "Research only.",
    "metrics": {"val_loss": 0.5, "val": {"fc1": ENTRY}, "test": {"fc1": ENTRY}},
    "training": {
        "request": {"data": "manifest.csv", "seed": 1},
        "data": {"num_train": 3849, "num_val": 430},
        "num_epochs": 15,
        "best_epoch": 12,
        "seconds": 4857,
    },
    "licences": ["CC BY 4.0"],
    "created": "2026-11-21",
}


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize(
    "text",
    [
        "What it is for Research only.",
        "224 x 224 pixels, minus imagenet mean",
        "fc1: 256 values (default, Cosine)",
        "Classes (2) ct head, mr brain",
        "P@20 0.9800",
        "Accuracy 0.9858 0.978 to 0.993",
        "1116 queries of test against 4279 images of train, val; cosine, class level",
        "Images 3849 to learn from, 430 to validate",
        "Epochs 15, the best was 12",
        "Time 1 h 21 min",
        "Licences of the training data CC BY 4.0",
    ],
)
def test_a_card_is_told_in_words(text: str) -> None:
    assert text in plain(card_html(CARD, "#707070"))


def test_the_split_that_nothing_was_chosen_by_stands_first() -> None:
    text = plain(card_html(CARD, "#707070"))
    assert text.index("Split test") < text.index("Split val")


def test_what_a_card_does_not_say_is_left_out() -> None:
    text = plain(card_html({"intended_use": "Research only."}, "#707070"))
    assert text == "What it is for Research only."


def test_without_tables_the_plain_figures_are_told() -> None:
    text = plain(card_html({"metrics": {"val_accuracy": 0.5}}, "#707070"))
    assert text == "Figures Validation accuracy: 0.5"


def test_nothing_in_a_card_is_taken_for_markup() -> None:
    html = card_html(CARD | {"licences": ["<img src='x'>"]}, "#707070")
    assert "<img" not in html
    assert "&lt;img" in html


@pytest.mark.parametrize(
    "broken",
    [
        {"training": "no", "metrics": [1], "layers": None, "licences": "x"},
        {"metrics": {"test": {"fc1": {"figures": {"accuracy": None}}}}},
        {"metrics": {"test": {"fc1": ENTRY | {"intervals": 3}}}},
        {"metrics": {"test": {"fc1": ENTRY | {"intervals": {"accuracy": ["a", 1]}}}}},
        {"input_size_px": "large", "training": {"seconds": "long", "data": {}}},
    ],
)
def test_a_card_with_other_kinds_of_entries_is_shown_as_far_as_it_goes(
    broken: dict[str, Any],
) -> None:
    assert "Research only." in card_html(CARD | broken, "#707070")
