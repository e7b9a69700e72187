"""Train and test on every fold of labelled images; killed, it goes on where it was.

::

    <runs>/<name>/
        cross-validation.json    request, folds done so far, and their summary
        fold-01.csv              manifest of a fold (`folds`)
    <runs>/<name>-fold-01/       the training run of that fold
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import Cancelled, StorageError, TrainingError
from cbmir_gui.core.paths import runs_dir
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import ImageSource, TrainRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.run_events import RunFinished
from cbmir_gui.engine.run_folder import is_run_folder, read_request
from cbmir_gui.engine.run_notices import last_event
from cbmir_gui.features.registry import close_network
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.model_store import check_name, delete_model, load_card
from cbmir_gui.services.cross_validation_results import (
    Document,
    open_document,
    save_document,
    summarise,
)
from cbmir_gui.services.evaluation import EvaluationRequest, evaluate
from cbmir_gui.services.feature_cache import drop_cache
from cbmir_gui.services.folds import (
    FOLD_SET,
    draw_folds,
    place_companions,
    write_fold,
)
from cbmir_gui.services.labelled_data import read_labelled
from cbmir_gui.services.model_figures import measure_model
from cbmir_gui.services.saved_models import is_made_by, is_taken
from cbmir_gui.services.search_choices import NO_FILTER, PREDICTED, PRIOR
from cbmir_gui.services.training import train
from cbmir_gui.services.training_data import data_sha256, refuse_unusable
from cbmir_gui.training.checkpoints import load_state

DEFAULT_SPLITS = ("train", "val")
_FIGURES = ("accuracy", "mean_average_precision", "precision_at_1", "precision_at_20")
_FILTERED = "mean_average_precision"


def cross_validate(
    request: TrainRequest,
    num_folds: int,
    keep_models: bool = False,
    progress: Progress = no_progress,
) -> Document:
    """Train and test every fold that has not been yet; return the document of all.

    Parameters
    ----------
    request
        How each fold is trained. `splits` narrows DATA first (empty: train and val);
        `name` names the cross-validation, and with "-fold-01" the models.
    keep_models
        Else a fold's model, checkpoints and features are deleted once its figures are
        written: they would fill the disk.

    Returns
    -------
    dict
        ``name, data, set, num_folds, num_images, folds: [...], summary: {figure: {mean,
        sd}}, classification``; sd is that of the sample (n - 1), null for one fold;
        "classification" is of all folds together (`evaluation.classification`).

    Raises
    ------
    TrainingError
        There is another cross-validation of that name, or a model or run of one of
        its folds that is not of this one; or the learning became unstable.
    DataError, ModelError, StorageError
    Cancelled
        What is done is kept; the same call goes on.
    """
    check_name(request.name)
    sources = _read(request)
    companions = _read_companions(request, sources)
    folder = runs_dir() / request.name
    if not folder.exists():
        # A folder without a fold would keep its name from the next try.
        refuse_unusable(request, sources)
    folds = draw_folds(sources, num_folds, request.seed)
    document = open_document(folder, request, num_folds, sources, companions)
    save_document(folder, document)
    done = {fold["fold"] for fold in document["folds"]}
    for number, fold in enumerate(folds, start=1):
        if number in done:
            continue
        run = _FoldRun(request, folder, number, num_folds, progress)
        document["folds"].append(run.run(fold, place_companions(fold, companions)))
        document |= summarise(document["folds"])
        save_document(folder, document)
        if not keep_models:
            run.clear()
    return document


def _read(request: TrainRequest) -> list[ImageSource]:
    splits = request.splits or DEFAULT_SPLITS
    sources = read_labelled(request.data, request.set_name, splits, request.label)
    return [source for source in sources if source.class_name]


def _read_companions(
    request: TrainRequest, sources: Sequence[ImageSource]
) -> list[ImageSource]:
    """Return the images outside the set, for a second head."""
    if not _has_companions(request):
        return []
    known = {source.path for source in sources}
    others = _read(replace(request, set_name=""))
    return [source for source in others if source.path not in known]


def _has_companions(request: TrainRequest) -> bool:
    return request.second_head and bool(request.set_name)


class _FoldRun:
    """The training and the figures of one fold."""

    def __init__(
        self,
        request: TrainRequest,
        folder: Path,
        number: int,
        num_folds: int,
        progress: Progress,
    ) -> None:
        name = f"{request.name}-fold-{number:02d}"
        self._number = number
        self._title = f"Fold {number} of {num_folds}"
        self._manifest = folder / f"fold-{number:02d}.csv"
        self._run_folder = runs_dir() / name
        # The manifest's column is the class, whatever the label was.
        self._request = replace(
            request,
            data=str(self._manifest),
            name=name,
            set_name=FOLD_SET if _has_companions(request) else "",
            splits=(),
            label="class",
        )
        self._given_progress = progress

    def run(
        self, sources: Sequence[ImageSource], companions: Sequence[ImageSource]
    ) -> Document:
        """Train unless the model is there already, and measure it on the fold."""
        _write_manifest(self._manifest, sources, companions)
        card = self._trained()
        counts = [source.split for source in sources]
        free = self._evaluate(card, NO_FILTER)
        figures = {name: free[name] for name in _FIGURES}
        if card.classes:
            for name in (PREDICTED, PRIOR):
                figures[f"{_FILTERED}_{name}"] = self._evaluate(card, name)[_FILTERED]
        return {
            "fold": self._number,
            "num_train": counts.count("train"),
            "num_val": counts.count("val"),
            "num_test": counts.count("test"),
            "layer": card.default_layer,
            "metric": card.default_metric,
            "num_epochs": card.training["num_epochs"],
            "seconds": card.training["seconds"],
            "figures": figures,
            "confusion_matrix": free["confusion_matrix"],
        }

    def clear(self) -> None:
        """Delete what only this fold needed."""
        close_network(self._request.name)
        delete_model(self._request.name)
        drop_cache(self._request.name)
        for path in self._run_folder.glob("*.h5"):
            path.unlink(missing_ok=True)

    def _trained(self) -> Card:
        name = self._request.name
        if not is_taken(name):
            resume = is_run_folder(self._run_folder)
            if resume:
                self._refuse_other_run()
            train(
                self._request,
                self._run_folder,
                resume,
                self._progress,
                is_compared=False,
            )
        card = load_card(name)
        self._refuse_other_model(card)
        if card.training["stopped_by_user"]:
            # It is not what the others are; its run goes on the next time.
            delete_model(name)
            raise Cancelled
        if "test" not in card.metrics:
            card = measure_model(card, self._request, self._progress)
        return card

    def _refuse_other_run(self) -> None:
        """Refuse to go on with a run of another training, or one that has ended."""
        state = load_state(self._run_folder)
        began_with = state.data_sha256 if state else ""
        if (
            isinstance(last_event(self._run_folder), RunFinished)
            or read_request(self._run_folder) != self._request
            or began_with not in {"", data_sha256(self._request, has_classes=True)}
        ):
            raise TrainingError(
                f"The training '{self._run_folder.name}' is not of this "
                f"cross-validation. Delete its folder, '{self._run_folder}', or choose "
                f"another name."
            )

    def _refuse_other_model(self, card: Card) -> None:
        if not is_made_by(card, self._request):
            raise TrainingError(
                f"The model '{card.name}' is not of this cross-validation. Delete it "
                f"(cbmir models delete {card.name}), or choose another name."
            )
        problem = card.training.get("problem", "")
        if problem:
            raise TrainingError(
                f"Fold {self._number} does not count: {problem} To try it again, "
                f"delete the model '{card.name}' and the folder '{self._run_folder}'."
            )

    def _evaluate(self, card: Card, class_filter: str) -> Document:
        request = EvaluationRequest(
            queries=str(self._manifest),
            set_name=self._request.set_name,
            splits=("test",),
            database_splits=("train", "val"),
            model=card.name,
            layer=card.default_layer,
            class_filter=class_filter,
        )
        with DecoderClient() as decoder:
            return evaluate(request, decoder, self._progress)

    def _progress(self, done: int, total: int, text: str = "") -> None:
        self._given_progress(done, total, f"{self._title}: {text}")


def _write_manifest(
    path: Path, sources: Sequence[ImageSource], companions: Sequence[ImageSource]
) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_fold(path, sources, companions)
    except OSError as error:
        raise StorageError("The manifest of a fold", error) from error
