"""After a retrain a library gets the new features, at the price of the missing ones."""

from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import Cancelled, StorageError
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services import extracting
from cbmir_gui.services.extracting import extract_missing

NEW_KEY = "raw-pixels/after the retrain"


@pytest.fixture
def retrained(monkeypatch: pytest.MonkeyPatch) -> ExtractorInfo:
    """Let raw pixels be a model whose weights have changed."""
    old = RawPixelExtractor().info
    new = ExtractorInfo(old.model, old.layer, 784, "cosine", NEW_KEY)
    monkeypatch.setattr(RawPixelExtractor, "info", new)
    return old


def test_missing_features_are_extracted_and_become_the_default(
    library_folder: Path, decoder, retrained
) -> None:
    summary = extract_missing(str(library_folder), decoders=[decoder])
    assert (summary.added, summary.failed, summary.cancelled) == (18, (), False)
    with Library.open(library_folder) as library:
        assert library.catalogue.default_extractor() == NEW_KEY
        old, new = library.features(retrained.key), library.features()
    assert old.image_ids == new.image_ids
    np.testing.assert_array_equal(old.features, new.features)

    again = extract_missing(str(library_folder), decoders=[decoder])
    assert (again.added, decoder.num_decoded) == (0, 18)


def test_another_model_does_not_become_the_default(
    library_folder: Path, decoder
) -> None:
    assert extract_missing(str(library_folder), "lbp", "", [decoder]).added == 18
    with Library.open(library_folder) as library:
        assert library.catalogue.default_extractor() == RawPixelExtractor().info.key
        assert (
            len(library.features(library.catalogue.extractors()[1].key).features) == 18
        )


def test_images_whose_files_are_gone_or_changed_are_named(
    library_folder: Path, image_folder: Path, decoder, retrained
) -> None:
    gone = image_folder / "brain_mri" / "0.png"
    gone.unlink()
    changed = image_folder / "brain_mri" / "1.png"
    write_png(changed, np.zeros((8, 8), np.uint8))

    summary = extract_missing(str(library_folder), decoders=[decoder])

    assert summary.added == 16
    reasons = {failed.path: failed.reason for failed in summary.failed}
    assert set(reasons) == {str(gone), str(changed)}
    assert "changed since it was added" in reasons[str(changed)]
    with Library.open(library_folder) as library:
        assert library.catalogue.default_extractor() == NEW_KEY
        assert library.info().num_missing_features == 2


def test_a_cancelled_extraction_keeps_what_was_committed_and_the_old_default(
    library_folder: Path, decoder, retrained, monkeypatch
) -> None:
    monkeypatch.setattr(extracting, "COMMIT_IMAGES", 4)

    def progress(done: int, total: int, text: str = "") -> None:
        if done == 10:
            raise Cancelled

    summary = extract_missing(
        str(library_folder), decoders=[decoder], progress=progress
    )

    assert (summary.cancelled, summary.added) == (True, 8)
    with Library.open(library_folder) as library:
        assert library.catalogue.default_extractor() == retrained.key
        assert len(library.missing(NEW_KEY)) == 10
    assert extract_missing(str(library_folder), decoders=[decoder]).added == 10


def test_a_library_that_cannot_be_changed_says_so(
    library_folder: Path, decoder, monkeypatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StorageError, match="read-only"):
        extract_missing(str(library_folder), decoders=[decoder])
