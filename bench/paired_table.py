"""The table `paired.json` of a comparison, from an evaluation against another system.

    .venv/bin/cbmir evaluate ... --label diagnosis --against SYSTEM --json > PAIRED
    .venv/bin/python bench/paired_table.py PAIRED OUT.json

`cbmir compare --out FOLDER` shows FOLDER/paired.json in its report.
"""

import json
import sys
from pathlib import Path
from typing import Any

TITLES = {
    "precision_at_1": "P@1",
    "precision_at_5": "P@5",
    "map_at_5": "mAP@5",
    "mean_average_precision": "mAP",
    "precision_at_20": "P@20",
    "precision_at_100": "P@100",
}


def table(report: dict[str, Any]) -> dict[str, Any]:
    """Return note and rows, one for each figure."""
    against, protocol = report["against"], report["protocol"]
    ours = f"{protocol['model']}/{protocol['layer']}"
    theirs = f"{against['model']}/{against['layer']}"
    rows = [
        {
            "name": title,
            ours: figure["value"],
            theirs: figure["against"],
            "difference": {
                "value": figure["difference"],
                "interval": figure["interval"],
            },
            "p": figure["p_value"],
        }
        for name, title in TITLES.items()
        if (figure := against["figures"][name])["value"] is not None
    ]
    note = (
        f"Relevant is the same {protocol['level']}; {report['num_queries']} queries. "
        f"{theirs}: {against['map'] or 'features as they are'}. Paired bootstrap over "
        f"groups, 95 % intervals."
    )
    return {"note": note, "rows": rows}


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    evaluation = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(table(evaluation), indent=2), "utf-8")
