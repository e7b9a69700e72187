"""What a library makes of DICOM files of other sources: majority class of the top 20.

    .venv/bin/python bench/dicom_queries.py LIBRARY FOLDER

FOLDER has a manifest.csv with `file`, `modality` and `content`. Prints one JSON
document with a row for each file; whether a row is sensible is for a person to say.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.paths import library_folder
from cbmir_gui.core.search_records import SearchRequest
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.services.retrieval import RetrievalService


def search(service: RetrievalService, library: str, path: Path) -> dict[str, Any]:
    """Return what the library says of one file."""
    try:
        results = service.search(SearchRequest(library, query_path=str(path)))
    except CbmirError as error:
        return {"error": str(error)}
    votes = Counter(hit.class_name for hit in results.hits)
    majority, count = votes.most_common(1)[0]
    return {
        "majority": majority,
        "share": count / len(results.hits),
        "nearest": results.hits[0].class_name,
        "similarity": round(results.hits[0].similarity, 3),
        "predicted": results.predicted[0].class_name if results.predicted else None,
    }


def main(library: str, folder: Path) -> list[dict[str, Any]]:
    """Search for every file of the folder's manifest."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with DecoderClient() as decoder:
        service = RetrievalService(decoder)
        return [
            {
                "file": row["file"],
                "modality": row["modality"],
                "content": row["content"],
                **search(service, library, folder / row["file"]),
            }
            for row in rows
        ]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    table = main(str(library_folder(sys.argv[1])), Path(sys.argv[2]))
    print(json.dumps(table, indent=2))
