"""`cbmir search LIBRARY QUERY`: the most similar images."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cbmir_gui.cli.answers import Answer, format_table
from cbmir_gui.cli.arguments import (
    add_also_option,
    add_command,
    add_frame_option,
    add_hide_option,
    add_search_options,
    positive,
)
from cbmir_gui.core.burned_in import is_burned_in_flagged
from cbmir_gui.core.paths import library_folder
from cbmir_gui.core.prediction_support import NUM_NEAREST, is_contradicted
from cbmir_gui.core.records import MIDDLE_FRAME
from cbmir_gui.core.search_records import (
    DEFAULT_TOP,
    FUSED,
    Hit,
    SearchRequest,
    SearchResults,
)

if TYPE_CHECKING:
    from cbmir_gui.cli.arguments import Subparsers

_NUM_CLASSES_SHOWN = 3


def add_parser(commands: "Subparsers") -> None:
    """Describe the command."""
    parser = add_command(commands, "search", "find the images most similar to a query")
    parser.add_argument("library", metavar="LIBRARY", help="name, or path of a folder")
    parser.add_argument("query", metavar="QUERY", help="image file")
    parser.add_argument(
        "--top", type=positive, default=DEFAULT_TOP, metavar="N", help="default: 20"
    )
    add_search_options(parser)
    add_also_option(parser)
    add_hide_option(parser)
    add_frame_option(parser, MIDDLE_FRAME)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> Answer:
    """Search once."""
    from cbmir_gui.engine.decoder_client import DecoderClient
    from cbmir_gui.services.retrieval import RetrievalService

    request = SearchRequest(
        library=str(library_folder(arguments.library)),
        query_path=str(Path(arguments.query).absolute()),
        frame=arguments.frame,
        top=arguments.top,
        model=arguments.model,
        layer=arguments.layer,
        metric=arguments.metric,
        class_filter=arguments.class_filter,
        also=tuple(arguments.also),
        hide=arguments.hide,
    )
    with DecoderClient() as decoder:
        results = RetrievalService(decoder).search(request)
    return Answer(document(results), describe(results))


def document(results: SearchResults) -> dict[str, object]:
    """Return the JSON form; its names are those of the documented command line."""
    return {
        "query": results.query_name,
        "image_id": results.image_id,
        "model": results.model,
        "layer": results.layer,
        "metric": results.metric,
        "also": list(results.also),
        "class_filter": results.class_filter,
        "library_size": results.library_size,
        "predicted": [
            {"class": entry.class_name, "probability": entry.probability}
            for entry in results.predicted
        ],
        "prediction_problem": results.prediction_problem,
        "prediction_contradicted": is_contradicted(results),
        "hide": list(results.hide),
        "num_hidden": results.num_hidden,
        "hits": [_hit_document(asdict(hit)) for hit in results.hits],
        "timings_ms": results.timings_ms,
    }


def _hit_document(hit: dict[str, object]) -> dict[str, object]:
    return {
        ("class" if name == "class_name" else name): value
        for name, value in hit.items()
    }


def _marks(hit: Hit) -> str:
    """Return how a hit is related to the query, in brackets."""
    if hit.is_query:
        return " (the query itself)"
    marks = []
    if hit.same_study:
        marks.append("same study")
    elif hit.same_patient:
        marks.append("same patient")
    if hit.near_duplicate:
        marks.append("near-duplicate")
    if is_burned_in_flagged(hit.burned_in):
        marks.append("perhaps text in the picture")
    return f" ({', '.join(marks)})" if marks else ""


def describe(results: SearchResults) -> str:
    """Return the ranked list as text."""
    predicted = ", ".join(
        f"{entry.class_name} {entry.probability:.0%}"
        for entry in results.predicted[:_NUM_CLASSES_SHOWN]
    )
    rows = [
        (
            hit.rank,
            hit.similarity,
            hit.class_name + _marks(hit),
            hit.modality,
            hit.path,
        )
        for hit in results.hits
    ]
    used = " + ".join((f"{results.model}/{results.layer}", *results.also))
    lines = [
        f"{results.query_name}: {len(results.hits)} of {results.library_size} images, "
        f"{used}, {results.metric}, {results.timings_ms.get('total', 0.0):.0f} ms"
    ]
    if predicted:
        lines.append(f"looks like: {predicted}")
    if is_contradicted(results):
        lines.append(
            f"but none of the {NUM_NEAREST} nearest images has this class: it may be "
            f"none that the model knows"
        )
    if results.prediction_problem:
        lines.append(f"no class is predicted: {results.prediction_problem}")
    if results.hide:
        lines.append(f"hidden: {results.num_hidden} ({', '.join(results.hide)})")
    similarity = "fused score" if results.metric == FUSED else "similarity"
    header = ("rank", similarity, "class", "modality", "path")
    return "\n".join([*lines, format_table(header, rows)])
