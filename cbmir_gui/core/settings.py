"""What the program remembers between two starts, in one JSON file."""

import json
import logging
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from cbmir_gui.core.durability import replace_file
from cbmir_gui.core.json_files import read_json
from cbmir_gui.core.search_records import DEFAULT_TOP

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """Remembered choices; every field has a sound default."""

    library: str = ""
    """Folder of the library that was open; empty: the demo library."""
    model: str = ""
    layer: str = ""
    metric: str = ""
    combined: bool = False
    """Search with the features of several models at once, where a library has them."""
    class_filter: str = "off"
    """off, predicted or prior."""
    hide_own_patient: bool = False
    """Leave out hits of the query's own patient and study."""
    hide_near_duplicates: bool = False
    top: int = DEFAULT_TOP
    thumbnail_px: int = 0
    """0: as large as lets all hits be seen at once."""
    recent_queries: tuple[str, ...] = ()
    recent_libraries: tuple[str, ...] = ()
    first_features: tuple[str, ...] = ()
    """Folder, model and layer, in turn, of new libraries; the newest first."""
    adopting: tuple[str, ...] = ()
    """Folder, model and layer of an adoption that has not come to its end."""
    last_folder: str = ""
    evaluation: str = ""
    """Choices of the last evaluation, as JSON."""
    window_geometry: str = ""
    """Base64 of QWidget.saveGeometry()."""
    window_state: str = ""
    intended_use_accepted: bool = False


def load_settings(path: Path) -> Settings:
    """Read the settings; what is missing or of a wrong type keeps its default.

    A file that is not JSON is put aside as ``settings.json.damaged``.
    """
    try:
        stored: Any = read_json(path)
    except FileNotFoundError:
        return Settings()
    except OSError:
        _LOGGER.warning("The settings could not be read; defaults are used.")
        return Settings()
    except ValueError:
        _LOGGER.warning("The settings are damaged; defaults are used.")
        _put_aside(path)
        return Settings()
    if not isinstance(stored, dict):
        return Settings()
    settings = Settings()
    for entry in fields(Settings):
        default = getattr(settings, entry.name)
        value = stored.get(entry.name, default)
        if isinstance(default, tuple) and isinstance(value, list):
            value = tuple(item for item in value if isinstance(item, str))
        if type(value) is type(default):
            settings = replace(settings, **{entry.name: value})
    return settings


def save_settings(path: Path, settings: Settings) -> None:
    """Write the settings so that a crash leaves the old or the new file.

    Only the user may read it: names of files may be those of patients.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(asdict(settings), indent=2))


def _put_aside(path: Path) -> None:
    try:
        path.replace(path.with_name(path.name + ".damaged"))
    except OSError:
        _LOGGER.warning("The damaged settings file could not be renamed.")
