"""`cbmir deidentify FILE... --out FOLDER`: DICOM images without their patients."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import DONE, FAILED, Answer, format_failures
from cbmir_gui.cli.arguments import add_command
from cbmir_gui.cli.terminal import terminal_progress
from cbmir_gui.core.burned_in import is_burned_in_flagged
from cbmir_gui.core.patient_records import DeidentifyRequest, DeidentifySummary

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands,
        "deidentify",
        "write DICOM images without their patients, by the basic profile of PS3.15",
    )
    parser.add_argument("files", metavar="FILE", nargs="+")
    parser.add_argument(
        "--out", required=True, metavar="FOLDER", help="made if it is not there"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Write the files; status 1 if none could be."""
    from cbmir_gui.engine.decoder_client import DecoderClient
    from cbmir_gui.services.deidentification import deidentify_files

    paths = tuple(str(Path(file).absolute()) for file in arguments.files)
    request = DeidentifyRequest(paths, str(Path(arguments.out).absolute()))
    with DecoderClient() as decoder, terminal_progress() as progress:
        summary = deidentify_files(request, decoder, progress)
    status = DONE if summary.written and not summary.cancelled else FAILED
    return Answer(summary, describe(summary), status)


def describe(summary: DeidentifySummary) -> str:
    """Return what was written, and what must still be looked at."""
    lines = [f"{len(summary.written)} files written to {summary.folder}"]
    flagged = [
        Path(entry.file).name
        for entry in summary.written
        if is_burned_in_flagged(entry.burned_in)
    ]
    lines.append(
        "The pixels were not changed. Look at them: text in a picture may name the "
        "patient, and a face may be recognised."
    )
    if flagged:
        lines.append(f"Text in the picture is likely in: {', '.join(flagged)}")
    if summary.cancelled:
        lines.append("Stopped on request; what was written stays.")
    if summary.failed:
        lines.append(f"{len(summary.failed)} files were not written:")
        lines.append(format_failures(summary.failed))
    return "\n".join(lines)
