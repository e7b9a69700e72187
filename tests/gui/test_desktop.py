"""Showing a file in the file manager, over a message bus of its own."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import ClassInfo, QObject, Signal, Slot
from PySide6.QtDBus import QDBusConnection
from pytestqt.qtbot import QtBot

from cbmir_gui.gui import desktop

FILE_MANAGER = "org.freedesktop.FileManager1"


@ClassInfo({"D-Bus Interface": FILE_MANAGER})
class FileManager(QObject):
    """Remembers what it was to show."""

    shown = Signal(list)

    @Slot("QStringList", str)
    def ShowItems(self, uris: list[str], _startup_id: str) -> None:
        self.shown.emit(uris)


@pytest.fixture
def bus() -> Iterator[QDBusConnection]:
    """Start a message bus and connect to it."""
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("there is no dbus-daemon")
    command = [program, "--session", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        yield QDBusConnection.connectToBus(address, "test")
        QDBusConnection.disconnectFromBus("test")
        daemon.kill()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Remember the folders that are opened without marking a file."""
    folders: list[Path] = []

    def open_folder(folder: Path) -> bool:
        folders.append(folder)
        return folder.name != "closed"

    monkeypatch.setattr(desktop, "open_folder", open_folder)
    return folders


def fail() -> None:
    raise AssertionError("no file manager was found")


def test_the_file_manager_marks_the_file(
    qtbot: QtBot, bus: QDBusConnection, opened: list[Path]
) -> None:
    manager = FileManager()
    flags = QDBusConnection.RegisterOption.ExportAllSlots
    assert bus.registerObject("/org/freedesktop/FileManager1", manager, flags)
    assert bus.registerService(FILE_MANAGER)
    with qtbot.waitSignal(manager.shown) as shown:
        desktop.show_items(Path("/images/a b/ä.dcm"), bus, fail)
    assert shown.args == [["file:///images/a%20b/%C3%A4.dcm"]]
    qtbot.waitUntil(lambda: not desktop._waiting)
    assert opened == []


def test_without_one_the_folder_is_opened(
    qtbot: QtBot, bus: QDBusConnection, opened: list[Path]
) -> None:
    desktop.show_items(Path("/images/a.dcm"), bus, fail)
    qtbot.waitUntil(lambda: opened == [Path("/images")])
    assert not desktop._waiting


def test_without_a_bus_too(opened: list[Path]) -> None:
    desktop.show_items(Path("/images/a.dcm"), QDBusConnection("none"), fail)
    assert opened == [Path("/images")]


def test_a_desktop_that_opens_nothing_is_told(opened: list[Path]) -> None:
    told: list[bool] = []
    path = Path("/closed/a.dcm")
    desktop.show_items(path, QDBusConnection("none"), lambda: told.append(True))
    assert told == [True]
    assert opened == [Path("/closed")]
