"""JSON from files that may be damaged or hostile."""

import json
from pathlib import Path
from typing import Any

MAX_BYTES = 16 * 2**20


def read_json(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Read a whole JSON file.

    Raises
    ------
    OSError
        It is not there, or cannot be read.
    ValueError
        It is too large, nested too deeply, or not JSON.
    """
    with path.open("rb") as stream:
        data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"more than {max_bytes} bytes")
    return parse_json(data.decode())


def parse_json(text: str) -> Any:
    """Parse JSON text.

    Raises
    ------
    ValueError
        It is nested too deeply, or not JSON.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
