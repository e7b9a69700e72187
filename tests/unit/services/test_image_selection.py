"""Which images a user means."""

from pathlib import Path

import pytest

from cbmir_gui.core.errors import LibraryError
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.services.image_selection import select_images


def ids_of(library_folder: Path, class_name: str) -> set[str]:
    with Catalogue.open(library_folder) as catalogue:
        return {record.image_id for record in catalogue.records(class_name=class_name)}


def test_a_file_means_its_image(image_folder: Path, library_folder: Path) -> None:
    (image_id,) = select_images(
        library_folder, [str(image_folder / "chest_ct" / "2.png")]
    )
    with Catalogue.open(library_folder) as catalogue:
        record = catalogue.record(image_id)
    assert record is not None
    assert Path(record.path).parts[-2:] == ("chest_ct", "2.png")


def test_an_image_id_means_itself_and_counts_once(
    image_folder: Path, library_folder: Path
) -> None:
    path = str(image_folder / "chest_ct" / "2.png")
    (image_id,) = select_images(library_folder, [path])
    assert select_images(library_folder, [image_id, path]) == (image_id,)


def test_a_relative_path_will_do(
    image_folder: Path, library_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(image_folder)
    assert len(select_images(library_folder, ["hand_xray/0.png"])) == 1


def test_a_class_means_all_its_images(library_folder: Path) -> None:
    chosen = select_images(library_folder, class_name="hand_xray")
    assert set(chosen) == ids_of(library_folder, "hand_xray")
    assert len(chosen) == 6


def test_an_image_that_is_not_there_is_named_by_its_last_component(
    library_folder: Path,
) -> None:
    with pytest.raises(LibraryError, match=r"no image 'other\.png'") as raised:
        select_images(library_folder, ["/somewhere/private/other.png"])
    assert "private" not in str(raised.value)


def test_an_unknown_class_is_said_with_those_that_are_there(
    library_folder: Path,
) -> None:
    with pytest.raises(LibraryError, match="brain_mri, chest_ct, hand_xray"):
        select_images(library_folder, class_name="foot")
