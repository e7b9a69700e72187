from dataclasses import replace
from typing import Any

import pytest

from cbmir_gui.core.records import ExtractorInfo, LibraryInfo
from cbmir_gui.gui.query.features_choice import (
    FeaturesChoice,
    combined_choice,
    offered_extractors,
    remembered_choice,
)


def extractor(model: str, layer: str) -> ExtractorInfo:
    return ExtractorInfo(model, layer, 8, "cosine", f"{model}/{layer}/key")


@pytest.fixture
def info(make: Any) -> LibraryInfo:
    """Return a library with two layers of one model, and two other models."""
    extractors = (
        extractor("vgg", "flatten"),
        extractor("vgg", "pooled"),
        extractor("lbp", "histogram"),
        extractor("auto", "latent"),
    )
    return replace(
        make.info("/library"),
        extractors=extractors,
        default_extractor="vgg/pooled/key",
    )


def test_combined_takes_one_layer_of_each_model_the_default_first(
    info: LibraryInfo,
) -> None:
    also = ("lbp/histogram", "auto/latent")
    assert combined_choice(info) == FeaturesChoice("vgg", "pooled", also)


def test_layers_of_the_only_model_are_combined(info: LibraryInfo) -> None:
    alone = replace(info, extractors=info.extractors[:2])
    expected = FeaturesChoice("vgg", "pooled", ("vgg/flatten",))
    assert combined_choice(alone) == expected


def test_features_of_a_model_before_it_was_changed_are_not_offered_beside_the_new(
    info: LibraryInfo,
) -> None:
    former = replace(extractor("vgg", "pooled"), key="vgg/pooled/former")
    both = replace(info, extractors=(former, extractor("vgg", "pooled")))
    for default in ("vgg/pooled/key", "vgg/pooled/former"):
        renewed = replace(both, default_extractor=default)
        assert [entry.key for entry in offered_extractors(renewed)] == [default]
        assert combined_choice(renewed) is None


def test_one_kind_of_features_is_not_combined(info: LibraryInfo) -> None:
    alone = replace(info, extractors=info.extractors[1:2])
    assert combined_choice(alone) is None
    assert combined_choice(replace(info, extractors=(), default_extractor="")) is None
    assert remembered_choice(alone, "", "", True) == FeaturesChoice()


def test_what_the_library_lacks_is_not_chosen(info: LibraryInfo) -> None:
    assert remembered_choice(info, "lbp", "", False) == FeaturesChoice(
        "lbp", "histogram"
    )
    assert remembered_choice(info, "vgg", "fc1", False) == FeaturesChoice()
    assert remembered_choice(info, "hog", "", False) == FeaturesChoice()
    assert remembered_choice(info, "lbp", "", True).also
