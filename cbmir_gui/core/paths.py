"""Where models, libraries, settings and logs are kept.

``CBMIR_HOME`` decides if it is set; else a checkout uses its own folders; else the
platform's data folder is used.
"""

import os
import sys
from pathlib import Path

import platformdirs

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


def checkout() -> Path | None:
    """Return the root of the checkout this program runs from, if it does."""
    is_checkout = (_PACKAGE_PARENT / "setup.cfg").is_file()
    return _PACKAGE_PARENT if is_checkout else None


def home() -> Path:
    """Return the folder that holds `trained_models` and `feature_db`."""
    override = os.environ.get("CBMIR_HOME")
    if override:
        return Path(override).expanduser().resolve()
    return checkout() or Path(platformdirs.user_data_dir("cbmir", appauthor=False))


def libraries_dir() -> Path:
    """Return the folder of the libraries that have a plain name."""
    return home() / "feature_db"


def models_dir() -> Path:
    """Return the folder that new models are written to."""
    return home() / "trained_models"


def model_roots() -> tuple[Path, ...]:
    """Return the folders that are searched for models, in order of preference."""
    shipped = checkout() or Path(sys.prefix) / "share" / "cbmir"
    return tuple(dict.fromkeys((models_dir(), shipped / "trained_models")))


def runs_dir() -> Path:
    """Return the folder of the training runs."""
    return models_dir() / "runs"


def _user_dir(platform_dir: str) -> Path:
    override = os.environ.get("CBMIR_HOME")
    return Path(override).expanduser().resolve() if override else Path(platform_dir)


def settings_file() -> Path:
    """Return the file of the remembered settings."""
    folder = platformdirs.user_config_dir("cbmir", appauthor=False)
    return _user_dir(folder) / "settings.json"


def logs_dir() -> Path:
    """Return the folder of the log files."""
    return _user_dir(platformdirs.user_log_dir("cbmir", appauthor=False)) / "logs"


def unpacked_dir() -> Path:
    """Return the folder that archives are unpacked to which are only looked at."""
    folder = platformdirs.user_cache_dir("cbmir", appauthor=False)
    return _user_dir(folder) / "unpacked"


def library_folder(name_or_path: str) -> Path:
    """Resolve LIBRARY of the command line: a name under `feature_db`, or a path."""
    is_dots = name_or_path in {".", ".."}
    is_name = Path(name_or_path).name == name_or_path and not is_dots
    if is_name and not Path(name_or_path, "library.sqlite").is_file():
        return libraries_dir() / name_or_path
    return Path(name_or_path).expanduser().resolve()
