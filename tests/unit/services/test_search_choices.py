from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import (
    CbmirError,
    LayerNotFoundError,
    LibraryMismatchError,
    LibraryOutdatedError,
)
from cbmir_gui.core.records import ExtractorInfo, ImageInfo, ImageSource
from cbmir_gui.core.search_records import Prediction
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.services import search_choices
from cbmir_gui.services.search_choices import choose_class, choose_extractor


def info(model: str, layer: str, weights: str = "aa" * 32) -> ExtractorInfo:
    key = f"{model}/{layer}/{weights[:4]}"
    return ExtractorInfo(model, layer, 2, "cosine", key, 0, weights)


VGG_POOLED, VGG_FLATTEN = info("vgg", "pooled"), info("vgg", "flatten")
DCNN_FC1, DCNN_FC2 = info("dcnn", "fc1"), info("dcnn", "fc2")
KNOWN = (VGG_POOLED, VGG_FLATTEN, DCNN_FC1, DCNN_FC2)
MakeLibrary = Callable[[Sequence[ExtractorInfo]], Library]


@pytest.fixture(autouse=True)
def known_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program know two models; the first layer of each is its default."""

    def find(model: str, layer: str) -> ExtractorInfo:
        for known in KNOWN:
            if known.model == model and layer in {"", known.layer}:
                return known
        raise LayerNotFoundError(model, layer, "")

    monkeypatch.setattr(search_choices, "find_extractor", find)


@pytest.fixture
def make_library(tmp_path: Path) -> MakeLibrary:
    """Return a function that makes a library; the first extractor is its default."""

    def make(extractors: Sequence[ExtractorInfo]) -> Library:
        library = Library.create(tmp_path / "library")
        image_id = f"{'ab' * 32}:1"
        image = NewImage(
            ImageInfo(image_id, "a.png", 1, 1),
            ImageSource("/a.png"),
            FileState("/a.png", 1, 1),
        )
        features = np.ones((1, 2), np.float32)
        library.add([image], extractors[0], features)
        for extractor in extractors[1:]:
            library.add_features([image_id], extractor, features)
        library.set_default_extractor(extractors[0].key)
        return library

    return make


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        ([VGG_FLATTEN, VGG_POOLED], ("", ""), VGG_FLATTEN),
        ([VGG_FLATTEN, VGG_POOLED], ("vgg", ""), VGG_FLATTEN),
        ([VGG_FLATTEN, VGG_POOLED], ("", "pooled"), VGG_POOLED),
        ([VGG_POOLED, DCNN_FC2, DCNN_FC1], ("dcnn", ""), DCNN_FC1),
        ([VGG_POOLED, DCNN_FC2], ("dcnn", ""), DCNN_FC2),
        ([VGG_POOLED, DCNN_FC2], ("dcnn", "fc2"), DCNN_FC2),
    ],
)
def test_what_is_left_open_is_what_the_library_has(
    make_library: MakeLibrary,
    held: list[ExtractorInfo],
    asked: tuple[str, str],
    expected: ExtractorInfo,
) -> None:
    with make_library(held) as library:
        assert choose_extractor(library, *asked) == expected


def test_what_the_library_lacks_is_named(make_library: MakeLibrary) -> None:
    with make_library([VGG_POOLED]) as library:
        with pytest.raises(LibraryMismatchError, match=r"'vgg pooled'.*'vgg flatten'"):
            choose_extractor(library, "vgg", "flatten")
        with pytest.raises(LibraryMismatchError, match=r"'vgg pooled'.*'dcnn fc1'"):
            choose_extractor(library, "dcnn")


def test_features_of_former_weights_are_to_be_made_again(
    make_library: MakeLibrary,
) -> None:
    former = info("vgg", "pooled", "bb" * 32)
    with (
        make_library([former]) as library,
        pytest.raises(LibraryOutdatedError, match=r"earlier version of .* 'vgg'"),
    ):
        choose_extractor(library)


def test_of_several_layers_only_the_one_asked_for_counts(
    make_library: MakeLibrary,
) -> None:
    former = [info("vgg", layer, "bb" * 32) for layer in ("flatten", "pooled")]
    with (
        make_library(former) as library,
        pytest.raises(LibraryOutdatedError, match=r"earlier version of .* 'vgg'"),
    ):
        choose_extractor(library, "vgg", "pooled")


def test_no_filter_is_no_filter() -> None:
    names = np.array(["a", "b"])
    assert choose_class("", (), names) == "off"
    assert choose_class("off", (), names) == "off"
    assert choose_class("b", (), names) == "b"


def test_a_prior_restricts_to_no_class() -> None:
    names = np.array(["a", "b"])
    assert choose_class("prior", (Prediction("z", 1.0),), names) == "prior"
    with pytest.raises(CbmirError, match="predicts no classes"):
        choose_class("prior", (), names)
