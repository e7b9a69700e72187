"""A library changes its model as a whole, and can go back."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cbmir_gui.core.errors import (
    Cancelled,
    EmptyLibraryError,
    LibraryError,
    LibraryMismatchError,
    ModelError,
)
from cbmir_gui.core.records import ExtractorInfo
from cbmir_gui.features.extractors.lbp import LbpExtractor
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor
from cbmir_gui.library.library import Library
from cbmir_gui.services import adopting, extracting
from cbmir_gui.services.adopting import adopt_model, adopted, roll_back, set_default

NEW, OLD = LbpExtractor().info, RawPixelExtractor().info


def default_of(folder: Path) -> str:
    with Library.open(folder, read_only=True) as library:
        return library.catalogue.default_extractor()


def test_an_adopted_model_is_the_default_and_the_former_is_remembered(
    library_folder: Path, decoder
) -> None:
    before = adopted(library_folder)
    assert (before.default, before.previous) == (OLD, None)
    summary = adopt_model(str(library_folder), "lbp", "", [decoder])
    assert (summary.added, summary.failed, summary.cancelled) == (18, (), False)
    after = adopted(library_folder)
    assert (after.default, after.previous) == (NEW, OLD)


def test_a_library_goes_back_once_and_adopts_again_without_extracting(
    library_folder: Path, decoder
) -> None:
    adopt_model(str(library_folder), "lbp", "", [decoder])
    assert roll_back(library_folder).default_extractor == OLD.key
    assert adopted(library_folder).previous is None
    with pytest.raises(LibraryError, match="no former model to go back to"):
        roll_back(library_folder)
    again = adopt_model(str(library_folder), "lbp", "", [decoder])
    assert (again.added, decoder.num_decoded) == (0, 18)
    assert default_of(library_folder) == NEW.key


@pytest.mark.usefixtures("tiny_model")
def test_a_model_whose_layer_is_not_named_is_adopted_with_its_own(
    library_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(OLD, model="tiny", layer="other", key="tiny/other")
    with Library.open(library_folder) as library:
        features = library.features()
        library.add_features(features.image_ids, other, features.features)
        library.set_default_extractor(other.key)
    asked = []
    monkeypatch.setattr(adopting, "run_extraction", lambda *names: asked.append(names))
    for layer in ("", "other"):
        adopt_model(str(library_folder), "tiny", layer)
    assert [names[1:3] for names in asked] == [("tiny", "latent"), ("tiny", "other")]


def test_adopting_the_present_model_keeps_what_is_remembered(
    library_folder: Path, decoder
) -> None:
    adopt_model(str(library_folder), "lbp", "", [decoder])
    adopt_model(str(library_folder), "lbp", "", [decoder])
    assert adopted(library_folder).previous == OLD


def test_a_cancelled_adoption_keeps_the_old_default_and_goes_on_later(
    library_folder: Path, decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracting, "COMMIT_IMAGES", 4)

    def progress(done: int, total: int, text: str = "") -> None:
        if done == 10:
            raise Cancelled

    summary = adopt_model(str(library_folder), "lbp", "", [decoder], progress)
    assert (summary.cancelled, summary.added) == (True, 8)
    assert default_of(library_folder) == OLD.key
    assert adopt_model(str(library_folder), "lbp", "", [decoder]).added == 10
    assert default_of(library_folder) == NEW.key


def test_one_commit_switches_and_remembers(library_folder: Path, decoder) -> None:
    with Library.open(library_folder) as library:
        image_ids = library.catalogue.image_ids()
        features = library.features().features[:, : NEW.feature_dim]
        library.add_features(image_ids, NEW, features)
        before = library.change_number()
        library.set_default_extractor(NEW.key)
        assert library.change_number() == before + 1
        assert library.catalogue.previous_extractor() == OLD.key


def test_a_few_lost_files_are_named_and_many_keep_the_old_model(
    library_folder: Path, image_folder: Path, decoder
) -> None:
    files = sorted(image_folder.rglob("*.png"))
    for file in files[:3]:
        file.rename(file.with_suffix(".away"))
    with pytest.raises(LibraryError, match=r"keeps its model: 3 of its 18 images"):
        adopt_model(str(library_folder), "lbp", "", [decoder])
    assert default_of(library_folder) == OLD.key
    for file in files[1:3]:
        file.with_suffix(".away").rename(file)
    summary = adopt_model(str(library_folder), "lbp", "", [decoder])
    assert [failed.path for failed in summary.failed] == [str(files[0])]
    assert default_of(library_folder) == NEW.key


def test_an_empty_library_has_nothing_to_adopt(tmp_path: Path, decoder) -> None:
    Library.create(tmp_path / "empty").close()
    with pytest.raises(EmptyLibraryError):
        adopt_model(str(tmp_path / "empty"), "lbp", "", [decoder])


def test_only_a_model_whose_features_are_there_can_be_chosen(
    library_folder: Path, decoder
) -> None:
    with pytest.raises(LibraryMismatchError, match="none of 'lbp"):
        set_default(library_folder, "lbp")
    extracting.extract_missing(str(library_folder), "lbp", "", [decoder])
    assert set_default(library_folder, "lbp").default_extractor == NEW.key
    assert adopted(library_folder).previous == OLD


def test_a_former_model_that_has_changed_is_not_gone_back_to(
    library_folder: Path, decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt_model(str(library_folder), "lbp", "", [decoder])
    retrained = ExtractorInfo(OLD.model, OLD.layer, 784, "cosine", "raw-pixels/2")
    monkeypatch.setattr(RawPixelExtractor, "info", retrained)
    with pytest.raises(ModelError, match="deleted or changed since"):
        roll_back(library_folder)
    assert default_of(library_folder) == NEW.key


@pytest.fixture
def forget(library_folder: Path) -> Callable[[], None]:
    """Return a function that makes a library one of a program before adopting."""

    def forget() -> None:
        connection = sqlite3.connect(library_folder / "library.sqlite")
        connection.execute("DELETE FROM setting WHERE name = 'previous_extractor'")
        connection.commit()
        connection.close()

    return forget


def test_a_library_of_an_older_program_can_adopt(
    library_folder: Path, decoder, forget: Callable[[], None]
) -> None:
    forget()
    assert adopted(library_folder).previous is None
    adopt_model(str(library_folder), "lbp", "", [decoder])
    assert adopted(library_folder).previous == OLD
