"""Evaluations of several extractors at once."""

import csv
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import CbmirError, DataError, LibraryMismatchError
from cbmir_gui.core.search_records import FUSED
from cbmir_gui.evaluation.labels import Labels
from cbmir_gui.features.registry import find_extractor
from cbmir_gui.index.exact import ExactIndex
from cbmir_gui.library.library import Library
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from cbmir_gui.services.fused_system import SideBySideIndex, _join
from cbmir_gui.services.fusion import fuse
from cbmir_gui.services.labelled_features import LabelledFeatures
from cbmir_gui.services.search_parts import Part
from tests.unit.services.test_fused_search import add_lbp

PARTS = (
    Part(find_extractor("raw-pixels"), "cosine"),
    Part(find_extractor("lbp"), "euclidean"),
)


@pytest.fixture
def manifest(tmp_path: Path, image_folder: Path) -> Path:
    """Write a manifest with 4 train and 2 test images of each class."""
    path = tmp_path / "manifest.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "class", "split"])
        for number, file in enumerate(sorted(image_folder.rglob("*.png"))):
            split = "train" if number % 6 < 4 else "test"
            writer.writerow([file, file.parent.name, split])
    return path


@pytest.mark.usefixtures("home")
def test_a_fused_system_is_evaluated_as_any_other(manifest: Path, decoder) -> None:
    request = EvaluationRequest(
        str(manifest), model="raw-pixels", also=("lbp",), corruption="blur"
    )
    report = evaluate(request, decoder)
    assert report["num_queries"] == 6
    assert report["mean_average_precision"] == 1
    assert report["protocol"]["metric"] == FUSED
    assert report["protocol"]["also"] == ["lbp/histogram"]
    assert report["protocol"]["database_size"] == 12
    assert report["corruptions"]["blur"]["num_queries"] == 6


@pytest.mark.usefixtures("home")
def test_a_library_is_searched_with_the_images_that_have_all_features(
    manifest: Path, library_folder: Path, decoder
) -> None:
    request = EvaluationRequest(
        str(manifest), library=str(library_folder), splits=("test",), also=("lbp",)
    )
    with pytest.raises(LibraryMismatchError, match="none of 'lbp histogram'"):
        evaluate(request, decoder)
    with Library.open(library_folder, read_only=True) as library:
        image_ids = [record.image_id for record in library.catalogue.records()]
    add_lbp(library_folder, image_ids[:15])
    report = evaluate(request, decoder)
    assert report["protocol"]["database_size"] == 15


@pytest.mark.usefixtures("home")
def test_an_extractor_named_twice_is_refused(manifest: Path, decoder) -> None:
    also = ("lbp", "raw-pixels/pixels")
    request = EvaluationRequest(str(manifest), model="raw-pixels", also=also)
    with pytest.raises(CbmirError, match="'raw-pixels/pixels' is named twice"):
        evaluate(request, decoder)


def database(image_ids: str, features: np.ndarray) -> LabelledFeatures:
    names = list(image_ids)
    labels = Labels(names, names, [""] * len(names), [""] * len(names))
    return LabelledFeatures(labels, features, paths=names)


def test_features_are_brought_to_the_same_images() -> None:
    pixels = np.arange(4 * 784, dtype=np.float32).reshape(4, 784)
    dim = PARTS[1].info.feature_dim
    lbp = np.arange(3 * dim, dtype=np.float32).reshape(3, dim)
    joined = _join([database("abcd", pixels), database("dxa", lbp)], PARTS)
    assert joined.labels.image_ids == ["a", "d"]
    assert joined.paths == ["a", "d"]
    np.testing.assert_array_equal(joined.features[:, :784], pixels[[0, 3]])
    np.testing.assert_array_equal(joined.features[:, 784:], lbp[[2, 0]])
    one = joined.part(np.array([1]))
    assert (one.labels.image_ids, one.parts) == (["d"], PARTS)
    with pytest.raises(DataError, match="'raw-pixels/pixels' and 'lbp/histogram'"):
        _join([database("ab", pixels[:2]), database("xyz", lbp)], PARTS)


def test_each_query_is_ranked_by_the_fused_distances() -> None:
    random = np.random.default_rng(1)
    dims = [part.info.feature_dim for part in PARTS]
    features = random.random((30, sum(dims)), np.float32)
    queries = random.random((3, sum(dims)), np.float32)
    found = SideBySideIndex(features, PARTS).search(queries, 30, "cosine")
    for query, rows, distances in zip(
        queries, found.rows, found.distances, strict=True
    ):
        fused = fuse(
            np.stack(
                [
                    ExactIndex(features[:, : dims[0]]).distances(
                        query[: dims[0]], "cosine"
                    ),
                    ExactIndex(features[:, dims[0] :]).distances(
                        query[dims[0] :], "euclidean"
                    ),
                ]
            )
        )
        assert rows.tolist() == np.argsort(fused, kind="stable").tolist()
        assert distances == pytest.approx(fused[rows], abs=1e-5)
