"""Write the report of a comparison: Markdown, CSV and PDF of the same rows."""

from collections.abc import Sequence
from pathlib import Path

from cbmir_gui.core.errors import StorageError
from cbmir_gui.evaluation.report import DEFINITIONS
from cbmir_gui.networks.card import Card, read_card
from cbmir_gui.networks.model_store import has_weights, model_folders
from cbmir_gui.services.compare.csv_table import csv_text
from cbmir_gui.services.compare.extra_tables import read_extra_tables
from cbmir_gui.services.compare.markdown import Report, markdown_text
from cbmir_gui.services.compare.measuring import Document
from cbmir_gui.services.compare.pdf import pdf_bytes
from cbmir_gui.services.compare.published import PUBLISHED
from cbmir_gui.services.compare.published_table import PublishedRow, published_rows
from cbmir_gui.services.compare.tasks import DATABASE_SPLITS, QUERY_SPLITS, TaskData

NAME = "report"


def write_report(
    out: Path, data_name: str, data: Sequence[TaskData], rows: Sequence[Document]
) -> Document:
    """Write the three files, and return what `cbmir compare --json` prints.

    Raises
    ------
    DataError
        A table of the folder (see `extra_tables`) cannot be read.
    ModelDamagedError
        The card of a model without weights cannot be read.
    StorageError
        The folder cannot be written.
    """
    report = Report(
        data_name=data_name,
        sizes={
            each.task.name: (len(each.database), len(each.queries)) for each in data
        },
        rows=rows,
        published=published_rows(rows, PUBLISHED, _cards_alone(data)),
        extra=read_extra_tables(out),
    )
    contents = {
        "md": markdown_text(report).encode(),
        "csv": csv_text(rows).encode(),
        "pdf": pdf_bytes(report),
    }
    files = {}
    for suffix, content in contents.items():
        path = out / f"{NAME}.{suffix}"
        _write(path, content)
        files[suffix] = str(path)
    return {
        "rows": list(rows),
        "published": [_published_document(row) for row in report.published],
        "protocol": {
            "data": data_name,
            "database_splits": list(DATABASE_SPLITS),
            "query_splits": list(QUERY_SPLITS),
            "definitions": DEFINITIONS,
        },
        "files": files,
    }


def _cards_alone(data: Sequence[TaskData]) -> dict[str, Card]:
    """Return the cards of models without weights that were measured on these images."""
    tasks = {each.task.name: each for each in data}
    folders = model_folders()
    cards = {}
    for system in PUBLISHED:
        folder, task = folders.get(system.model), tasks.get(system.task)
        if folder is None or task is None or has_weights(folder):
            continue
        card = read_card(folder)
        if _is_of(card, task):
            cards[system.model] = card
    return cards


def _is_of(card: Card, data: TaskData) -> bool:
    """Tell whether a card's figures on test are of the images of a task."""
    from cbmir_gui.training.datasets import hash_sources

    learned = card.training.get("data", {}).get("sha256")
    measured = card.metrics.get("test", {}).get(card.default_layer, {})
    has_queries: bool = measured.get("num_queries") == len(data.queries)
    return has_queries and learned == hash_sources(data.database)


def _published_document(row: PublishedRow) -> Document:
    return {
        "system": row.title,
        "figure": row.figure,
        "published": row.published,
        "here": row.value,
        "interval": row.interval,
        "row": row.row,
        "published_layer": row.as_published,
        "best_layer": row.best,
        "definition": row.definition,
    }


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(f"'{path.name}'", error) from error
