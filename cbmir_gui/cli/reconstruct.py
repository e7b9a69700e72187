"""`cbmir models reconstruct`: what an autoencoder makes of an image."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer
from cbmir_gui.cli.arguments import add_command, add_frame_option
from cbmir_gui.core.records import MIDDLE_FRAME

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers


def add_reconstruct_parser(group: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(
        group,
        "reconstruct",
        "show what an autoencoder makes of an image: input, output, difference",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("image", metavar="IMAGE")
    parser.add_argument("out", metavar="OUT.png")
    add_frame_option(parser, MIDDLE_FRAME)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Write the picture, and say how far the output is from the input."""
    from cbmir_gui.engine.decoder_client import DecoderClient
    from cbmir_gui.services.reconstruction import (
        reconstruct_image,
        write_reconstruction,
    )

    out = Path(arguments.out)
    with DecoderClient() as decoder:
        rebuilt = reconstruct_image(
            arguments.name, Path(arguments.image), decoder, arguments.frame
        )
    write_reconstruction(rebuilt, out)
    document = {
        "model": arguments.name,
        "image": rebuilt.info.file_name,
        "frame": rebuilt.info.frame,
        "mean_squared_error": rebuilt.mean_squared_error,
        "out": out,
    }
    error = f"mean squared error {rebuilt.mean_squared_error:.5f} (values 0 to 1)"
    return Answer(document, f"{out}: input, output and difference, {error}")
