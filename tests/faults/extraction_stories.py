"""Stories of a library whose images get new features, with the real decoder."""

import functools
from pathlib import Path

import numpy as np
from story import Story, report

from cbmir_gui.core.records import ExtractorInfo, IndexRequest
from cbmir_gui.features.extractors.raw_pixels import RawPixelExtractor
from cbmir_gui.features.registry import open_extractor
from cbmir_gui.imaging.raster import write_png
from cbmir_gui.imaging.reader import read_image
from cbmir_gui.library.library import Library
from cbmir_gui.services import extracting
from cbmir_gui.services.adopting import adopt_model, roll_back, set_default
from cbmir_gui.services.indexing import index_library

_NUM_IMAGES = 5
_COMMIT_IMAGES = 2
_RAW = RawPixelExtractor().info.key


def prepare(folder: Path) -> None:
    """Make a library of a few images."""
    rng = np.random.default_rng(6)
    images = folder / "images"
    images.mkdir(parents=True)
    for number in range(_NUM_IMAGES):
        pixels = rng.integers(0, 256, (24, 24)).astype(np.uint8)
        write_png(images / f"{number}.png", pixels)
    request = IndexRequest(str(folder / "library"), (str(images),), "raw-pixels")
    assert index_library(request).added == _NUM_IMAGES


@functools.cache
def expected_row(model: str, number: int) -> np.ndarray:
    """Return the features of one of the images as they are stored."""
    rng = np.random.default_rng(6)
    for _ in range(number + 1):
        pixels = rng.integers(0, 256, (24, 24)).astype(np.uint8)
    extractor = open_extractor(model)
    features = extractor.extract(extractor.preprocess(pixels)[np.newaxis]).features
    return features[0].astype(np.float16).astype(np.float32)


def problem_of_images(library: Library) -> str:
    """Say whether an image, a thumbnail, or a row of features is not as it was."""
    records = library.catalogue.records()
    if len(records) != _NUM_IMAGES:
        return f"{len(records)} images"
    for record in records:
        if not library.catalogue.thumbnail(record.image_id).startswith(b"\xff\xd8"):
            return "an image without a thumbnail"
        if read_image(Path(record.path)).info.image_id != record.image_id:
            return "a record of another file"
    number_of = {record.image_id: int(Path(record.path).stem) for record in records}
    for info in library.catalogue.extractors():
        table = library.features(info.key)
        for image_id, row in zip(table.image_ids, table.features, strict=True):
            expected = expected_row(info.model, number_of[image_id])
            if not np.allclose(row, expected, atol=2e-3):
                return f"features of another image, by {info.key}"
    if len(library.features().image_ids) != _NUM_IMAGES:
        return "the default model has not all features"
    kinds = {problem.kind for problem in library.verify().problems}
    return ", ".join(sorted(kinds))


# Extracted again after each retraining: same model and layer, new weights.


def _key(version: int) -> str:
    return f"{_RAW}/{version}" if version else _RAW


def _tell_extract(folder: Path, num_steps: int) -> None:
    extracting.COMMIT_IMAGES = _COMMIT_IMAGES
    info = RawPixelExtractor().info
    for step in range(num_steps):
        RawPixelExtractor.info = ExtractorInfo(  # type: ignore[method-assign,assignment]
            info.model, info.layer, info.feature_dim, info.metric, _key(step + 1)
        )
        summary = extracting.extract_missing(str(folder / "library"))
        assert summary.added == _NUM_IMAGES, summary
        report(step)


def _extract_problem(folder: Path, num_done: int) -> str:
    with Library.open(folder / "library") as library:
        default = library.catalogue.default_extractor()
        if default not in {_key(num_done), _key(num_done + 1)}:
            return f"the default is {default}"
        return problem_of_images(library)


# Adopted, rolled back, chosen.


_CHANGES = ("lbp", "", "hog", "=lbp", "", "=raw-pixels")
"""Model to adopt; empty: roll back; with "=": choose among those that are there."""


def _defaults_after(num_steps: int) -> tuple[str, str]:
    """Return the models of the default and of the former default extractor."""
    default, former = "raw-pixels", ""
    for change in _CHANGES[:num_steps]:
        if change:
            default, former = change.removeprefix("="), default
        else:
            default, former = former, ""
    return default, former


def _tell_adopt(folder: Path, num_steps: int) -> None:
    extracting.COMMIT_IMAGES = _COMMIT_IMAGES
    library = folder / "library"
    for step, change in enumerate(_CHANGES[:num_steps]):
        if not change:
            roll_back(library)
        elif change.startswith("="):
            set_default(library, change[1:])
        else:
            assert not adopt_model(str(library), change).failed
        report(step)


def _adopt_problem(folder: Path, num_done: int) -> str:
    with Library.open(folder / "library") as library:
        catalogue = library.catalogue
        model_of = {info.key: info.model for info in catalogue.extractors()}
        default = model_of[catalogue.default_extractor()]
        former = model_of.get(catalogue.previous_extractor(), "")
        allowed = [_defaults_after(num_done + more) for more in (0, 1)]
        if (default, former) not in allowed:
            return f"the models are {default} and formerly {former}"
        return problem_of_images(library)


STORIES = (
    Story("extract", prepare, _tell_extract, _extract_problem, 3),
    Story("adopt", prepare, _tell_adopt, _adopt_problem, len(_CHANGES)),
)
