"""From a finished training to what is saved: card and folded weights."""

import datetime
import math
import platform
from collections import Counter
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.run_folder import is_run_folder, read_request
from cbmir_gui.networks.batch_norm import fold_batch_norm
from cbmir_gui.networks.card import Card
from cbmir_gui.networks.mobilenetv2 import hash_weights
from cbmir_gui.networks.precision import compute_dtype
from cbmir_gui.networks.registry import ARCHITECTURES
from cbmir_gui.networks.weights_file import as_stored
from cbmir_gui.training.datasets import TrainingData
from cbmir_gui.training.described_request import described_request
from cbmir_gui.training.recipe import Recipe
from cbmir_gui.training.run_log import read_epochs
from cbmir_gui.training.second_head import without_second_head
from cbmir_gui.training.training_result import TrainingResult, Weights

_PACKAGES = ("keras", "tensorflow-cpu", "tensorflow", "numpy", "h5py")


def plain_weights(weights: Weights) -> Weights:
    """Return the weights of the network without second head, batch norm folded.

    They are rounded as they will be stored: what is fitted to them afterwards is
    fitted to what will be read.
    """
    folded = fold_batch_norm(without_second_head(weights))
    return {name: as_stored(array) for name, array in folded.items()}


def make_card(
    name: str,
    request: TrainRequest,
    recipe: Recipe,
    data: TrainingData,
    result: TrainingResult,
    licences: tuple[str, ...],
    embedding_dim: int = 0,
) -> Card:
    """Describe the model; its figures are added when they have been measured."""
    architecture = ARCHITECTURES[request.architecture]
    classes = data.classes if architecture.has_classes else ()
    model = architecture.build(len(classes), request.variant, embedding_dim)
    layers = {
        layer: math.prod(tensor.shape[1:])
        for layer, tensor in architecture.feature_outputs(model).items()
    }
    return Card(
        name=name,
        architecture=request.architecture,
        variant=request.variant,
        classes=classes,
        layers=layers,
        default_layer=architecture.default_layer,
        default_metric=architecture.default_metric,
        preprocessing=architecture.preprocessing,
        input_size_px=architecture.input_size_px,
        created=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        training=_describe_training(request, recipe, data, result),
        metrics=_validation_metrics(result),
        versions=_versions(),
        licences=licences,
    )


def _describe_training(
    request: TrainRequest, recipe: Recipe, data: TrainingData, result: TrainingResult
) -> dict[str, Any]:
    return {
        "request": described_request(request),
        "recipe": asdict(recipe),
        "data": {
            "num_train": len(data.train),
            "num_val": len(data.validation),
            "num_unreadable": len(data.failed),
            "train_counts": _counts(data.train.labels.tolist(), data.classes),
            "val_counts": _counts(data.validation.labels.tolist(), data.classes),
            "num_train_second_head_only": data.train.labels.tolist().count(-1),
            "second_head_classes": data.fine_classes if request.second_head else (),
            "sha256": data.manifest_sha256,
        },
        "teacher": _describe_teacher(request.teacher),
        "started_from": _describe_earlier(request.weights),
        "num_epochs": len(result.epochs),
        "best_epoch": result.best.epoch,
        "best_image_size_px": result.best.image_size,
        "stopped_by_user": result.stopped,
        "problem": result.problem,
        "seconds": round(result.seconds),
        "arithmetic": compute_dtype(),
    }


def _describe_teacher(teacher: str) -> dict[str, str]:
    if not teacher:
        return {}
    path = Path(teacher).expanduser()
    return {
        "network": "MobileNetV2 (ImageNet), features of the unchanged images",
        "file": path.name,
        "sha256": hash_weights(path),
    }


def _describe_earlier(weights: str) -> dict[str, Any]:
    """Return what the training that this one went on from was asked for."""
    folder = Path(weights)
    if not is_run_folder(folder):
        return {}
    earlier = read_request(folder)
    return {
        "request": described_request(earlier),
        "started_from": _describe_earlier(earlier.weights),
        "num_epochs": len(read_epochs(folder)),
    }


def _counts(labels: list[int], classes: tuple[str, ...]) -> dict[str, int]:
    counts = Counter(labels)
    return {name: counts[number] for number, name in enumerate(classes)}


def _validation_metrics(result: TrainingResult) -> dict[str, Any]:
    metrics: dict[str, Any] = {"val_loss": result.best.val_loss}
    if result.best.val_accuracy >= 0:
        metrics["val_accuracy"] = result.best.val_accuracy
    return metrics


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except ModuleNotFoundError:
            continue  # tensorflow comes under one of two names
    return found
