"""Indexing adds what is new, tells what is not, and goes on past bad files."""

import csv
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pydicom
import pytest

from cbmir_gui.core.errors import (
    Cancelled,
    DamagedImageError,
    DataError,
    EngineError,
    LibraryBusyError,
    LibraryOutdatedError,
    ModelDamagedError,
    ModelNotFoundError,
    StorageError,
)
from cbmir_gui.core.records import DecodedImage, FailedFile, ImageInfo, IndexRequest
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor
from cbmir_gui.imaging.frames import choose_frame
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.library import Library
from cbmir_gui.services import indexing
from cbmir_gui.services.import_look import look_at_import
from cbmir_gui.services.indexing import index_library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new library"


@pytest.fixture
def index(folder: Path, decoder):
    """Return a function that indexes paths with raw pixels as features."""

    def run(*paths: Path, **options):
        progress = options.pop("progress", lambda *_: None)
        decoders = options.pop("decoders", [decoder])
        request = IndexRequest(
            str(folder),
            tuple(map(str, paths)),
            **({"model": "raw-pixels"} | options),
        )
        return index_library(request, decoders, progress)

    return run


def counts(summary) -> tuple[int, int, int, int]:
    return summary.added, summary.known, summary.duplicate, len(summary.failed)


def write_manifest(path: Path, rows: list[dict[str, str]]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_folder_becomes_a_library_in_the_order_of_its_names(
    index, image_folder, folder
) -> None:
    summary = index(image_folder)

    assert counts(summary) == (18, 0, 0, 0)
    assert not summary.cancelled
    assert summary.images_per_second == pytest.approx(18 / summary.seconds)
    with Library.open(folder) as library:
        records = library.catalogue.records()
        table = library.features()
    names = [str(path) for path in sorted(image_folder.rglob("*.png"))]
    assert [record.path for record in records] == names
    assert {record.class_name for record in records} == {""}, "not read as DATA"
    assert table.extractor == RawPixelExtractor().info
    assert list(table.image_ids) == [record.image_id for record in records]
    assert len(np.unique(table.features, axis=0)) == 18


def test_adding_the_same_files_again_costs_a_look(
    index, image_folder, folder, decoder
) -> None:
    index(image_folder)
    with Catalogue.open(folder) as catalogue:
        before = catalogue.change_number()
        num_decoded = decoder.num_decoded

        summary = index(image_folder)

        assert counts(summary) == (0, 18, 0, 0)
        assert decoder.num_decoded == num_decoded
        assert catalogue.change_number() == before


def test_adding_to_a_library_costs_only_what_is_new(
    index, image_folder, folder, decoder, monkeypatch
) -> None:
    index(image_folder)
    former = {path: path.stat().st_mtime_ns for path in folder.rglob("*.h5")}
    extract = RawPixelExtractor.extract
    sizes: list[int] = []

    def counting(self, batch):
        sizes.append(len(batch))
        return extract(self, batch)

    monkeypatch.setattr(RawPixelExtractor, "extract", counting)
    decoder.num_decoded = 0
    for number in range(5):
        pixels = np.full((20, 20), 10 * number, np.uint8)
        write_png(image_folder / "hand_xray" / f"new {number}.png", pixels)

    summary = index(image_folder)

    assert counts(summary) == (5, 18, 0, 0)
    assert decoder.num_decoded == 5
    assert sum(sizes) == 5
    unchanged = {path: path.stat().st_mtime_ns for path in former}
    assert unchanged == former
    assert len(list(folder.rglob("*.h5"))) == len(former) + 1


def test_the_same_content_is_a_duplicate_in_the_same_run_and_in_a_later_one(
    index, image_folder, folder, tmp_path
) -> None:
    original = image_folder / "brain_mri" / "0.png"
    shutil.copy(original, image_folder / "brain_mri" / "0 copy.png")
    assert counts(index(image_folder)) == (18, 0, 1, 0)
    later = tmp_path / "later.png"
    shutil.copy(original, later)
    assert counts(index(later)) == (0, 0, 1, 0)
    with Catalogue.open(folder) as catalogue:
        twins = [record for record in catalogue.records() if record.num_paths > 1]
        assert [record.num_paths for record in twins] == [3]
        assert str(later) in catalogue.paths(twins[0].image_id)
    assert counts(index(image_folder, later)) == (0, 20, 0, 0)


def test_a_touched_file_is_known_and_a_changed_one_is_new(
    index, image_folder, folder
) -> None:
    index(image_folder)
    touched = image_folder / "brain_mri" / "0.png"
    os.utime(touched, ns=(1, 1))
    assert counts(index(touched)) == (0, 1, 0, 0)
    with Catalogue.open(folder) as catalogue:
        assert catalogue.find_path(str(touched), touched.stat().st_size, 1)

    write_png(touched, np.zeros((9, 9), np.uint8))
    assert counts(index(touched)) == (1, 0, 0, 0)
    with Catalogue.open(folder) as catalogue:
        assert catalogue.num_images() == 18, "the former image is gone"


def test_a_bad_file_is_named_with_its_reason_and_the_rest_goes_on(
    index, image_folder
) -> None:
    empty = image_folder / "brain_mri" / "empty.png"
    empty.touch()
    text = image_folder / "brain_mri" / "report.dcm"
    text.write_text("This is no image.")
    cut = image_folder / "hand_xray" / "cut.png"
    cut.write_bytes((image_folder / "hand_xray" / "0.png").read_bytes()[:200])
    gone = image_folder / "gone.png"

    summary = index(image_folder, gone)

    assert counts(summary) == (18, 0, 0, 3)
    reasons = {failed.path: failed.reason for failed in summary.failed}
    assert set(reasons) == {str(empty), str(cut), str(gone)}
    assert summary.skipped == (FailedFile(str(text), "it is a text file"),)
    assert "empty" in reasons[str(empty)]
    assert "no such file" in reasons[str(gone)]


def test_what_is_no_image_is_skipped_with_the_reason_that_a_look_gives(
    index, tmp_path: Path, write_dicom, decoder
) -> None:
    folder = tmp_path / "cd"
    write_dicom(folder / "image")
    sop_class = "1.2.840.10008.5.1.4.1.1.88.11"
    for name, attributes in {
        "report": {"SOPClassUID": sop_class},
        "cut off": {"SOPClassUID": sop_class, "Rows": 32},
    }.items():
        ds = pydicom.dcmread(write_dicom(folder / name))
        del ds.Rows, ds.PixelData
        ds.update(attributes)
        ds.save_as(folder / name)
    (folder / "DICOMDIR").write_text("hello")
    (folder / "more.zip").write_bytes(b"PK\x03\x04")
    strange = pydicom.dcmread(write_dicom(folder / "strange"))
    strange.PhotometricInterpretation = "CMYK"
    strange.save_as(folder / "strange")

    summary = index(folder)

    assert {Path(entry.path).name: entry.reason for entry in summary.skipped} == {
        "DICOMDIR": "it is a text file",
        "more.zip": "it is a ZIP archive; add it by itself",
        "report": "it is a structured report",
    }
    assert {Path(entry.path).name for entry in summary.failed} == {"cut off", "strange"}
    (folder / "DICOMDIR").unlink()
    looked = look_at_import([str(folder)], tmp_path, [decoder])
    assert set(looked.skipped) == set(summary.skipped[1:])


def test_a_file_that_vanishes_after_it_was_found_is_a_failed_one(
    index, image_folder, tmp_path
) -> None:
    manifest = write_manifest(
        tmp_path / "m.csv",
        [
            {"file": "images/brain_mri/0.png", "class": "a"},
            {"file": "images/vanished.png", "class": "a"},
        ],
    )
    summary = index(manifest)
    assert counts(summary) == (1, 0, 0, 1)
    assert "'vanished.png' cannot be read: No such file" in summary.failed[0].reason


def test_a_manifest_brings_its_labels(index, image_folder, folder, tmp_path) -> None:
    manifest = write_manifest(
        tmp_path / "data.csv",
        [
            {
                "file": f"images/{path.relative_to(image_folder).as_posix()}",
                "class": path.parent.name,
                "diagnosis": f"diagnosis {number}",
                "modality": "MR",
                "group": f"patient {number // 2}",
                "split": "test" if number % 2 else "train",
                "sets": "c18",
            }
            for number, path in enumerate(sorted(image_folder.rglob("*.png")))
        ],
    )
    assert index(manifest, splits=("test",), set_name="c18").added == 9
    with Catalogue.open(folder) as catalogue:
        records = catalogue.records()
        assert catalogue.class_counts() == {
            "brain_mri": 3,
            "chest_ct": 3,
            "hand_xray": 3,
        }
    assert [record.diagnosis for record in records[:2]] == [
        "diagnosis 1",
        "diagnosis 3",
    ]
    assert {record.modality for record in records} == {"MR"}
    assert records[1].group.startswith("group-")
    assert b"patient 1" not in (folder / "library.sqlite").read_bytes()


def test_the_modality_can_be_the_class(index, image_folder, folder, tmp_path) -> None:
    manifest = write_manifest(
        tmp_path / "data.csv",
        [{"file": "images/brain_mri/0.png", "class": "brain_mri", "modality": "MR"}],
    )
    index(manifest, label="modality")
    with Catalogue.open(folder) as catalogue:
        assert catalogue.class_counts() == {"MR": 1}


def test_class_folders_are_classes_when_read_as_data(
    index, image_folder, folder
) -> None:
    index(image_folder, splits=("train", "val", "test"))
    with Catalogue.open(folder) as catalogue:
        assert set(catalogue.class_counts()) == {"brain_mri", "chest_ct", "hand_xray"}


def test_a_file_named_twice_is_added_once(index, image_folder) -> None:
    path = image_folder / "brain_mri" / "0.png"
    assert counts(index(path, image_folder, path)) == (18, 0, 0, 0)


def test_an_unusable_manifest_makes_no_library(index, tmp_path, folder) -> None:
    manifest = tmp_path / "data.csv"
    manifest.write_text("name\nx\n")
    with pytest.raises(DataError, match="no column"):
        index(manifest)
    assert not folder.exists()


def test_an_unknown_model_makes_no_library(index, image_folder, folder) -> None:
    with pytest.raises(ModelNotFoundError):
        index(image_folder, model="no-such-model")
    assert not folder.exists()


def test_a_name_that_is_mistyped_makes_no_library(index, tmp_path, folder) -> None:
    assert counts(index(tmp_path / "mistyped")) == (0, 0, 0, 1)
    assert not folder.exists()


def test_a_model_that_cannot_be_loaded_makes_no_library(
    index, image_folder, folder, monkeypatch
) -> None:
    def fail(model: str, layer: str) -> None:
        raise ModelDamagedError(model, "weights.h5 has changed")

    monkeypatch.setattr(indexing, "open_extractor", fail)
    with pytest.raises(ModelDamagedError, match="has changed"):
        index(image_folder)
    assert not folder.exists()


def cancel_after(num_done: int):
    def progress(done: int, total: int, text: str = "") -> None:
        if done >= num_done and total:
            raise Cancelled

    return progress


def test_a_cancelled_import_keeps_what_was_committed(
    index, image_folder, folder, monkeypatch
) -> None:
    monkeypatch.setattr(indexing, "COMMIT_IMAGES", 4)
    summary = index(image_folder, progress=cancel_after(10))
    assert summary.cancelled
    assert summary.added == 8
    with Library.open(folder) as library:
        assert library.info().num_images == 8
        assert library.features().features.shape == (8, 784)
        assert len(list(folder.rglob("*.h5*"))) == 2
    assert counts(index(image_folder)) == (10, 8, 0, 0)


def test_an_import_cancelled_before_its_first_commit_leaves_no_records(
    index, image_folder, folder
) -> None:
    summary = index(image_folder, progress=cancel_after(3))
    assert (summary.cancelled, summary.added) == (True, 0)
    with Library.open(folder) as library:
        assert library.info().num_images == 0
    assert list(folder.rglob("*.h5*")) == []


def test_an_import_cancelled_while_files_are_looked_for_makes_no_library(
    index, image_folder, folder
) -> None:
    def progress(done: int, total: int, text: str = "") -> None:
        raise Cancelled

    assert index(image_folder, progress=progress).cancelled
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", "brain_mri/0.png"], ids=["folder", "one file"])
def test_a_hanging_file_does_not_hold_up_a_cancelled_import(
    index, image_folder, name
) -> None:
    let_go = threading.Event()
    hangs = threading.Event()

    class HangingDecoder:
        def decode(self, path: Path, frame: int = 1, **_: object) -> DecodedImage:
            hangs.set()
            let_go.wait()
            raise DamagedImageError(path.name, "it hung")

    def progress(done: int, total: int, text: str = "") -> None:
        if hangs.is_set():
            raise Cancelled

    def give_up() -> None:
        gave_up.set()
        let_go.set()

    gave_up = threading.Event()
    timer = threading.Timer(10, give_up)
    timer.start()
    summary = index(image_folder / name, decoders=[HangingDecoder()], progress=progress)
    timer.cancel()
    let_go.set()
    assert summary.cancelled
    assert not gave_up.is_set()


def test_progress_counts_every_file(index, image_folder) -> None:
    shutil.copy(image_folder / "brain_mri" / "0.png", image_folder / "copy.png")
    (image_folder / "text.txt").write_text("x")
    index(image_folder / "hand_xray")
    steps = []
    index(image_folder, progress=lambda *step: steps.append(step))
    done = [step[0] for step in steps if step[1]]
    assert done == sorted(done)
    assert done[-1] == 20
    assert {step[1] for step in steps} == {0, 20}


def test_a_decoder_that_cannot_start_ends_the_import(index, image_folder) -> None:
    class NoDecoder:
        def decode(self, path: Path, frame: int = 1, **_: object) -> DecodedImage:
            raise EngineError("The decoder process could not be started.")

    with pytest.raises(EngineError, match="could not be started"):
        index(image_folder, decoders=[NoDecoder()])


def test_several_decoders_keep_the_order(index, image_folder, folder, decoder) -> None:
    index(image_folder, decoders=[decoder] * 4)
    with Catalogue.open(folder) as catalogue:
        paths = [record.path for record in catalogue.records()]
    assert paths == sorted(paths)


class FramesDecoder:
    """Pretends that files hold as many frames as their names say."""

    def decode(self, path: Path, frame: int, **_: object) -> DecodedImage:
        num_frames = int(path.stem)
        frame = choose_frame(path.name, frame, num_frames)
        pixels = np.full((8, 8), frame, np.uint8)
        content = path.stem.rjust(64, "0")
        info = ImageInfo(f"{content}:{frame}", path.name, 8, 8, frame, num_frames)
        return DecodedImage(pixels, info, b"thumbnail")


def test_the_middle_frame_stands_for_a_file_of_many(index, tmp_path, folder) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    for name in ("1", "2", "3", "10", "75"):
        (frames / f"{name}.dcm").write_text(name)
    index(frames, decoders=[FramesDecoder()])
    with Catalogue.open(folder) as catalogue:
        records = catalogue.records()
    found = {record.num_frames: record.frame for record in records}
    assert found == {1: 1, 2: 1, 3: 2, 10: 5, 75: 38}
    assert counts(index(frames, decoders=[FramesDecoder()])) == (0, 5, 0, 0)


def test_a_library_is_extended_by_its_own_extractor(
    index, image_folder, folder
) -> None:
    index(image_folder / "brain_mri")
    assert index(image_folder, model="").added == 12
    with Library.open(folder) as library:
        assert library.features().features.shape == (18, 784)


def test_a_model_that_has_changed_is_not_mixed_with_its_former_self(
    index, image_folder, folder, monkeypatch
) -> None:
    index(image_folder / "brain_mri")
    info = RawPixelExtractor().info
    changed = type(info)(info.model, info.layer, 784, "cosine", "raw-pixels/other")
    monkeypatch.setattr(RawPixelExtractor, "info", changed)
    for model in ("", "raw-pixels"):
        with pytest.raises(LibraryOutdatedError, match="of the model 'raw-pixels'"):
            index(image_folder, model=model)


def test_another_extractor_can_be_asked_for(index, image_folder, folder) -> None:
    index(image_folder / "brain_mri")
    index(image_folder, model="lbp")
    with Library.open(folder) as library:
        assert library.info().num_missing_features == 12
        assert library.features().features.shape == (6, 784)
        models = [info.model for info in library.catalogue.extractors()]
    assert models == ["raw-pixels", "lbp"]


def test_a_busy_library_says_so(index, image_folder, folder) -> None:
    with Library.create(folder), pytest.raises(LibraryBusyError):
        index(image_folder)


def test_a_read_only_library_says_so_before_anything_is_decoded(
    index, image_folder, folder, decoder, monkeypatch
) -> None:
    Library.create(folder).close()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StorageError, match="read-only"):
        index(image_folder)
    assert decoder.num_decoded == 0
