"""De-identified files from the command line, with a real decoder."""

import json
import stat
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage

from cbmir_gui.cli.main import run
from cbmir_gui.core.errors import Cancelled
from cbmir_gui.core.patient_records import DeidentifyRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.services.deidentification import deidentify_files


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Write three images of one patient, and a text file."""
    folder = tmp_path / "DOE^JOHN"
    folder.mkdir()
    paths = []
    for number in range(3):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = UltrasoundImageStorage
        ds.SOPInstanceUID, ds.StudyInstanceUID = f"1.2.3.{number}", "1.2.3"
        ds.PatientName, ds.PatientID, ds.Modality = "DOE^JOHN", "4711", "US"
        ds.PatientBirthDate = "19700102"
        ds.Rows = ds.Columns = 8
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
        ds.PixelData = np.full((8, 8), number, np.uint8).tobytes()
        paths.append(folder / f"DOE {number}.dcm")
        ds.save_as(paths[-1], enforce_file_format=True)
    notes = folder / "notes.dcm"
    notes.write_text("not an image")
    return [*paths, notes]


def test_files_are_written_and_described(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "for" / "others"
    words = ["deidentify", *map(str, files), "--out", str(out)]
    assert run([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["burned_in"] for entry in document["written"]] == ["likely"] * 3
    assert [Path(entry["path"]).name for entry in document["failed"]] == ["notes.dcm"]
    written = sorted(out.iterdir())
    assert [path.name for path in written] == [
        f"image-000{number}.dcm" for number in (1, 2, 3)
    ]
    assert len({pydicom.dcmread(path).PatientID for path in written}) == 1
    assert not any(b"DOE" in path.read_bytes() for path in written)
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    assert run(words) == 0  # beside what is there already
    text = capsys.readouterr().out
    assert "Look at them: text in a picture may name the patient" in text
    assert "image-0004.dcm, image-0005.dcm, image-0006.dcm" in text
    assert len(list(out.iterdir())) == 6


def test_nothing_written_is_a_failure(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["deidentify", str(files[-1]), "--out", str(tmp_path / "out")]) == 1
    assert "1 files were not written" in capsys.readouterr().out


def test_what_was_written_before_a_stop_stays(
    files: list[Path], tmp_path: Path
) -> None:
    def stop(done: int, total: int, text: str = "") -> None:
        if done == 2:
            raise Cancelled

    request = DeidentifyRequest(tuple(map(str, files)), str(tmp_path / "out"))
    with DecoderClient() as decoder:
        summary = deidentify_files(request, decoder, stop)
    assert summary.cancelled
    assert len(summary.written) == len(list((tmp_path / "out").iterdir())) == 2


def test_the_decoder_tells_the_patient_when_asked(files: list[Path]) -> None:
    with DecoderClient() as decoder:
        patient = decoder.ask("patient", files[0])
    assert (patient.name, patient.patient_id) == ("DOE, JOHN", "4711")
    assert patient.birth_date == "1970-01-02"
