"""What every test shares: an empty home folder, no screen, and the real data."""

import os
from pathlib import Path

import pytest

# Before any test module imports PySide6 or Matplotlib.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["MPLBACKEND"] = "Agg"

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point CBMIR_HOME at an empty folder, so that no test touches the user's own."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("CBMIR_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of the real images, or skip the test."""
    folder = Path(os.environ.get("CBMIR_SHARED", PROJECT.parent / "shared"))
    if not (folder / "data" / "manifest.csv").is_file():
        pytest.skip(
            "the real images are not here: expected ../shared/data/manifest.csv, "
            "or CBMIR_SHARED naming the folder"
        )
    return folder
