"""What `cbmir evaluate` prints without ``--json``."""

from collections.abc import Iterable
from typing import Any

from cbmir_gui.cli.answers import format_table
from cbmir_gui.cli.terminal import printable

Document = dict[str, Any]

_SPOILT = {"accuracy": "accuracy", "precision_at_20": "P@20"}
_LEFT_OUT = {
    "precision_at_1": "P@1",
    "precision_at_20": "P@20",
    "mean_average_precision": "mAP",
}
_APART = ("accuracy", "mean_average_precision", "precision_at_1", "precision_at_20")
_NUM_PAIRS = 10


def describe(report: Document) -> str:
    """Return the macro figures, then every block that the report has."""
    blocks = [_head(report), _figures(report)]
    if report["not_patient_disjoint"]:
        blocks.append(_disjointness(report))
    if report["confused_pairs"]:
        blocks.append(_pairs(report["confused_pairs"]))
    if "against" in report:
        blocks.append(_against(report))
    if "corruptions" in report:
        blocks.append(_corruptions(report["corruptions"]))
    if "leave_one_out" in report:
        blocks.append(_leave_one_out(report["leave_one_out"]))
    return "\n\n".join(blocks)


def _head(report: Document) -> str:
    protocol = report["protocol"]
    used = " + ".join([f"{protocol['model']} {protocol['layer']}", *protocol["also"]])
    heading = (
        f"{report['num_queries']} queries of {protocol['queries']} against "
        f"{protocol['database_size']} images of {protocol['database']}: "
        f"{used}, {protocol['metric']}, "
        f"{protocol['level']} level, class filter {protocol['class_filter']}"
    )
    counts = (
        f"{report['num_skipped']} queries skipped, {protocol['num_without_relevant']} "
        f"with nothing to find, {protocol['num_dropped_hits']} hits not counted "
        f"(the query itself or its group)"
    )
    return f"{heading}\n{counts}"


def _figures(report: Document) -> str:
    names = [name for name in report if f"{name}_interval" in report]
    rows = [
        (
            name,
            report[name],
            *(report[f"{name}_interval"] or (None, None)),
            report["ceilings"].get(name),
        )
        for name in names
        if report[name] is not None
    ]
    header = ("macro mean over classes", "value", "95 % low", "high", "ceiling")
    return format_table(header, rows)


def _disjointness(report: Document) -> str:
    """Show classes whose patients may be on both sides apart from the others."""
    rows = [
        (
            "no" if name == "not_patient_disjoint" else "yes or unknown",
            report[name]["num_queries"],
            len(report[name]["classes"]),
            *(report[name][figure] for figure in _APART),
        )
        for name in ("patient_disjoint", "not_patient_disjoint")
        if report[name]
    ]
    return format_table(("patient_disjoint", "queries", "classes", *_APART), rows)


def _pairs(pairs: list[Document]) -> str:
    rows = [
        (printable(pair["class"]), printable(pair["predicted"]), pair["count"])
        for pair in pairs[:_NUM_PAIRS]
    ]
    return format_table(("class", "taken for", "queries"), rows)


def _against(report: Document) -> str:
    against, protocol = report["against"], report["protocol"]
    rows = [
        (
            name,
            pair["value"],
            pair["against"],
            pair["difference"],
            *(pair["interval"] or (None, None)),
            pair["p_value"],
        )
        for name, pair in against["figures"].items()
        if pair["difference"] is not None
    ]
    header = (
        "paired bootstrap over groups",
        f"{protocol['model']} {protocol['layer']}",
        f"{against['model']} {against['layer']}{' + LDA' if against['map'] else ''}",
        "difference",
        "95 % low",
        "high",
        "p",
    )
    size = against["database_size"]
    whole = protocol["database_size"]
    title = f"among the {size} images that have both features\n" if size < whole else ""
    return title + format_table(header, rows)


def _corruptions(corruptions: Document) -> str:
    rows = [
        (name, *_drops(block, _SPOILT), block["strength"])
        for name, block in corruptions.items()
    ]
    return format_table(
        ("queries spoilt by", *_drop_header(_SPOILT.values()), "strength"), rows
    )


def _leave_one_out(block: Document) -> str:
    rows = [
        (printable(source), part["num_queries"], *_drops(part, _LEFT_OUT))
        for source, part in [("all", block), *block["per_source"].items()]
    ]
    header = (
        f"{block['column']} left out",
        "queries",
        *_drop_header(_LEFT_OUT.values()),
    )
    return f"{format_table(header, rows)}\nProtocol: {block['protocol']}."


def _drop_header(titles: Iterable[str]) -> list[str]:
    """Name three columns for each figure; drops are in points."""
    return [name for title in titles for name in (f"clean {title}", title, "drop")]


def _drops(block: Document, names: Iterable[str]) -> list[object]:
    return [
        value
        for name in names
        for value in (
            block[f"{name}_clean"],
            block[name],
            block[f"{name}_drop_points"],
        )
    ]
