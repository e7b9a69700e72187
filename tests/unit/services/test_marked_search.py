"""Hits of the query's own patient and study, and copies of it: marked, or left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import DecodedImage, ImageArray, ImageSource
from cbmir_gui.core.search_records import SearchRequest, SearchResults
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.preview import read_preview
from cbmir_gui.imaging.thumbnails import make_thumbnail
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library
from cbmir_gui.services.retrieval import RetrievalService

SIDE = 64


class PreviewDecoder:
    """Decodes as the decoder process does, where it is called."""

    def start(self) -> None:
        """Do nothing: there is no process."""

    def decode(self, path: Path, frame: int = 0, **options: Any) -> DecodedImage:
        return read_preview(path, frame, **options)


@dataclass(frozen=True)
class Shot:
    """One file: what it shows, and whose it is."""

    name: str
    pattern: int
    """Files of the same pattern are near-duplicates."""
    patient: str = ""
    study: str = ""
    burned_in: str = ""
    modality: str = "CT"
    group: str = ""


def pixels_of(shot: Shot) -> ImageArray:
    """Return the picture of the pattern."""
    rng = np.random.default_rng(shot.pattern)
    coarse = rng.integers(0, 256, (8, 8)).astype(np.uint8)
    return np.kron(coarse, np.ones((SIDE // 8, SIDE // 8), np.uint8))


def write_dicom(folder: Path, shot: Shot) -> Path:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = SecondaryCaptureImageStorage
    ds.SOPInstanceUID = f"1.2.3.{sum(shot.name.encode())}"
    ds.ConversionType = "SYN"
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    ds.Modality = shot.modality
    if shot.patient:
        ds.PatientID = shot.patient
        ds.PatientName = shot.patient
    if shot.study:
        ds.StudyInstanceUID = shot.study
    if shot.burned_in:
        ds.BurnedInAnnotation = shot.burned_in
    ds.Rows = ds.Columns = SIDE
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation = 7, 0
    ds.PixelData = pixels_of(shot).tobytes()
    path = folder / shot.name
    ds.save_as(path, enforce_file_format=True)
    return path


QUERY = Shot("query.dcm", pattern=1, patient="P1", study="1.2.1")
SHOTS = (
    Shot("own-study.dcm", pattern=2, patient="P1", study="1.2.1", burned_in="YES"),
    Shot("own-patient.dcm", pattern=3, patient="P1", study="1.2.2"),
    Shot("copy.dcm", pattern=1, patient="P2", study="1.2.3", modality="US"),
    *(
        Shot(
            f"other-{number}.dcm", 10 + number, f"P{10 + number}", f"1.2.{10 + number}"
        )
        for number in range(12)
    ),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


MakeLibrary = Callable[[Sequence[Shot]], Path]


@pytest.fixture
def make_library(tmp_path: Path, folder: Path) -> MakeLibrary:
    """Return a function that makes a library of shots, raw pixels as features."""

    def make(shots: Sequence[Shot]) -> Path:
        extractor = open_extractor("raw-pixels")
        images, batch = [], []
        for shot in shots:
            path = write_dicom(folder, shot)
            image = read_preview(path, thumbnail=True)
            source = ImageSource(str(path), group=shot.group)
            state = FileState(str(path), path.stat().st_size, path.stat().st_mtime_ns)
            thumbnail = make_thumbnail(image.pixels)
            images.append(NewImage(image.info, source, state, thumbnail))
            batch.append(extractor.preprocess(image.pixels))
        library = Library.create(tmp_path / "library")
        with library:
            features = extractor.extract(np.stack(batch)).features
            library.add(images, extractor.info, features)
        return tmp_path / "library"

    return make


@pytest.fixture
def service() -> RetrievalService:
    return RetrievalService(PreviewDecoder())


def hits_by_name(results: SearchResults) -> dict[str, Any]:
    return {Path(hit.path).name: hit for hit in results.hits}


def test_related_hits_are_marked(service, make_library, folder) -> None:
    library = make_library((QUERY, *SHOTS))
    request = SearchRequest(str(library), str(folder / QUERY.name), top=100)
    hits = hits_by_name(service.search(request))
    assert len(hits) == len(SHOTS) + 1
    marks = {
        name: (hit.same_patient, hit.same_study, hit.near_duplicate)
        for name, hit in hits.items()
    }
    assert marks.pop("query.dcm") == (True, True, True)
    assert hits["query.dcm"].is_query
    assert marks.pop("own-study.dcm") == (True, True, False)
    assert marks.pop("own-patient.dcm") == (True, False, False)
    assert marks.pop("copy.dcm") == (False, False, True)
    assert set(marks.values()) == {(False, False, False)}


@pytest.mark.parametrize(
    ("hide", "hidden"),
    [
        (("same-patient",), {"query.dcm", "own-study.dcm", "own-patient.dcm"}),
        (("same-study",), {"query.dcm", "own-study.dcm"}),
        (("near-duplicates",), {"query.dcm", "copy.dcm"}),
        (
            ("same-patient", "same-study", "near-duplicates"),
            {"query.dcm", "own-study.dcm", "own-patient.dcm", "copy.dcm"},
        ),
    ],
)
def test_what_is_hidden_is_replaced_by_the_next_ones(
    service, make_library, folder, hide: tuple[str, ...], hidden: set[str]
) -> None:
    library = make_library((QUERY, *SHOTS))
    query = str(folder / QUERY.name)
    everything = service.search(SearchRequest(str(library), query, top=100))
    ranking = [Path(hit.path).name for hit in everything.hits]
    results = service.search(SearchRequest(str(library), query, top=8, hide=hide))
    expected = [name for name in ranking if name not in hidden][:8]
    assert [Path(hit.path).name for hit in results.hits] == expected
    assert [hit.rank for hit in results.hits] == list(range(1, 9))
    assert results.hide == hide
    if "near-duplicates" not in hide:
        assert results.num_hidden == len(hidden)
    else:
        before_last = ranking[: ranking.index(expected[-1])]
        by_header = {"own-study.dcm", "own-patient.dcm"} & hidden
        assert results.num_hidden == len(
            {name for name in before_last if name in hidden} | by_header
        )


def test_more_copies_than_hits_are_all_passed_over(
    service, make_library, folder
) -> None:
    copies = [Shot(f"copy-{number}.dcm", 1, f"C{number}") for number in range(40)]
    library = make_library((*copies, *SHOTS))
    query = write_dicom(folder, QUERY)
    request = SearchRequest(str(library), str(query), top=5, hide=("near-duplicates",))
    results = service.search(request)
    assert len(results.hits) == 5
    assert not any(Path(hit.path).name.startswith("copy") for hit in results.hits)
    assert results.num_hidden >= 41


def test_an_image_of_the_library_knows_its_patient_without_its_file(
    service, make_library, folder
) -> None:
    library = make_library((QUERY, *SHOTS))
    first = service.search(SearchRequest(str(library), str(folder / QUERY.name), top=1))
    (folder / QUERY.name).unlink()
    request = SearchRequest(
        str(library),
        query_image_id=first.hits[0].image_id,
        top=100,
        hide=("same-patient",),
    )
    results = service.search(request)
    assert not {"own-study.dcm", "own-patient.dcm"} & set(hits_by_name(results))
    assert hits_by_name(results)["copy.dcm"].near_duplicate


def test_a_group_of_a_manifest_is_a_patient(service, make_library, folder) -> None:
    shots = [Shot(f"{n}.dcm", n, group="g" if n < 3 else "") for n in range(1, 7)]
    library = make_library(shots)
    request = SearchRequest(str(library), str(folder / "1.dcm"), top=100)
    marked = {
        name
        for name, hit in hits_by_name(service.search(request)).items()
        if hit.same_patient
    }
    assert marked == {"1.dcm", "2.dcm"}


def test_files_without_a_patient_are_nobodys(service, make_library, folder) -> None:
    nobody = [Shot(f"{n}.dcm", n, patient="ANONYMOUS") for n in range(1, 5)]
    library = make_library(nobody)
    query = write_dicom(folder, Shot("query.dcm", 9, patient="ANONYMOUS"))
    results = service.search(SearchRequest(str(library), str(query), top=10))
    assert not any(hit.same_patient for hit in results.hits)


def test_burned_in_text_is_told_of_hits(service, make_library, folder) -> None:
    library = make_library((QUERY, *SHOTS))
    request = SearchRequest(str(library), str(folder / QUERY.name), top=100)
    hits = hits_by_name(service.search(request))
    assert hits["own-study.dcm"].burned_in == "yes"
    assert hits["copy.dcm"].burned_in == "likely"
    assert hits["other-10.dcm"].burned_in == ""


def test_a_library_without_the_table_of_burned_in_text_is_read(
    service, make_library, folder
) -> None:
    library = make_library([Shot("a.dcm", 1), Shot("b.dcm", 2)])
    with Library.open(library) as opened:
        assert opened.catalogue.burned_in(
            opened.catalogue.image_ids()
        ) == dict.fromkeys(opened.catalogue.image_ids(), "")


def test_an_unknown_relation_is_refused(service, make_library, folder) -> None:
    library = make_library((QUERY,))
    request = SearchRequest(str(library), str(folder / QUERY.name), hide=("friends",))
    with pytest.raises(CbmirError, match="'friends' cannot be hidden"):
        service.search(request)
