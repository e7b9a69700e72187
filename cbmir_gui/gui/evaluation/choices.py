"""The choices of the last evaluation, as the settings remember them."""

import json
from dataclasses import asdict, fields
from typing import Any

from cbmir_gui.engine.operations import EvaluateArguments


def choices_text(arguments: EvaluateArguments) -> str:
    """Return the choices as JSON text."""
    return json.dumps(asdict(arguments))


def read_choices(text: str) -> EvaluateArguments:
    """Return the choices in a text; what is missing or of another kind is plain."""
    plain = EvaluateArguments(queries="")
    try:
        stored: Any = json.loads(text)
    except ValueError:
        return plain
    if not isinstance(stored, dict):
        return plain
    values: dict[str, Any] = {}
    for entry in fields(EvaluateArguments):
        default, value = getattr(plain, entry.name), stored.get(entry.name)
        if isinstance(default, tuple) and isinstance(value, list):
            value = tuple(item for item in value if isinstance(item, str))
        values[entry.name] = value if type(value) is type(default) else default
    return EvaluateArguments(**values)
