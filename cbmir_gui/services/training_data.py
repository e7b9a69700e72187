"""The images of a training: which they are, and reading them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.core.errors import Cancelled, DataError
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import ImageArray, ImageSource, TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.run_events import RunEvent, RunReading
from cbmir_gui.services.labelled_data import find_library, read_labelled
from cbmir_gui.sources.folders import empty_class_folders
from cbmir_gui.sources.splits import DEFAULT_FRACTIONS, draw_splits
from cbmir_gui.training.refusals import learned_classes

if TYPE_CHECKING:
    from cbmir_gui.training.datasets import TrainingData

_VALIDATION_SHARE = 0.1
_READING_INTERVAL_S = 0.5


def load_images(
    request: TrainRequest, progress: Progress, folder: Path | None = None
) -> "TrainingData":
    """Check the request, then read its images.

    Parameters
    ----------
    folder
        Of the run, where it may go on from a checkpoint.

    Raises
    ------
    DataError, LibraryError
        DATA cannot be used.
    TrainingError, ModelError
        The request cannot be used.
    Cancelled
        `progress` asked to stop.
    """
    from cbmir_gui.networks.registry import ARCHITECTURES
    from cbmir_gui.training.datasets import load_training_data
    from cbmir_gui.training.preparation import check_request
    from cbmir_gui.training.second_head import with_teacher

    sources = split_sources(request)
    check_request(request, folder)
    architecture = ARCHITECTURES[request.architecture]
    with DecoderClient() as decoder:

        def decode(source: ImageSource) -> ImageArray:
            return decoder.decode(Path(source.path), source.frame).pixels

        data = load_training_data(
            sources,
            decode,
            progress,
            min_classes=2 if architecture.has_classes else 1,
            companions=_companions(request, sources),
            size_px=architecture.square_size_px,
            continue_background=architecture.continues_background,
        )
    if request.teacher:
        data = with_teacher(data, request.teacher, progress)
    return data


def refuse_unusable(request: TrainRequest, sources: Sequence[ImageSource]) -> None:
    """Check a request, and the classes of its images, before anything is written.

    Raises
    ------
    DataError
        There are too few classes.
    TrainingError, ModelError
        The request cannot be used.
    """
    from cbmir_gui.networks.registry import ARCHITECTURES
    from cbmir_gui.training.preparation import check_request

    check_request(request)
    has_classes = ARCHITECTURES[request.architecture].has_classes
    learned_classes(sources, min_classes=2 if has_classes else 1)


def split_sources(request: TrainRequest) -> list[ImageSource]:
    """Return the images of DATA; where a split is absent, it is drawn by group.

    Raises
    ------
    DataError, LibraryError
        DATA cannot be used, or one of its class folders is empty.
    """
    _refuse_empty_classes(request)
    return draw_sources(request)


def draw_sources(request: TrainRequest) -> list[ImageSource]:
    """Return the same as `split_sources`, also where a class folder is empty.

    Raises
    ------
    DataError, LibraryError
        DATA cannot be used.
    """
    splits = request.splits or tuple(DEFAULT_FRACTIONS)
    sources = read_labelled(request.data, request.set_name, splits, request.label)
    if any(source.split == "val" for source in sources):
        return sources
    # The manifest knows no validation part: take it from the training part.
    tested = [source for source in sources if source.split == "test"]
    unsplit = [
        replace(source, split="") for source in sources if source.split == "train"
    ]
    shares = {"train": 1 - _VALIDATION_SHARE, "val": _VALIDATION_SHARE}
    return [*draw_splits(unsplit, shares), *tested]


def data_sha256(request: TrainRequest, has_classes: bool) -> str:
    """Return the hash over its images that a training would write on its card.

    Parameters
    ----------
    has_classes
        Whether its architecture learns classes.

    Raises
    ------
    DataError, LibraryError
        DATA cannot be used.
    """
    from cbmir_gui.training.datasets import choose_sources, hash_sources

    sources = split_sources(request)
    companions = _companions(request, sources)
    own = choose_sources(sources, needs_class=has_classes)
    return hash_sources(own + choose_sources(companions, needs_class=False))


def reading_progress(
    progress: Progress,
    report: Callable[[RunEvent], None],
    is_stopped: Callable[[], bool],
) -> Progress:
    """Tell the run's followers how far reading is; wait or stop if they ask for it.

    A run counts several times from the start, e.g. once more for the frozen layers.
    """
    told_s = 0.0
    begun_s = time.monotonic()
    num_done = 0

    def tell(done: int, total: int, text: str = "") -> None:
        nonlocal told_s, begun_s, num_done
        progress(done, total, text)
        asked_s = time.monotonic()
        if is_stopped():
            raise Cancelled
        now_s = time.monotonic()
        # What a pause takes is not what the images take.
        begun_s = begun_s + now_s - asked_s if done > num_done else now_s
        num_done = done
        if now_s - told_s >= _READING_INTERVAL_S:
            told_s = now_s
            report(RunReading(done, total, round(now_s - begun_s, 3)))

    return tell


def _companions(request: TrainRequest, sources: list[ImageSource]) -> list[ImageSource]:
    """Return the images outside the set, for the second head."""
    if not (request.second_head and request.set_name):
        return []
    known = {source.path for source in sources}
    others = split_sources(replace(request, set_name=""))
    return [source for source in others if source.path not in known]


def _refuse_empty_classes(request: TrainRequest) -> None:
    folder = Path(request.data).expanduser()
    if not folder.is_dir() or find_library(request.data) is not None:
        return
    empty = empty_class_folders(folder)
    if empty:
        raise DataError(
            f"The class '{empty[0]}' has no images: its folder is empty. Add images "
            f"to it or remove the folder."
        )
