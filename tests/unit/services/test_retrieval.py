import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.core.errors import (
    Cancelled,
    CbmirError,
    DamagedImageError,
    DecoderCrashedError,
    EmptyLibraryError,
    FileAccessError,
    LibraryError,
    LibraryMismatchError,
    LibraryNotFoundError,
    LibraryOutdatedError,
    ModelNotFoundError,
    UnsupportedImageError,
)
from cbmir_gui.core.records import DecodedImage, ExtractorInfo, FloatArray, ImageArray
from cbmir_gui.core.search_records import Prediction, SearchRequest, SearchResults
from cbmir_gui.features.base import Extraction
from cbmir_gui.features.registry import find_extractor, open_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.library.library import Library
from cbmir_gui.services import query_reader, retrieval
from cbmir_gui.services.retrieval import RetrievalService

AddFiles = Callable[[Path, list[Path]], None]


@pytest.fixture
def service(decoder) -> RetrievalService:
    return RetrievalService(decoder)


@pytest.fixture
def request_of(
    library_folder: Path, image_folder: Path
) -> Callable[..., SearchRequest]:
    def make(**changes: object) -> SearchRequest:
        query = {"query_path": str(image_folder / "chest_ct" / "2.png"), "top": 5}
        return SearchRequest(library=str(library_folder), **(query | changes))

    return make


def test_the_nearest_images_are_of_the_querys_class(service, request_of) -> None:
    results = service.search(request_of())
    assert [hit.rank for hit in results.hits] == [1, 2, 3, 4, 5]
    assert {hit.class_name for hit in results.hits} == {"chest_ct"}
    assert results.library_size == 18
    assert (results.model, results.layer, results.metric) == (
        "raw-pixels",
        "pixels",
        "cosine",
    )
    assert results.predicted == ()


def test_the_query_itself_is_kept_and_marked(service, request_of) -> None:
    first, *others = service.search(request_of()).hits
    assert first.is_query
    assert Path(first.path).name == "2.png"
    assert first.distance == pytest.approx(0, abs=1e-6)
    assert first.similarity == pytest.approx(1, abs=1e-6)
    assert not any(hit.is_query for hit in others)


def test_similarity_follows_from_the_distance(service, request_of) -> None:
    cosine = service.search(request_of(metric="cosine")).hits[3]
    assert cosine.similarity == 1 - cosine.distance
    euclidean = service.search(request_of(metric="euclidean")).hits[3]
    assert euclidean.similarity == 1 / (1 + euclidean.distance)


def test_an_image_of_the_library_needs_no_decoding(
    service, request_of, decoder
) -> None:
    by_path = service.search(request_of())
    decoder.num_decoded = 0
    by_id = service.search(
        request_of(query_path="", query_image_id=by_path.hits[0].image_id)
    )
    assert decoder.num_decoded == 0
    assert by_id.hits[0].distance == 0
    assert [hit.image_id for hit in by_id.hits] == [
        hit.image_id for hit in by_path.hits
    ]


def test_more_than_there_is_gives_all(service, request_of) -> None:
    assert len(service.search(request_of(top=100)).hits) == 18


def test_a_class_can_be_chosen(service, request_of) -> None:
    results = service.search(request_of(class_filter="hand_xray", top=20))
    assert {hit.class_name for hit in results.hits} == {"hand_xray"}
    assert len(results.hits) == 6
    assert results.class_filter == "hand_xray"


def test_every_step_is_timed(service, request_of) -> None:
    timings = service.search(request_of()).timings_ms
    assert set(timings) == {"decode", "extract", "search", "total"}
    parts = timings["decode"] + timings["extract"] + timings["search"]
    assert timings["total"] == pytest.approx(parts, abs=0.1)


def test_features_stay_in_memory_until_the_library_changes(
    service, request_of, library_folder, image_folder, add_files, monkeypatch
) -> None:
    loads = count_loads(monkeypatch)
    service.search(request_of())
    service.search(request_of())
    assert loads == [18]
    write_png(image_folder / "chest_ct" / "new.png", np.full((32, 32), 9, np.uint8))
    add_files(library_folder, [image_folder / "chest_ct" / "new.png"])
    results = service.search(request_of(top=100))
    assert loads == [18]
    assert results.library_size == len(results.hits) == 19


def count_loads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    loads: list[int] = []
    features = Library.features

    def counted(library: Library, key: str = ""):
        table = features(library, key)
        loads.append(len(table.image_ids))
        return table

    monkeypatch.setattr(Library, "features", counted)
    return loads


def test_a_removed_image_is_not_found_and_a_restored_one_is(
    service, request_of, library_folder
) -> None:
    before = service.search(request_of(top=100))
    with Library.open(library_folder) as library:
        removal = library.remove([before.hits[1].image_id])
    during = service.search(request_of(top=100))
    with Library.open(library_folder) as library:
        library.restore(removal.undo)
    after = service.search(request_of(top=100))
    assert [hit.image_id for hit in during.hits] == [
        hit.image_id for hit in before.hits if hit.rank != 2
    ]
    assert after.hits == before.hits


