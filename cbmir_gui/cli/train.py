"""`cbmir train DATA`: train a model on labelled images."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmir_gui.cli.answers import Answer, format_fields
from cbmir_gui.cli.arguments import add_command, add_data_options, positive
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.errors import Cancelled
from cbmir_gui.core.records import TrainRequest

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers

ARCHITECTURES = ("vgg16", "dcnn", "autoencoder")
TRAINABLE = ("head", "block5", "all")
RECIPES = ("ours", "published")


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(commands, "train", "train a model on labelled images")
    add_training_options(parser)
    parser.add_argument(
        "--run-folder", default="", metavar="FOLDER", help="where the run is kept"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run of this folder or, without one, of this name",
    )
    parser.set_defaults(run=run)


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Add what `request_of` reads."""
    parser.add_argument(
        "data",
        metavar="DATA",
        help="folder of class folders, manifest (.csv), or library with classes",
    )
    parser.add_argument("--arch", choices=ARCHITECTURES, default="vgg16")
    parser.add_argument("--variant", default="default", help="e.g. paper")
    parser.add_argument("--name", default="", help="name of the new model")
    add_data_options(parser, ("class", "modality"))
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        default="ours",
        help="how it is trained: so that it learns best here, or as published",
    )
    parser.add_argument(
        "--weights",
        default="none",
        metavar="imagenet|FILE|none",
        help="what the training starts from (default: none)",
    )
    parser.add_argument(
        "--trainable", choices=TRAINABLE, default="all", help="layers that learn"
    )
    parser.add_argument("--epochs", type=positive, default=25, metavar="N")
    parser.add_argument(
        "--patience",
        type=positive,
        default=5,
        metavar="N",
        help="stop after so many epochs without improvement (default: 5)",
    )
    parser.add_argument("--batch-size", type=positive, default=32, metavar="N")
    parser.add_argument(
        "--image-size",
        type=positive,
        default=0,
        metavar="PX",
        help="side of the training images (default: small first, 224 at the end)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument(
        "--no-augment", action="store_true", help="train on unchanged images"
    )
    parser.add_argument(
        "--second-head",
        action="store_true",
        help="also learn diagnoses and the classes outside --set (VGG16)",
    )
    parser.add_argument(
        "--teacher",
        default="",
        metavar="FILE",
        help="weights (.npz) of a MobileNetV2 whose features are imitated (VGG16)",
    )


def request_of(arguments: argparse.Namespace) -> TrainRequest:
    """Return what the arguments ask for."""
    return TrainRequest(
        data=_data(arguments.data),
        architecture=arguments.arch,
        variant=arguments.variant,
        name=arguments.name,
        set_name=arguments.set_name,
        splits=arguments.splits,
        label=arguments.label,
        weights=_start(arguments.weights),
        trainable=arguments.trainable,
        epochs=arguments.epochs,
        patience=arguments.patience,
        batch_size=arguments.batch_size,
        image_size=arguments.image_size,
        seed=arguments.seed,
        augment=not arguments.no_augment,
        second_head=arguments.second_head,
        teacher=_absolute(arguments.teacher),
        recipe=arguments.recipe,
    )


def _data(data: str) -> str:
    from cbmir_gui.services.labelled_data import find_library

    return str(find_library(data) or Path(data).expanduser().absolute())


def _start(weights: str) -> str:
    """Make a path absolute: a run may go on from another folder."""
    from cbmir_gui.engine.run_folder import is_run_folder
    from cbmir_gui.networks.model_store import model_folders

    names = {"none", "imagenet", *model_folders()}
    # A run comes before a model of the same name.
    is_name = weights in names and not is_run_folder(Path(weights))
    return weights if is_name else _absolute(weights)


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""


def run(arguments: argparse.Namespace) -> Answer:
    """Train to the end, or until stopped; the best weights are kept."""
    from cbmir_gui.engine.run_folder import describe_left_out
    from cbmir_gui.services.training import train
    from cbmir_gui.services.training_runs import find_run

    folder = Path(arguments.run_folder) if arguments.run_folder else None
    request = request_of(arguments)
    try:
        with terminal_progress() as progress:
            card = train(request, folder, arguments.resume, progress)
    except Cancelled:
        raise Cancelled("Stopped on request; --resume goes on.") from None
    num_left_out = card["training"]["data"]["num_unreadable"]
    message = describe_left_out(folder or find_run(card["name"]), num_left_out)
    if message:
        print(message, file=sys.stderr)
    return Answer(card, describe(card))


def describe(card: Mapping[str, Any]) -> str:
    """Return the name, the classes and the figures of a new model."""
    figures = [
        (name, value)
        for name, value in card["metrics"].items()
        if isinstance(value, int | float)
    ]
    fields = format_fields(
        [
            ("model", card["name"]),
            ("architecture", f"{card['architecture']} ({card['variant']})"),
            ("classes", len(card["classes"])),
            *figures,
        ]
    )
    return f"{fields}\n'cbmir models show {card['name']}' prints its card."
