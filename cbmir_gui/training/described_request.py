"""What a training was asked for, as the card of its model tells it."""

from dataclasses import asdict
from typing import Any

from cbmir_gui.core.records import TrainRequest


def described_request(request: TrainRequest) -> dict[str, Any]:
    """Return JSON types; of paths only the last component.

    Folders may name a patient or a person.
    """
    parameters = asdict(request) | {"splits": list(request.splits)}
    for path in ("data", "weights", "teacher"):
        parameters[path] = parameters[path].replace("\\", "/").rstrip("/")
        parameters[path] = parameters[path].rsplit("/", 1)[-1]
    return parameters
