"""Every kind is drawn, again and again the same, and is what its file says."""

import functools
import io
from pathlib import Path

import numpy as np
import pydicom
import pytest

from cbmir_gui.core.errors import StorageError
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.sources.phantoms.dicom_writer import encode_dicom
from cbmir_gui.sources.phantoms.files import file_name, write_phantom
from cbmir_gui.sources.phantoms.kinds import KINDS, make_phantom
from cbmir_gui.sources.phantoms.phantom import NUM_PATIENTS, Phantom

ALL = sorted(KINDS)
DICOM = [name for name in ALL if ".dcm" in KINDS[name].suffixes]


@functools.cache
def drawn(kind: str, seed: int = 0) -> Phantom:
    return make_phantom(kind, seed)


def written(folder: Path, kind: str) -> Path:
    path = folder / file_name(KINDS[kind], 0)
    write_phantom(drawn(kind), path)
    return path


def dataset(phantom: Phantom) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(encode_dicom(phantom)))


def test_there_are_at_least_12_kinds() -> None:
    assert len(ALL) >= 12


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_is_drawn_the_same_again(kind: str) -> None:
    first, again = drawn(kind), make_phantom(kind, 0)
    assert np.array_equal(first.pixels, again.pixels)
    assert min(first.pixels.shape[:2]) >= 192
    assert max(first.pixels.shape[:2]) <= 320
    assert first.pixels.max() < 2**first.drawing.bits_stored
    assert len(np.unique(first.pixels)) > 50


@pytest.mark.parametrize("kind", ALL)
def test_another_seed_is_another_image(kind: str) -> None:
    assert not np.array_equal(drawn(kind, 0).pixels, drawn(kind, 1).pixels)


def test_another_exposure_of_a_patient_is_another_image() -> None:
    first, second = drawn("knee_xray"), drawn("knee_xray", NUM_PATIENTS)
    assert not np.array_equal(first.pixels, second.pixels)


def test_seeds_come_back_to_a_patient() -> None:
    groups = [drawn("knee_xray", s).group for s in (0, 1, NUM_PATIENTS)]
    assert groups == ["knee_xray-p01", "knee_xray-p02", "knee_xray-p01"]


@pytest.mark.parametrize("kind", ALL)
def test_the_reader_shows_every_kind(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, kind)
    image = read_image(path)
    assert (
        image.info.file_format
        == {
            ".dcm": "DICOM",
            ".jpg": "JPEG",
            ".png": "PNG",
        }[path.suffix]
    )
    assert image.pixels.std() > 20
    assert image.pixels.min() < 60
    assert image.pixels.max() > 200
    if path.suffix == ".dcm":
        assert image.info.modality == KINDS[kind].modality
        assert image.info.body_part == KINDS[kind].body_part


@pytest.mark.parametrize("kind", DICOM)
def test_a_dicom_file_has_the_attributes_of_its_class(kind: str) -> None:
    phantom = drawn(kind)
    ds = dataset(phantom)
    assert ds.SOPClassUID == getattr(pydicom.uid, KINDS[kind].sop_class)
    assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
    assert ds.Modality == KINDS[kind].modality
    assert ds.BodyPartExamined == KINDS[kind].body_part
    assert str(ds.PatientName) == f"PHANTOM^{KINDS[kind].title} 01"
    assert ds.PatientID.startswith("PHANTOM-")
    assert ds.Manufacturer == "CBMIR phantom"
    uids = [ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.StudyInstanceUID]
    assert len(set(uids)) == 3
    assert all(uid.is_valid and uid.startswith("2.25.") for uid in uids)
    assert np.array_equal(ds.pixel_array, phantom.pixels)


def test_a_dicom_file_is_the_same_byte_by_byte() -> None:
    assert encode_dicom(drawn("pet")) == encode_dicom(make_phantom("pet", 0))


def test_images_of_one_patient_share_study_but_not_instance() -> None:
    first = dataset(drawn("knee_xray"))
    second = dataset(drawn("knee_xray", NUM_PATIENTS))
    assert first.PatientID == second.PatientID
    assert first.StudyInstanceUID == second.StudyInstanceUID
    assert first.SOPInstanceUID != second.SOPInstanceUID


@pytest.mark.parametrize("kind", ["head_ct", "chest_ct", "abdomen_ct"])
def test_ct_values_are_hounsfield_units(kind: str) -> None:
    ds = dataset(drawn(kind))
    hu = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
    assert hu[:10].mean() == pytest.approx(-1000, abs=15)
    assert hu.max() > 500  # bone
    soft = (hu > -20) & (hu < 120)
    assert soft.mean() > 0.05


def test_pet_is_shown_dark_on_white(tmp_path: Path) -> None:
    image = read_image(written(tmp_path, "pet"))
    assert image.pixels[:5, :20].mean() > 245
    assert image.pixels.min() == 0


def test_lungs_are_dark_although_the_film_is_stored_inverted(tmp_path: Path) -> None:
    path = written(tmp_path, "chest_xray")
    assert pydicom.dcmread(path).PhotometricInterpretation == "MONOCHROME1"
    pixels = read_image(path).pixels
    height, width = pixels.shape
    lung = pixels[height // 3 : height // 2, width // 5 : 2 * width // 5]
    spine = pixels[height // 3 : height // 2, 47 * width // 100 : 53 * width // 100]
    assert lung.mean() + 40 < spine.mean()


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"'a\.png' could not be written"):
        write_phantom(drawn("blood_smear"), tmp_path / "no folder" / "a.png")
