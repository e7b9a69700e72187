from dataclasses import replace
from typing import Any

from cbmir_gui.gui.results.tile_text import (
    accessible_text,
    caption,
    class_label,
    similarity_name,
    similarity_short_name,
    tooltip,
)
from cbmir_gui.gui.results.tiles import tile_of_hit, tile_of_record


def test_a_similarity_is_named_as_what_it_is() -> None:
    assert similarity_name("cosine") == "cosine similarity"
    assert similarity_name("euclidean") == "similarity 1/(1+distance)"
    assert similarity_short_name("euclidean") == "1/(1+d)"


def test_a_class_is_written_as_people_write_it() -> None:
    assert class_label("ct_head") == "ct head"
    assert class_label("") == "no class"


def test_an_image_of_the_library_has_no_rank_and_no_similarity(make: Any) -> None:
    tile = tile_of_record(make.record(0))
    assert caption(tile) == "ct head · CT"
    assert "similarity" not in tooltip(tile, "cosine").lower()


def test_a_tooltip_cannot_be_forged_by_a_file_name(make: Any) -> None:
    tile = replace(tile_of_hit(make.hit(1)), path="/images/<b>x&.dcm")
    assert "&lt;b&gt;" in tooltip(tile, "cosine")


def test_the_query_itself_is_called_so(make: Any) -> None:
    tile = replace(tile_of_hit(make.hit(1)), is_query=True)
    assert "the query itself" in accessible_text(tile, "cosine")
