"""`cbmir evaluate`: how good a library, a model and a distance are, in figures."""

import argparse
from typing import TYPE_CHECKING, Any

from cbmir_gui.cli.answers import Answer, format_table
from cbmir_gui.cli.arguments import (
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
    )
    with terminal_progress() as progress, DecoderClient() as decoder:
        report = evaluate(request, decoder, progress)
    return Answer(report, describe(report))


def describe(report: dict[str, Any]) -> str:
    """Return the macro figures with their intervals and ceilings as text."""
    protocol = report["protocol"]
    heading = (
        f"{report['num_queries']} queries of {protocol['queries']} against "
        f"{protocol['database_size']} images of {protocol['database']}: "
        f"{protocol['model']} {protocol['layer']}, {protocol['metric']}, "
        f"{protocol['level']} level, class filter {protocol['class_filter']}"
    )
    counts = (
        f"{report['num_skipped']} queries skipped, {protocol['num_without_relevant']} "
        f"with nothing to find, {protocol['num_dropped_hits']} hits not counted "
        f"(the query itself or its group)"
    )
    names = [name for name in report if f"{name}_interval" in report]
    rows = [
        (
            name,
            report[name],
            *(report[f"{name}_interval"] or (None, None)),
            report["ceilings"].get(name),
        )
        for name in names
        if report[name] is not None
    ]
    header = ("macro mean over classes", "value", "95 % low", "high", "ceiling")
    return "\n".join([heading, counts, format_table(header, rows)])
