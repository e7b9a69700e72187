import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, QLocale, QMessageLogContext, QtMsgType
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.application import (
    _log_qt_message,
    install_excepthook,
    install_translators,
)
from cbmir_gui.gui.icons import app_icon, assets_folder, icon, render
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.settings_store import SettingsStore, remember
from cbmir_gui.gui.style import is_dark, muted


def test_an_unexpected_error_is_logged_and_said_and_the_window_lives(
    window: MainWindow,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    install_excepthook(window)
    error = ValueError("wrong")
    with caplog.at_level(logging.ERROR):
        sys.excepthook(ValueError, error, None)
    assert "Unexpected error" in caplog.text
    assert "the log says more" in window.messages.messages()[0].text
    assert window.isVisible()


_VISIT = """
import shiboken6
from PySide6.QtWidgets import QFileDialog
from cbmir_gui.gui.application import make_application
application = make_application()
dialog = QFileDialog(None, "Open image", "/")
dialog.open()
application.processEvents()
dialog.done(1)
shiboken6.delete(dialog)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="where Linux keeps it")
def test_a_file_dialog_writes_down_no_folder(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", _VISIT],
        env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config")},
        check=True,
    )
    assert not (tmp_path / "config").exists()


def test_every_icon_that_an_action_names_is_there(window: MainWindow) -> None:
    for action in window.actions_.all():
        if name := action.property("icon_name"):
            assert (assets_folder() / "icons" / f"{name}.svg").is_file(), name
            assert not action.icon().isNull()


def test_a_translation_is_used_where_there_is_one(
    qapp: QApplication, tmp_path: Path
) -> None:
    german = QLocale("de")
    assert install_translators(qapp, tmp_path, german) == ()
    words = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    # Any translation will do; Qt's own is at hand.
    shutil.copy(words / "qtbase_de.qm", tmp_path / "cbmir_de.qm")
    assert install_translators(qapp, tmp_path, QLocale("fr")) == ()
    installed = install_translators(qapp, tmp_path, german)
    try:
        assert len(installed) == 2
        assert qapp.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    finally:
        for translator in installed:
            qapp.removeTranslator(translator)


def test_an_icon_is_drawn_in_the_colour_asked_for(qtbot: QtBot) -> None:
    picture = render("close", 48, QColor("#ff0000")).toImage()
    assert QColor(picture.pixel(24, 24)).name() == "#ff0000"
    assert QColor(picture.pixelColor(2, 2)).alpha() == 0
    assert icon("close", QColor("black")).availableSizes()


def test_the_program_has_an_icon_and_a_menu_entry(qtbot: QtBot) -> None:
    assert not app_icon().isNull()
    entry = (assets_folder() / "cbmir.desktop").read_text(encoding="utf-8")
    assert "Exec=cbmir-gui" in entry


def test_secondary_text_can_be_read_on_the_window(window: MainWindow) -> None:
    palette = window.palette()
    text, ground = muted(palette), palette.window().color()
    assert abs(text.lightness() - ground.lightness()) > 90
    assert not is_dark(palette)


def test_recent_entries_come_newest_first_and_once() -> None:
    assert remember(("a", "b"), "b") == ("b", "a")
    assert len(remember(tuple(map(str, range(30))), "new")) == 10


def test_settings_are_saved_while_the_window_is_open(
    qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "settings.json"
    store = SettingsStore(path)
    store._timer.setInterval(1)
    with qtbot.waitSignal(store.changed):
        store.update(top=55)
    qtbot.waitUntil(path.is_file)
    store.close()
    assert '"top": 55' in path.read_text(encoding="utf-8")


def test_what_qt_says_is_redacted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        _log_qt_message(
            QtMsgType.QtWarningMsg,
            QMessageLogContext(),
            "cannot open /data/smith john/1.png",
        )
    assert caplog.messages == ["cannot open …"]


def test_settings_that_cannot_be_saved_do_not_stop_the_program(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    store = SettingsStore(tmp_path / "file" / "settings.json")
    store.update(top=55)
    store.close()
    assert "could not be saved" in caplog.text
