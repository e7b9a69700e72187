"""The report as Markdown: plain and short."""

from collections.abc import Sequence
from dataclasses import dataclass

from cbmir_gui.evaluation.report import DEFINITIONS
from cbmir_gui.services.compare.ceilings import ceilings_text
from cbmir_gui.services.compare.classification_table import classification_table
from cbmir_gui.services.compare.extra_tables import ExtraTable
from cbmir_gui.services.compare.markdown_table import table, with_interval
from cbmir_gui.services.compare.measuring import Document
from cbmir_gui.services.compare.published import PUBLISHED
from cbmir_gui.services.compare.published_table import (
    PUBLISHED_HEADER,
    PublishedRow,
    published_cells,
)

_MAIN = {
    "accuracy": "accuracy",
    "mean_average_precision": "mAP",
    "precision_at_1": "P@1",
    "precision_at_5": "P@5",
    "precision_at_20": "P@20",
    "precision_at_100": "P@100",
}
_FURTHER = {
    "vote_accuracy": "vote of 20",
    "map_at_5": "mAP@5",
    **{f"precision_at_{k}": f"P@{k}" for k in (40, 60, 80)},
    **{f"recall_at_{k}": f"R@{k}" for k in (20, 40, 60, 80, 100)},
}
_DIAGNOSIS = {"precision_at_1": "P@1", "precision_at_5": "P@5", "map_at_5": "mAP@5"}
_APART = {
    "accuracy": "accuracy",
    "mean_average_precision": "mAP",
    "precision_at_20": "P@20",
    "precision_at_100": "P@100",
}
_LOST = {
    "accuracy": "accuracy",
    "mean_average_precision": "mAP",
    "precision_at_20": "P@20",
}
_PROTOCOL = (
    "Database: train and val; queries: test. A hit that is the query itself or of its "
    "group (patient, or what stands in for one) is never counted. Figures are macro "
    "means over classes with 95 % bootstrap intervals over groups. Classifiers are "
    "trained on train and chosen on val. Where only the predicted class is searched, "
    "every hit has that class: class-level figures then repeat the accuracy."
)


@dataclass(frozen=True, slots=True)
class Report:
    """All that is printed."""

    data_name: str
    sizes: dict[str, tuple[int, int]]
    """Database images and queries by task."""
    rows: Sequence[Document]
    published: Sequence[PublishedRow]
    extra: Sequence[ExtraTable]

    def measured(self, task: str) -> list[Document]:
        """Return the rows of a task that have figures, without robustness."""
        return [
            row
            for row in self.rows
            if row["set"] == task
            and row["status"] == "ok"
            and row["kind"] != "robustness"
        ]

    def robustness(self) -> list[Document]:
        """Return the rows with spoilt queries that have figures."""
        return [
            row
            for row in self.rows
            if row["kind"] == "robustness" and row["status"] == "ok"
        ]


def markdown_text(report: Report) -> str:
    """Return the whole report."""
    parts = [
        "# Comparison of retrieval systems",
        introduction(report),
        "## Published systems",
        _published(report.published),
    ]
    for task in report.sizes:
        if report.measured(task):
            parts += _task_parts(report, task)
    parts += _robustness_parts(report)
    for extra in report.extra:
        parts += [f"## {extra.title}", extra.note, table(extra.header, extra.rows)]
    parts += _failures(report)
    parts += ["## Definitions", _definitions()]
    return "\n\n".join(part for part in parts if part) + "\n"


def introduction(report: Report) -> str:
    """Return data, protocol and hardware in one paragraph."""
    sizes = "; ".join(
        f"{task}: {num_database} database images, {num_queries} queries"
        for task, (num_database, num_queries) in report.sizes.items()
    )
    hardware = sorted({row["hardware"] for row in report.rows if "hardware" in row})
    measured_on = f"Measured on {'; '.join(hardware)}." if hardware else ""
    return f"Data: {report.data_name} ({sizes}). {_PROTOCOL} {measured_on}".strip()


def _published(rows: Sequence[PublishedRow]) -> str:
    header = [*PUBLISHED_HEADER, "ours is the"]
    lines = [[*published_cells(row), row.definition] for row in rows]
    remarks = [f"- {s.title}: {s.remark}" for s in PUBLISHED if s.remark]
    return table(header, lines) + "\n\n" + "\n".join(remarks)


