"""`cbmir crossvalidate DATA`: train and test a model on every fold of the images."""

import argparse
from typing import TYPE_CHECKING, Any

from cbmir_gui.cli.answers import Answer, format_table
from cbmir_gui.cli.arguments import add_command, positive
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.cli.train import add_training_options, request_of
from cbmir_gui.core.errors import Cancelled

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers

_DEFAULT_NUM_FOLDS = 10


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "crossvalidate",
        "train and test a model on every fold of train and val; the same command goes "
        "on after a stop",
    )
    add_training_options(parser)
    parser.add_argument(
        "--folds",
        type=positive,
        default=_DEFAULT_NUM_FOLDS,
        metavar="N",
        help=f"default: {_DEFAULT_NUM_FOLDS}",
    )
    parser.add_argument(
        "--keep-models", action="store_true", help="keep the model of every fold"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Run the folds that have not been run yet."""
    from dataclasses import replace

    from cbmir_gui.services.cross_validation import cross_validate

    request = request_of(arguments)
    request = replace(request, name=request.name or f"cv-{request.architecture}")
    try:
        with terminal_progress() as progress:
            document = cross_validate(
                request, arguments.folds, arguments.keep_models, progress
            )
    except Cancelled:
        raise Cancelled("Stopped on request; the same command goes on.") from None
    return Answer(document, describe(document))


def describe(document: dict[str, Any]) -> str:
    """Return the figures of each fold, their mean and standard deviation."""
    summary = document["summary"]
    rows = [
        (fold["fold"], *(fold["figures"][name] for name in summary))
        for fold in document["folds"]
    ]
    rows.append(("mean", *(entry["mean"] for entry in summary.values())))
    if len(document["folds"]) > 1:
        rows.append(("sd", *(entry["sd"] for entry in summary.values())))
    heading = (
        f"{document['name']}: {document['num_folds']} folds by group of "
        f"{document['num_images']} images of {document['data']}"
    )
    return "\n".join([heading, format_table(("fold", *summary), rows)])
