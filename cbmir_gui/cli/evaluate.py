"""`cbmir evaluate`: how good a library, a model and a distance are, in figures."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli import evaluate_text
from cbmir_gui.cli.answers import Answer
from cbmir_gui.cli.arguments import (
    add_also_option,
    add_command,
    add_data_options,
    add_search_options,
)
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.paths import library_folder

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "evaluate", "measure retrieval and classification on labelled queries"
    )
    parser.add_argument(
        "--library",
        default="",
        metavar="L",
        help="database: name, or path of a folder; "
        "default: what MANIFEST has outside of the query split",
    )
    parser.add_argument(
        "--queries",
        required=True,
        metavar="MANIFEST",
        help="manifest (.csv) or folder of class folders",
    )
    add_data_options(parser, ("class", "diagnosis", "modality"))
    add_search_options(parser)
    add_also_option(parser)
    parser.add_argument(
        "--against",
        default="",
        metavar="MODEL[/LAYER][+lda]",
        help="also compare with this system on the same queries: paired bootstrap; "
        "mobilenetv2:FILE means the frozen ImageNet network with these weights, "
        "+lda a linear map learned from the labels of the database",
    )
    parser.add_argument(
        "--corruption",
        default="",
        metavar="NAME|all",
        help="also spoil the queries, e.g. blur, jpeg, and print what is lost",
    )
    parser.add_argument(
        "--leave-out",
        default="",
        metavar="COLUMN",
        help="also search without the query's own source, which this column of "
        "the manifest names, e.g. original_dataset",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Evaluate every query."""
    from cbmir_gui.engine.decoder_client import DecoderClient
    from cbmir_gui.services.evaluation import EvaluationRequest, evaluate

    library = arguments.library and str(library_folder(arguments.library))
    request = EvaluationRequest(
        queries=arguments.queries,
        library=library,
        set_name=arguments.set_name,
        splits=arguments.splits,
        model=arguments.model,
        layer=arguments.layer,
        metric=arguments.metric,
        class_filter=arguments.class_filter,
        level=arguments.label,
        corruption=arguments.corruption,
        leave_out=arguments.leave_out,
        against=arguments.against,
        also=tuple(arguments.also),
    )
    with terminal_progress() as progress, DecoderClient() as decoder:
        report = evaluate(request, decoder, progress)
    return Answer(report, evaluate_text.describe(report))
