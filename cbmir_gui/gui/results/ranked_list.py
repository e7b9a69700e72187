"""Writes a ranked list as a table or as plain text."""

import csv
from io import StringIO
from pathlib import Path

from cbmir_gui.core.errors import StorageError
from cbmir_gui.core.search_records import Hit, SearchResults
from cbmir_gui.gui.results.tile_text import features_name, relation_names
from cbmir_gui.gui.results.tiles import tile_of_hit

COLUMNS = (
    "rank",
    "similarity",
    "distance",
    "class",
    "diagnosis",
    "modality",
    "body_part",
    "image_id",
    "path",
    "query",
    "library_size",
    "model",
    "layer",
    "metric",
    "also",
    "class_filter",
    "same_patient",
    "same_study",
    "near_duplicate",
    "burned_in",
    "hide",
    "num_hidden",
)


def results_csv(results: SearchResults) -> str:
    """Return the hits as CSV; each line also says what was searched, and how."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for hit in results.hits:
        writer.writerow(
            [
                hit.rank,
                f"{hit.similarity:.6f}",
                f"{hit.distance:.6f}",
                hit.class_name,
                hit.diagnosis,
                hit.modality,
                hit.body_part,
                hit.image_id,
                hit.path,
                results.query_name,
                results.library_size,
                results.model,
                results.layer,
                results.metric,
                " ".join(results.also),
                results.class_filter,
                _yes_or_no(hit.same_patient),
                _yes_or_no(hit.same_study),
                _yes_or_no(hit.near_duplicate),
                hit.burned_in,
                " ".join(results.hide),
                results.num_hidden,
            ]
        )
    return stream.getvalue()


def results_text(results: SearchResults) -> str:
    """Return the hits as a list for people."""
    lines = [
        f"Query: {results.query_name}",
        f"Library: {results.library_size} images",
        f"Features: {features_name(results)}, {results.metric}",
        *(
            f"Predicted: {entry.class_name} {100 * entry.probability:.1f} %"
            for entry in results.predicted[:3]
        ),
        "For research and teaching, not for diagnosis.",
        "",
    ]
    lines += [
        f"{hit.rank:3d}  {hit.similarity:.4f}  {hit.class_name or '-':24} "
        f"{hit.modality or '-':4} {Path(hit.path).name}{_marks(hit)}"
        for hit in results.hits
    ]
    return "\n".join(lines) + "\n"


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _marks(hit: Hit) -> str:
    names = relation_names(tile_of_hit(hit))
    return f" ({', '.join(names)})" if names else ""


def write_text(path: Path, text: str) -> None:
    """Write `text` to a file.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"'{path.name}'", error) from error
