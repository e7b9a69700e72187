"""`cbmir render FILE OUT.png`: what the program sees of a file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer
from cbmir_gui.cli.arguments import add_command, add_frame_option, parse_window

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        commands, "render", "write an image as a PNG: full size, 8 bit, as displayed"
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("out", metavar="OUT.png")
    add_frame_option(parser, 1)
    parser.add_argument(
        "--window",
        type=parse_window,
        default="first",
        metavar="first|minmax|voi:N|CENTER,WIDTH",
        help="first VOI window or LUT of the file (default), its full range, its N-th "
        "window or LUT, or this",
    )
    parser.add_argument(
        "--overlays", action="store_true", help="paint the file's overlays on it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Render one frame."""
    from cbmir_gui.engine.decoder_client import DecoderClient
    from cbmir_gui.engine.messages import encode_record
    from cbmir_gui.services.export import render_image

    out = Path(arguments.out)
    with DecoderClient() as decoder:
        info = render_image(
            Path(arguments.file),
            out,
            decoder,
            arguments.frame,
            arguments.window,
            arguments.overlays,
        )
    document = {
        "file": info.file_name,
        "out": str(out),
        "width": info.width,
        "height": info.height,
        "frame": info.frame,
        "num_frames": info.num_frames,
        "file_format": info.file_format,
        "modality": info.modality,
        "body_part": info.body_part,
        "window": arguments.window,
        "windows": [encode_record(choice) for choice in info.display.gray_choices],
        "num_overlays": info.display.num_overlays,
        "overlays": arguments.overlays,
    }
    text = (
        f"{out}: {info.width} x {info.height}, frame {info.frame} of {info.num_frames}"
    )
    return Answer(document, text)