def test_a_new_class_is_seen_at_once(service, request_of, library_folder) -> None:
    image_id = service.search(request_of()).hits[0].image_id
    with Library.open(library_folder) as library:
        library.relabel([image_id], "other")
    results = service.search(request_of(class_filter="other"))
    assert [hit.image_id for hit in results.hits] == [image_id]


def test_only_the_last_libraries_stay_in_memory(
    service, request_of, tmp_path, image_folder, add_files, monkeypatch
) -> None:
    loads = count_loads(monkeypatch)
    paths = sorted(image_folder.rglob("*.png"))
    for number in range(1, 4):
        folder = tmp_path / f"library{number}"
        Library.create(folder).close()
        add_files(folder, paths[:number])
    libraries = [str(tmp_path / f"library{number}") for number in (1, 2, 1, 3, 1, 2)]
    for library in libraries:
        service.search(SearchRequest(library, query_path=str(paths[0])))
    assert loads == [1, 2, 3, 2]
    assert len(service._opened) == retrieval.NUM_KEPT


def test_a_library_that_was_replaced_is_read_again(
    service, request_of, library_folder, image_folder, add_files
) -> None:
    service.search(request_of())
    library_folder.rename(library_folder.with_name("old"))
    Library.create(library_folder).close()
    add_files(library_folder, sorted(image_folder.rglob("*.png"))[:4])
    assert service.search(request_of()).library_size == 4


def test_an_empty_library_says_so(service, tmp_path, image_folder) -> None:
    Library.create(tmp_path / "empty").close()
    query = str(image_folder / "chest_ct" / "2.png")
    request = SearchRequest(str(tmp_path / "empty"), query_path=query)
    with pytest.raises(EmptyLibraryError, match="'empty' has no images yet"):
        service.search(request)
    assert service.warm(str(tmp_path / "empty")) == 0


def test_a_library_emptied_by_removal_says_so(
    service, request_of, library_folder
) -> None:
    hits = service.search(request_of(top=100)).hits
    with Library.open(library_folder) as library:
        library.remove([hit.image_id for hit in hits])
    with pytest.raises(EmptyLibraryError):
        service.search(request_of())


