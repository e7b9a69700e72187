"""Options that several commands share, and the types of their values."""

import argparse
from typing import TYPE_CHECKING

from cbmir_gui.core.contents import FILE_ONCE
from cbmir_gui.core.records import METRICS, MIDDLE_FRAME
from cbmir_gui.core.search_records import RELATIONS

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SPLITS = ("train", "val", "test")
WINDOWS = ("first", "minmax")


def add_command(
    commands: "Subparsers", name: str, summary: str
) -> argparse.ArgumentParser:
    """Add a command with its ``--json``."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON document instead of text",
    )
    return parser


def add_group(commands: "Subparsers", name: str, summary: str) -> "Subparsers":
    """Add a command that has commands of its own."""
    parser = commands.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def add_data_options(parser: argparse.ArgumentParser, labels: tuple[str, ...]) -> None:
    """Add what narrows DATA."""
    parser.add_argument(
        "--set",
        dest="set_name",
        default="",
        metavar="S",
        help="only rows of the manifest whose 'sets' name it, e.g. c18",
    )
    parser.add_argument(
        "--split",
        dest="splits",
        type=parse_splits,
        default=(),
        metavar="S",
        help="only these sides, e.g. train,val",
    )
    parser.add_argument(
        "--label", choices=labels, default="class", help="what is used as the class"
    )


def add_extractor_options(parser: argparse.ArgumentParser) -> None:
    """Add which features are meant."""
    parser.add_argument(
        "--model", default="", metavar="NAME", help="default: the library's"
    )
    parser.add_argument(
        "--layer", default="", metavar="LAYER", help="default: the model's"
    )


def add_search_options(parser: argparse.ArgumentParser) -> None:
    """Add how a library is searched."""
    add_extractor_options(parser)
    parser.add_argument(
        "--metric", choices=METRICS, default="", help="default: the model's"
    )
    parser.add_argument(
        "--class-filter",
        default="off",
        metavar="off|predicted|prior|CLASS",
        help="search everywhere, in the predicted class, everywhere but weighted by "
        "the predicted probabilities, or in this class",
    )


def add_also_option(parser: argparse.ArgumentParser) -> None:
    """Add further features to search with at once."""
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="MODEL/LAYER",
        help="also use these features: the mean of the standardised similarities; "
        "may be repeated",
    )


def add_hide_option(parser: argparse.ArgumentParser) -> None:
    """Add which images related to the query are left out."""
    parser.add_argument(
        "--hide",
        type=parse_relations,
        default=(),
        metavar="R",
        help=f"leave these out before the nearest are taken, some of: "
        f"{','.join(RELATIONS)}",
    )


def add_frame_option(parser: argparse.ArgumentParser, default: int) -> None:
    """Add which frame of a file is meant where none is named."""
    usual = "the middle one" if default == MIDDLE_FRAME else str(default)
    parser.add_argument(
        "--frame",
        type=positive,
        default=default,
        metavar="N",
        help=f"frame, from 1; default: {usual}",
    )


def add_every_option(parser: argparse.ArgumentParser) -> None:
    """Add how many images are taken of a series."""
    parser.add_argument(
        "--every",
        type=positive,
        default=FILE_ONCE,
        metavar="N",
        help="take every N-th image of each series and file, as they lie in space; "
        "default: each file once, of several frames the middle one",
    )


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number of at least 1, received '{text}'"
        )
    return number


def parse_splits(text: str) -> tuple[str, ...]:
    """Parse ``train,val``."""
    splits = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [split for split in splits if split not in SPLITS]
    if unknown or not splits:
        raise argparse.ArgumentTypeError(
            f"expected some of {','.join(SPLITS)}, received '{text}'"
        )
    return splits


def parse_relations(text: str) -> tuple[str, ...]:
    """Parse ``same-patient,near-duplicates``."""
    relations = tuple(part.strip() for part in text.split(",") if part.strip())
    if not relations or any(relation not in RELATIONS for relation in relations):
        raise argparse.ArgumentTypeError(
            f"expected some of {','.join(RELATIONS)}, received '{text}'"
        )
    return relations


def parse_window(text: str) -> str:
    """Parse ``first``, ``minmax``, ``voi:N`` or ``CENTER,WIDTH``."""
    number = text.removeprefix("voi:")
    if text in WINDOWS or (number != text and number.isdecimal() and int(number)):
        return text
    try:
        _, width = (float(part) for part in text.split(","))
    except ValueError:
        width = 0.0
    if not width >= 1:
        raise argparse.ArgumentTypeError(
            f"expected first, minmax, voi:N, or CENTER,WIDTH with a width of at "
            f"least 1, received '{text}'"
        )
    return text
