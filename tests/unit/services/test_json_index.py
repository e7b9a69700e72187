"""A library written to a JSON index and read back."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cbmir_gui.core.errors import (
    Cancelled,
    CbmirError,
    DamagedImageError,
    DataError,
    LibraryError,
    LibraryMismatchError,
    ModelNotFoundError,
)
from cbmir_gui.core.records import DecodedImage
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services import json_index_import
from cbmir_gui.services.json_index_import import import_index
from cbmir_gui.services.library_export import export_index
from cbmir_gui.services.retrieval import RetrievalService
from tests.unit.services.test_fused_search import add_lbp

Spoil = Callable[[Any], object]


@pytest.fixture
def index(library_folder: Path, tmp_path: Path) -> Path:
    """Write the index of the library."""
    out = tmp_path / "index.json"
    assert export_index(library_folder, out) == 18
    return out


def records_of(folder: Path) -> list[tuple[object, ...]]:
    with Library.open(folder, read_only=True) as library:
        return [
            (record.image_id, record.path, record.class_name, record.width)
            for record in library.catalogue.records()
        ]


def test_what_is_read_back_gives_the_same_search_results(
    index: Path, library_folder: Path, image_folder: Path, tmp_path: Path, decoder
) -> None:
    copy = tmp_path / "copy"
    result = import_index(index, copy, [decoder])
    assert (result.added, result.without_file) == (18, 0)
    assert records_of(copy) == records_of(library_folder)
    service = RetrievalService(decoder)
    for metric in ("cosine", "euclidean"):
        for query in sorted(image_folder.rglob("*.png"))[::5]:
            hits = [
                service.search(
                    SearchRequest(str(folder), str(query), top=18, metric=metric)
                ).hits
                for folder in (library_folder, copy)
            ]
            assert hits[0] == hits[1]


def test_features_are_the_same_to_the_last_bit(
    index: Path, library_folder: Path, tmp_path: Path, decoder
) -> None:
    import_index(index, tmp_path / "copy", [decoder])
    tables = []
    for folder in (library_folder, tmp_path / "copy"):
        with Library.open(folder, read_only=True) as library:
            tables.append(library.features())
    np.testing.assert_array_equal(tables[0].features, tables[1].features)
    assert tables[0].extractor == tables[1].extractor


def test_the_files_need_not_be_there(
    index: Path, image_folder: Path, library_folder: Path, tmp_path: Path, decoder
) -> None:
    (image_folder / "chest_ct" / "0.png").unlink()
    write_png(image_folder / "chest_ct" / "1.png", np.zeros((9, 9), np.uint8))
    result = import_index(index, tmp_path / "copy", [decoder])
    assert (result.added, result.without_file) == (18, 2)
    assert records_of(tmp_path / "copy") == records_of(library_folder)


def test_importing_twice_changes_nothing(index: Path, tmp_path: Path, decoder) -> None:
    import_index(index, tmp_path / "copy", [decoder])
    again = import_index(index, tmp_path / "copy", [decoder])
    assert (again.added, again.known) == (0, 18)


def test_images_that_are_there_get_the_features_they_lack(
    library_folder: Path, tmp_path: Path, decoder
) -> None:
    add_lbp(library_folder)
    export_index(library_folder, tmp_path / "lbp.json", "lbp")
    export_index(library_folder, tmp_path / "pixels.json", "raw-pixels")
    copy = tmp_path / "copy"
    import_index(tmp_path / "pixels.json", copy, [decoder])
    result = import_index(tmp_path / "lbp.json", copy, [decoder])
    assert (result.added, result.completed) == (0, 18)
    with Library.open(copy, read_only=True) as library:
        assert len(library.catalogue.extractors()) == 2
        assert library.missing(open_extractor("lbp").info.key) == []


def test_a_layout_of_other_programs_is_read_too(
    index: Path, tmp_path: Path, decoder
) -> None:
    document = json.loads(index.read_text())
    index.write_text(json.dumps(document, indent=1), encoding="utf-8-sig")
    assert import_index(index, tmp_path / "copy", [decoder]).added == 18


def test_an_entry_takes_no_file_from_an_image_that_is_there(
    index: Path, image_folder: Path, library_folder: Path, add_files, decoder
) -> None:
    edited, lost = (image_folder / "chest_ct" / name for name in ("0.png", "1.png"))
    write_png(edited, np.full((9, 9), 7, np.uint8))
    add_files(library_folder, [edited])
    document = json.loads(index.read_text())
    invented = "0" * 64 + ":1"
    (entry,) = (e for e in document["images"] if e["file"] == str(lost))
    document["images"] = [e for e in document["images"] if e is not entry]
    document["images"].append(entry | {"image_id": invented})
    index.write_text(json.dumps(document))
    lost.unlink()
    before = records_of(library_folder)
    result = import_index(index, library_folder, [decoder])
    assert (result.added, result.outdated, result.without_file) == (0, 2, 0)
    assert records_of(library_folder) == before


def test_a_removed_image_can_be_restored_after_an_import(
    index: Path, image_folder: Path, library_folder: Path, decoder
) -> None:
    document = json.loads(index.read_text())
    document["images"] = [document["images"][0] | {"image_id": "0" * 64 + ":1"}]
    index.write_text(json.dumps(document))
    before = records_of(library_folder)
    with Library.open(library_folder) as library:
        removal = library.remove([before[0][0]])
    assert import_index(index, library_folder, [decoder]).outdated == 1
    with Library.open(library_folder) as library:
        library.restore(removal.undo)
    assert records_of(library_folder) == before


def change_first(**values: object) -> Spoil:
    return lambda document: document["images"][0].update(values)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda document: document.update(format="other"), "not of the format"),
        (lambda document: document.update(version=2), "not of the format"),
        (lambda document: document.pop("extractor"), "does not say its extractor"),
        (lambda document: document["extractor"].update(code="x"), "no field 'code'"),
        (lambda document: document["extractor"].pop("key"), "all its fields"),
        (lambda document: document["extractor"].update(feature_dim=1e9), "float"),
        (lambda document: document.update(images=[]), "holds no image"),
        (lambda document: document.update(images={}), "'\\[' is missing"),
        (lambda document: document["images"].append(3), "image 19 is no object"),
        (
            lambda document: document["images"].append(document["images"][0]),
            "image 19 stands there twice",
        ),
        (
            lambda document: document["images"].append(
                document["images"][0] | {"image_id": "0" * 64 + ":1"}
            ),
            "image 19 has the file of another one",
        ),
        (lambda document: document["images"][1].pop("class"), "2 lacks .* 'class'"),
        (change_first(pickle="x"), "image 1 has an unknown field 'pickle'"),
        (change_first(frame="1"), "'frame' of image 1 is not a int"),
        (change_first(width=True), "'width' of image 1"),
        (change_first(width=0), "'width' of image 1 is 0"),
        (change_first(height=10**9), "'height' of image 1"),
        (change_first(num_frames=0), "'num_frames' of image 1"),
        (change_first(frame=2), "'image_id' of image 1"),
        (change_first(image_id="../../x:1"), "'image_id' of image 1"),
        (change_first(file=""), "'file' of image 1"),
        (change_first(file="a\0b"), "'file' of image 1"),
        (change_first(**{"class": "x" * 5000}), "'class' of image 1"),
        (change_first(**{"class": "x" * 101}), "class of image 1 .* 100 letters"),
        (change_first(**{"class": "a\nb"}), "class of image 1 .* no text"),
        (change_first(diagnosis="\udcff"), "'diagnosis' of image 1"),
        (change_first(features=[1.0, 2.0]), "has 2 values, but .* makes 784"),
        (change_first(features="0" * 784), "'features' of image 1 is not a list"),
        (change_first(features=["0"] * 784), "is no number"),
        (change_first(features=[True] * 784), "is no number"),
        (change_first(features=[10**400] + [0] * 783), "too large"),
        (change_first(features=[1e300] * 784), "too large"),
    ],
)
def test_a_spoilt_index_is_refused_and_leaves_no_library(
    index: Path, tmp_path: Path, decoder, spoil: Spoil, message: str
) -> None:
    document = json.loads(index.read_text())
    spoil(document)
    index.write_text(json.dumps(document))
    with pytest.raises(DataError, match=message) as caught:
        import_index(index, tmp_path / "copy", [decoder])
    assert "index.json" in str(caught.value)
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "\x00\x01", '{"images": [', "not an index", '{"format": NaN}'],
)
def test_what_is_no_index_is_refused(text: str, tmp_path: Path, decoder) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(DataError, match=r"'x\.json' cannot be read as an index"):
        import_index(file, tmp_path / "copy", [decoder])
    file.write_bytes(b"\xff\xfe{")
    with pytest.raises(DataError, match="UTF-8"):
        import_index(file, tmp_path / "copy", [decoder])
    file.unlink()
    with pytest.raises(DataError, match="cannot be opened"):
        import_index(file, tmp_path / "copy", [decoder])


def test_a_file_cut_off_anywhere_is_refused(
    index: Path, tmp_path: Path, decoder
) -> None:
    data = index.read_bytes()
    for size in np.linspace(1, len(data.rstrip()) - 1, 25, dtype=int):
        index.write_bytes(data[:size])
        with pytest.raises(DataError):
            import_index(index, tmp_path / "copy", [decoder])
    index.write_bytes(data + b"{}")
    with pytest.raises(DataError, match="follows its end"):
        import_index(index, tmp_path / "copy", [decoder])


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"model": "unknown"}, ModelNotFoundError, "unknown"),
        ({"layer": "unknown"}, CbmirError, "unknown"),
        ({"key": "raw-pixels/pixels/other-v2"}, DataError, "made by another"),
        ({"weights_sha256": "c0ffee"}, DataError, "made by another"),
        ({"feature_dim": 3}, DataError, "made by another"),
    ],
)
def test_features_that_no_query_could_be_compared_with_are_refused(
    index: Path, tmp_path: Path, decoder, changes: Any, error: Any, message: str
) -> None:
    document = json.loads(index.read_text())
    document["extractor"].update(changes)
    index.write_text(json.dumps(document))
    with pytest.raises(error, match=message):
        import_index(index, tmp_path / "copy", [decoder])
    assert not (tmp_path / "copy").exists()


def test_a_library_of_a_former_model_is_not_mixed(
    index: Path, library_folder: Path, decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object) -> None:
        raise LibraryMismatchError("old", "new")

    monkeypatch.setattr(json_index_import, "extractor_for", changed)
    before = records_of(library_folder)
    with pytest.raises(LibraryMismatchError):
        import_index(index, library_folder, [decoder])
    assert records_of(library_folder) == before
    Library.open(library_folder).close()  # the lock is free again


def test_a_cancelled_import_leaves_whole_batches(
    index: Path, tmp_path: Path, decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_index_import, "_COMMIT_IMAGES", 4)

    def stop(done: int, total: int, text: str = "") -> None:
        if done == 10:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_index(index, tmp_path / "copy", [decoder], stop)
    assert len(records_of(tmp_path / "copy")) == 8
    result = import_index(index, tmp_path / "copy", [decoder])
    assert (result.added, result.known) == (10, 8)


def test_a_hanging_file_does_not_hold_up_a_cancelled_import(
    index: Path, tmp_path: Path
) -> None:
    let_go, hangs, gave_up = (threading.Event() for _ in range(3))

    class HangingDecoder:
        def decode(self, path: Path, **_: object) -> DecodedImage:
            hangs.set()
            let_go.wait()
            raise DamagedImageError(path.name, "it hung")

    def stop(done: int, total: int, text: str = "") -> None:
        if hangs.is_set():
            raise Cancelled

    def give_up() -> None:
        gave_up.set()
        let_go.set()

    timer = threading.Timer(10, give_up)
    timer.start()
    decoders: Any = [HangingDecoder()]
    with pytest.raises(Cancelled):
        import_index(index, tmp_path / "copy", decoders, stop)
    timer.cancel()
    let_go.set()
    assert not gave_up.is_set()


def test_only_a_json_file_is_an_index(library_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"end in \.json"):
        export_index(library_folder, tmp_path / "out.csv")