def test_warming_loads_the_features(
    service, request_of, library_folder, monkeypatch
) -> None:
    loads = count_loads(monkeypatch)
    assert service.warm(str(library_folder)) == 18
    service.search(request_of())
    assert loads == [18]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"model": "lbp"}, LibraryMismatchError, "'raw-pixels pixels'.*'lbp histogram"),
        ({"metric": "manhattan"}, CbmirError, "no distance 'manhattan'"),
        ({"class_filter": "zebra"}, CbmirError, "no images of the class 'zebra'"),
        ({"class_filter": "predicted"}, CbmirError, "predicts no classes"),
        ({"class_filter": "prior"}, CbmirError, "predicts no classes"),
        ({"query_image_id": "x:1"}, CbmirError, "either a file or an image"),
        ({"query_path": ""}, CbmirError, "either a file or an image"),
        ({"query_path": "", "query_image_id": "x:1"}, LibraryError, "not among the"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    service, request_of, changes: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        service.search(request_of(**changes))


def test_a_missing_library_and_a_query_that_is_no_image_are_named(
    service, request_of, tmp_path
) -> None:
    with pytest.raises(LibraryNotFoundError, match="'none'"):
        service.search(SearchRequest(str(tmp_path / "none"), query_path="x.png"))
    text = tmp_path / "text.dcm"
    text.write_text("not an image")
    with pytest.raises(UnsupportedImageError, match="text"):
        service.search(request_of(query_path=str(text)))


def test_features_of_other_weights_are_refused_by_name(
    service, request_of, monkeypatch
) -> None:
    info = find_extractor("raw-pixels")
    retrained = ExtractorInfo(
        info.model, info.layer, info.feature_dim, info.metric, "new key", 0, "c0ffee"
    )
    monkeypatch.setattr(
        "cbmir_gui.services.search_choices.find_extractor", lambda *_: retrained
    )
    with pytest.raises(LibraryOutdatedError, match=r"earlier version .* 'raw-pixels'"):
        service.search(request_of())


def test_a_library_whose_model_is_missing_says_how_to_get_it(
    service, request_of, monkeypatch
) -> None:
    def missing(model: str, _layer: str) -> ExtractorInfo:
        raise ModelNotFoundError(model, "vgg16-c18")

    monkeypatch.setattr("cbmir_gui.services.search_choices.find_extractor", missing)
    with pytest.raises(LibraryError, match=r"by the model 'raw-pixels', .* Import"):
        service.search(request_of())
    with pytest.raises(ModelNotFoundError, match="There is no model 'none'"):
        service.search(request_of(model="none"))


class Classifier:
    """Raw pixels with an opinion: always chest_ct."""

    classes = ("brain_mri", "chest_ct", "hand_xray")

    def __init__(self) -> None:
        self._pixels = open_extractor("raw-pixels")
        self.info = self._pixels.info

    def preprocess(self, image: ImageArray) -> FloatArray:
        return self._pixels.preprocess(image)

    def extract(self, batch: FloatArray) -> Extraction:
        features = self._pixels.extract(batch).features
        return Extraction(features, np.array([[0.1, 0.7, 0.2]], np.float32))


@pytest.fixture
def predicted_search(service, request_of, monkeypatch) -> Callable[..., SearchResults]:
    classifier = Classifier()
    monkeypatch.setattr(query_reader, "open_extractor", lambda *_: classifier)
    return lambda **changes: service.search(request_of(**changes))


def test_predictions_come_by_falling_probability(predicted_search) -> None:
    predicted = predicted_search().predicted
    assert [entry.class_name for entry in predicted] == [
        "chest_ct",
        "hand_xray",
        "brain_mri",
    ]
    assert predicted[0] == Prediction("chest_ct", pytest.approx(0.7))


def test_the_search_can_be_restricted_to_the_predicted_class(
    predicted_search, image_folder
) -> None:
    query = str(image_folder / "hand_xray" / "0.png")
    results = predicted_search(query_path=query, class_filter="predicted", top=20)
    assert {hit.class_name for hit in results.hits} == {"chest_ct"}
    assert results.class_filter == "chest_ct"


def test_probable_classes_can_come_first_without_a_restriction(
    predicted_search, image_folder
) -> None:
    query = {"query_path": str(image_folder / "hand_xray" / "0.png"), "top": 18}
    free = predicted_search(**query)
    weighted = predicted_search(**query, class_filter="prior")
    assert weighted.class_filter == "prior"
    # Nothing is lost, and distances stay distances.
    distance_of = {hit.image_id: hit.distance for hit in free.hits}
    assert {hit.image_id: hit.distance for hit in weighted.hits} == pytest.approx(
        distance_of, rel=1e-5
    )
    assert [hit.rank for hit in weighted.hits] == list(range(1, 19))

    def mean_rank(results: SearchResults, name: str) -> float:
        return np.mean([hit.rank for hit in results.hits if hit.class_name == name])

    # 0.7 against 0.2: chest_ct moves up, the query's own class stays recoverable.
    assert mean_rank(weighted, "chest_ct") < mean_rank(free, "chest_ct")
    assert weighted.hits[0].is_query
    first_five = predicted_search(**(query | {"top": 5}), class_filter="prior")
    assert first_five.hits == weighted.hits[:5]


def test_an_image_of_the_library_has_predicted_classes_too(
    predicted_search, decoder
) -> None:
    image_id = predicted_search().hits[0].image_id
    decoder.num_decoded = 0
    query = {"query_path": "", "query_image_id": image_id}
    assert predicted_search(**query).predicted[0].class_name == "chest_ct"
    assert decoder.num_decoded == 1
    results = predicted_search(**query, class_filter="predicted")
    assert {hit.class_name for hit in results.hits} == {"chest_ct"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (Path.unlink, FileAccessError),
        (lambda path: write_png(path, np.zeros((9, 9), np.uint8)), DamagedImageError),
    ],
    ids=["gone", "another image by now"],
)
def test_an_image_of_the_library_is_searched_for_without_its_file(
    predicted_search, change: Callable[[Path], None], error: type[Exception]
) -> None:
    first = predicted_search().hits[0]
    change(Path(first.path))
    query = {"query_path": "", "query_image_id": first.image_id}
    results = predicted_search(**query)
    assert results.hits[0].image_id == first.image_id
    assert results.predicted == ()
    with pytest.raises(error, match="cannot be read"):
        predicted_search(**query, class_filter="predicted")


def test_a_cancelled_search_does_not_wait_for_a_hanging_file(request_of) -> None:
    hangs, let_go = threading.Event(), threading.Event()

    class HangingDecoder:
        def decode(self, path: Path, frame: int, thumbnail: bool) -> DecodedImage:
            hangs.set()
            assert let_go.wait(60)
            raise DecoderCrashedError(path.name)

        def interrupt(self, patience_s: float) -> None:
            let_go.set()

    def stop(done: int, total: int, text: str = "") -> None:
        if hangs.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        RetrievalService(HangingDecoder()).search(request_of(), stop)
    assert let_go.is_set()


def test_a_cancelled_search_ends_between_its_steps(service, request_of) -> None:
    asked = []

    def stop(done: int, total: int, text: str = "") -> None:
        asked.append(text)
        if len(asked) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        service.search(request_of(), stop)


def test_a_compaction_between_two_searches_does_not_matter(
    service, request_of, library_folder, image_folder, add_files
) -> None:
    write_png(image_folder / "chest_ct" / "new.png", np.full((32, 32), 9, np.uint8))
    first = service.search(request_of(top=100))
    add_files(library_folder, [image_folder / "chest_ct" / "new.png"])
    with Library.open(library_folder) as library:
        library.remove([first.hits[-1].image_id])
        library.compact()
    results = service.search(request_of(top=100))
    assert len(results.hits) == 18