def _task_parts(report: Report, task: str) -> list[str]:
    rows = report.measured(task)
    parts = [f"## {task}: {rows[0]['task']}", _figures(rows, _MAIN, intervals=True)]
    parts.append(_figures(rows, _FURTHER, intervals=False))
    parts.append(ceilings_text(rows, _MAIN | _FURTHER))
    parts += _left_out(rows)
    classified = classification_table(rows)
    if classified:
        parts += [f"### {task}, classification", classified]
    with_diagnosis = [row for row in rows if row["diagnosis"]]
    if with_diagnosis:
        block = with_diagnosis[0]["diagnosis"]
        parts += [
            f"### {task}, same class and diagnosis",
            f"{block['num_queries']} queries of {', '.join(block['classes'])}.",
            _figures(with_diagnosis, _DIAGNOSIS, intervals=True, part="diagnosis"),
        ]
    parts += _apart(rows, task)
    return [*parts, f"### {task}, cost", _costs(rows)]


def _left_out(rows: Sequence[Document]) -> list[str]:
    num_queries, num_images = (
        max(row.get(name, 0) for row in rows)
        for name in ("num_skipped", "num_unreadable")
    )
    parts = []
    if num_queries + num_images:
        parts.append(
            f"Left out because they could not be read: {num_queries} queries, "
            f"{num_images} images of the database."
        )
    uncounted = sorted(
        set.intersection(*(set(row["uncounted_classes"]) for row in rows))
    )
    if uncounted:
        parts.append(
            f"In no figure of retrieval: {', '.join(uncounted)}. The database has "
            f"images of these classes of the query's own group alone, or none."
        )
    return parts


def _figures(
    rows: Sequence[Document], names: dict[str, str], intervals: bool, part: str = ""
) -> str:
    lines = []
    for row in rows:
        block = row[part] if part else row
        lines.append(
            [row["title"]]
            + [
                with_interval(
                    block["figures"][name],
                    block["intervals"][name] if intervals else None,
                )
                for name in names
            ]
        )
    return table(("system", *names.values()), lines)


def _apart(rows: Sequence[Document], task: str) -> list[str]:
    """Return the figures of classes whose patients may be on both sides."""
    marked = [row for row in rows if row["not_patient_disjoint"]]
    if not marked:
        return []
    classes = ", ".join(marked[0]["not_patient_disjoint"]["classes"])
    with_others = [row for row in marked if row["patient_disjoint"]]
    parts = [
        f"### {task}, classes marked patient_disjoint = no",
        f"Images of the same patient may be in database and queries: {classes}. No "
        f"claim about unseen patients rests on these.",
        _figures(marked, _APART, intervals=True, part="not_patient_disjoint"),
    ]
    if with_others:
        parts += [
            "All other classes:",
            _figures(with_others, _APART, intervals=True, part="patient_disjoint"),
        ]
    return parts


def _costs(rows: Sequence[Document]) -> str:
    header = (
        *("system", "row", "distance", "dimension", "parameters", "MB", "epochs"),
        *("training s", "px", "inference ms", "search ms", "note"),
    )
    lines = [
        (
            row["title"],
            f"`{row['row']}`",
            row["metric"],
            _plain(row["feature_dim"]),
            _plain(row["num_parameters"]),
            _plain(row["size_mb"]),
            _plain(row["epochs"]),
            _plain(row["train_seconds"]),
            _plain(row["image_size_px"]),
            _plain(row["inference_ms"]),
            _plain(row["search_ms"]),
            row["note"] or "-",
        )
        for row in rows
    ]
    return table(header, lines)


def _robustness_parts(report: Report) -> list[str]:
    rows = report.robustness()
    if not rows:
        return []
    header = ["query", *_LOST.values(), *(f"{name} lost" for name in _LOST.values())]
    lines = []
    for row in rows:
        lost, intervals = row["lost_points"], row["lost_points_intervals"]
        lines.append(
            [row["title"]]
            + [with_interval(row["figures"].get(name), None) for name in _LOST]
            + [_points(lost.get(name), intervals.get(name)) for name in _LOST]
        )
    model = "/".join(rows[0]["system"].split("/")[:2])
    return [
        "## Robustness",
        f"{model} on {rows[0]['set']}: queries spoilt, database as it is. Lost: points "
        f"against the same queries as they are, with paired 95 % intervals.",
        table(header, lines),
        "\n".join(
            f"- {row['title']}: {row['note']}"
            for row in rows
            if row["note"] and row["note"] not in row["title"]
        ),
    ]


def _failures(report: Report) -> list[str]:
    failed = [row for row in report.rows if row["status"] != "ok"]
    if not failed:
        return []
    lines = [f"- `{row['row']}`: {row['reason']}" for row in failed]
    return ["## Rows without figures", "\n".join(lines)]


def _definitions() -> str:
    return "\n".join(f"- {name}: {text}" for name, text in DEFINITIONS.items())


def _points(value: float | None, interval: Sequence[float] | None) -> str:
    if value is None:
        return "-"
    if not interval:
        return f"{value:.1f}"
    return f"{value:.1f} [{interval[0]:.1f}, {interval[1]:.1f}]"


def _plain(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
