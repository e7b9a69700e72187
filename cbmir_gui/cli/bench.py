"""`cbmir bench [LIBRARY]`: how long queries take on this computer."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer, format_table
from cbmir_gui.cli.arguments import add_command, add_extractor_options, positive
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.paths import library_folder
from cbmir_gui.core.records import METRICS

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "bench", "measure queries, from file to hits, with everything warm"
    )
    parser.add_argument(
        "library", metavar="LIBRARY", nargs="?", default="demo", help="default: demo"
    )
    parser.add_argument(
        "--queries", type=positive, default=50, metavar="N", help="default: 50"
    )
    add_extractor_options(parser)
    parser.add_argument("--metric", choices=METRICS, default="")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Measure, and print median and 95th percentile of each step."""
    from cbmir_gui.engine.decoder_client import DecoderClient
    from cbmir_gui.services.benchmark import BenchmarkRequest, measure_queries
    from cbmir_gui.services.retrieval import RetrievalService

    request = BenchmarkRequest(
        library=str(library_folder(arguments.library)),
        num_queries=arguments.queries,
        model=arguments.model,
        layer=arguments.layer,
        metric=arguments.metric,
    )
    with terminal_progress() as progress, DecoderClient() as decoder:
        result = measure_queries(request, RetrievalService(decoder), progress)
    rows = [
        (step, result.median_ms[step], result.p95_ms[step]) for step in result.median_ms
    ]
    heading = (
        f"{result.num_queries} queries, {result.library_size} images, {result.model} "
        f"{result.layer}, {result.metric}, {result.precision}"
    )
    table = format_table(("step", "median ms", "95 % ms"), rows)
    return Answer(result, f"{heading}\n{table}")
