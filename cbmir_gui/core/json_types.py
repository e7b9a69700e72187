"""Records, tuples and paths as JSON types."""

import math
from dataclasses import asdict, is_dataclass
from pathlib import Path


def to_json(value: object) -> object:
    """Turn records, tuples and paths into JSON types; what is not finite into null."""
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
