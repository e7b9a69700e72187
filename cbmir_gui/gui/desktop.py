"""Opens folders in the file manager of the desktop."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection, QDBusPendingCallWatcher

_SELECTING = {
    "win32": ("explorer", "/select,{path}"),
    "darwin": ("open", "-R", "{path}"),
}
_FILE_MANAGER = "org.freedesktop.FileManager1"
_FILE_MANAGER_PATH = "/org/freedesktop/FileManager1"
_TIMEOUT_MS = 5000
_waiting: set["QDBusPendingCallWatcher"] = set()
"""Unfinished calls; a watcher that nobody holds is deleted before its answer."""


def open_folder(folder: Path) -> bool:
    """Show a folder; returns whether the desktop took the request."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def show_in_folder(path: Path, on_failure: Callable[[], None]) -> None:
    """Show the folder of a file, with the file marked where the desktop can.

    Parameters
    ----------
    on_failure
        Called, now or later, if no file manager can be opened.
    """
    command = _SELECTING.get(sys.platform)
    if command is None:
        from PySide6.QtDBus import QDBusConnection

        show_items(path, QDBusConnection.sessionBus(), on_failure)
        return
    program, *arguments = (part.format(path=path) for part in command)
    if not QProcess.startDetached(program, arguments)[0]:
        on_failure()


def show_items(
    path: Path, bus: "QDBusConnection", on_failure: Callable[[], None]
) -> None:
    """Let the desktop's file manager mark a file; else open its folder.

    By the FileManager1 interface of freedesktop.org, without waiting for the answer.
    """
    from PySide6.QtDBus import QDBusMessage, QDBusPendingCallWatcher

    def open_instead() -> None:
        if not open_folder(path.parent):
            on_failure()

    if not bus.isConnected():
        open_instead()
        return
    call = QDBusMessage.createMethodCall(
        _FILE_MANAGER, _FILE_MANAGER_PATH, _FILE_MANAGER, "ShowItems"
    )
    uri = QUrl.fromLocalFile(str(path)).toEncoded().toStdString()
    call.setArguments([[uri], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(call, _TIMEOUT_MS))

    def finish() -> None:
        _waiting.discard(watcher)
        if watcher.isError():
            open_instead()

    _waiting.add(watcher)
    watcher.finished.connect(finish)
