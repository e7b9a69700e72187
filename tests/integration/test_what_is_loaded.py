"""What a process loads before it needs it."""

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import cbmir_gui.gui
from cbmir_gui.library.library import Library

HEAVY = ("tensorflow", "keras", "cv2", "pydicom", "h5py")
_REPORT = """
import json, sys
sys.stderr.write(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded_by(statement: str, home: Path) -> set[str]:
    """Return the top-level modules that are loaded after a statement."""
    ended = subprocess.run(
        [sys.executable, "-c", f"{statement}\n{_REPORT}"],
        env={**os.environ, "CBMIR_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(ended.stderr.splitlines()[-1]))


def run_command(*words: str) -> str:
    """Return a statement that runs a command and survives its exit."""
    return (
        "from cbmir_gui.app import main\n"
        f"try:\n    main({list(words)!r})\nexcept SystemExit:\n    pass"
    )


def test_the_modules_of_the_window_load_no_network_and_no_decoder(home: Path) -> None:
    names = [
        module.name
        for module in pkgutil.walk_packages(
            cbmir_gui.gui.__path__, f"{cbmir_gui.gui.__name__}."
        )
    ]
    assert names
    statement = "\n".join(f"import {name}" for name in ["cbmir_gui.app", *names])
    loaded = loaded_by(statement, home)
    assert "PySide6" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_window_with_a_library_loads_no_network_and_no_decoder(
    home: Path, tmp_path: Path
) -> None:
    Library.create(tmp_path / "library").close()
    statement = f"""
from PySide6.QtCore import QEventLoop, QTimer
from cbmir_gui.gui.application import make_application, make_window
application = make_application()
window = make_window()
window.show()
loop = QEventLoop()
window.reader.page_ready.connect(loop.quit)
window.reader.open({str(tmp_path / "library")!r})
window.reader.ask_page(10, 0, "")
QTimer.singleShot(30000, loop.quit)
loop.exec()
window.shut_down()
"""
    loaded = loaded_by(statement, home)
    assert {"PySide6", "sqlite3"} <= loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "words",
    [("--help",), ("search", "--help"), ("models", "list"), ("library", "list")],
)
def test_help_and_lists_load_neither_qt_nor_networks(
    words: tuple[str, ...], home: Path
) -> None:
    loaded = loaded_by(run_command(*words), home)
    assert loaded.isdisjoint({"PySide6", "tensorflow", "keras", "pydicom", "cv2"})


def test_help_loads_nothing_heavy_at_all(home: Path) -> None:
    loaded = loaded_by(run_command("--help"), home)
    assert loaded.isdisjoint({*HEAVY, "PySide6", "matplotlib"})


def test_the_doctor_loads_no_network_and_no_qt(home: Path) -> None:
    loaded = loaded_by(run_command("doctor"), home)
    assert loaded.isdisjoint({"PySide6", "tensorflow", "keras"})


def test_the_decoder_loads_no_network_and_no_qt(home: Path) -> None:
    statement = "import cbmir_gui.worker.decoder, cbmir_gui.imaging.reader"
    loaded = loaded_by(statement, home)
    assert loaded.isdisjoint({"PySide6", "tensorflow", "keras"})
