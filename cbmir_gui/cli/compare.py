"""`cbmir compare MANIFEST --out FOLDER`: all systems in one report."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer, format_table
from cbmir_gui.cli.arguments import add_command
from cbmir_gui.cli.terminal import terminal_progress

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "compare",
        "measure all systems on one manifest and write a report; what was measured "
        "before is kept",
    )
    parser.add_argument(
        "manifest",
        metavar="MANIFEST",
        help="manifest (.csv) or folder of class folders",
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="FOLDER",
        help="report.md, report.csv, report.pdf, and the measured rows in cache/",
    )
    parser.add_argument(
        "--rows",
        type=_parse_names,
        default=(),
        metavar="NAME,...",
        help="measure only these, e.g. lbp,hog+tree,'vgg16-c18/*'; default: all. "
        "Rows measured before stay in the report",
    )
    parser.add_argument(
        "--budget-minutes",
        type=_parse_minutes,
        default=10.0,
        metavar="M",
        help="for each network that is trained from scratch; default: 10",
    )
    parser.add_argument(
        "--imagenet",
        default="",
        metavar="FILE",
        help="weights of an ImageNet MobileNetV2 (.npz); default: "
        "../weights/mobilenetv2_imagenet.npz beside the manifest's folder, if there",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Measure, write the report, and print the main figures."""
    from cbmir_gui.engine.decoder_client import DecoderClient
    from cbmir_gui.services.compare.comparison import CompareRequest, compare

    request = CompareRequest(
        manifest=arguments.manifest,
        out=arguments.out,
        rows=arguments.rows,
        budget_minutes=arguments.budget_minutes,
        imagenet=arguments.imagenet,
    )
    with terminal_progress() as progress, DecoderClient() as decoder:
        document = compare(request, decoder, progress)
    header = ("row", "accuracy", "mAP", "P@1", "P@20", "P@100")
    names = (
        *("accuracy", "mean_average_precision", "precision_at_1"),
        *("precision_at_20", "precision_at_100"),
    )
    lines = [
        (row["row"], *(row["figures"].get(name) for name in names))
        for row in document["rows"]
        if row["status"] == "ok"
    ]
    failed = [
        f"{row['row']}: {row['reason']}"
        for row in document["rows"]
        if row["status"] != "ok"
    ]
    written = f"Report: {document['files']['md']} (also .csv, .pdf)"
    return Answer(document, "\n".join([format_table(header, lines), *failed, written]))


def _parse_names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _parse_minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"expected minutes above 0, received '{text}'")
    return minutes
