"""Starts the window, and keeps it alive when something unexpected happens."""

import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QCoreApplication,
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QSettings,
    QTimer,
    QtMsgType,
    QTranslator,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from cbmir_gui.core.logs import redact
from cbmir_gui.core.paths import settings_file
from cbmir_gui.gui.icons import app_icon, assets_folder
from cbmir_gui.gui.interrupts import Interrupts
from cbmir_gui.gui.library.catalogue_reader import CatalogueReader
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.settings_store import SettingsStore
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.message_bar import MessageAction

_LOGGER = logging.getLogger(__name__)
_QT_LOGGER = logging.getLogger("qt")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """Return the one application object, with name, icon and style."""
    application = QApplication(["cbmir", *arguments])
    application.setApplicationName("cbmir")
    application.setApplicationDisplayName("CBMIR")
    application.setApplicationVersion(_version())
    application.setDesktopFileName("cbmir")
    application.setWindowIcon(app_icon())
    keep_no_visited_folders()
    if sys.platform.startswith("linux"):
        application.setStyle("fusion")
    install_translators(application, assets_folder() / "translations", QLocale())
    return application


def keep_no_visited_folders() -> None:
    """Keep Qt's file dialogs from writing where the user was to ``QtProject.conf``.

    The folders may name patients. Windows and macOS keep such settings elsewhere.
    """
    nowhere = QSettings.Format.NativeFormat, QSettings.Scope.UserScope, os.devnull
    QSettings.setPath(*nowhere)


def install_translators(
    application: QCoreApplication, folder: Path, locale: QLocale
) -> tuple[QTranslator, ...]:
    """Speak the user's language, where ``cbmir_<locale>.qm`` is in `folder`.

    Qt's own words follow only then: a window speaks one language, not two.
    """
    own = QTranslator(application)
    if not own.load(locale, "cbmir", "_", str(folder)):
        return ()
    qt = QTranslator(application)
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    loaded = [own]
    if qt.load(locale, "qtbase", "_", qt_folder):
        loaded.insert(0, qt)
    for translator in loaded:
        application.installTranslator(translator)
    return tuple(loaded)


def make_window() -> MainWindow:
    """Return a window with all that it needs, not shown yet."""
    store = SettingsStore(settings_file())
    return MainWindow(Tasks(), store, CatalogueReader())


def run_window(arguments: Sequence[str] = ()) -> int:
    """Show the window until the user closes it; returns the exit status."""
    log_qt_messages()
    application = make_application(arguments)
    window = make_window()
    install_excepthook(window)
    # However the program ends, its threads and processes end first.
    application.aboutToQuit.connect(window.shut_down)
    interrupts = Interrupts(window.close, application)
    window.show()
    # The window is painted before anything else begins.
    QTimer.singleShot(0, window.start)
    status = application.exec()
    interrupts.stop()
    if not window.reader.has_ended:
        # Qt would abort if a thread were destroyed that a dead disk holds up.
        logging.shutdown()
        os._exit(status)
    return status


def log_qt_messages() -> None:
    """Write what Qt has to say to the log instead of the terminal."""
    qInstallMessageHandler(_log_qt_message)


def install_excepthook(window: MainWindow) -> None:
    """Make an unexpected error a line in the log and in the window, not its end."""

    def report(
        error_type: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        if issubclass(error_type, KeyboardInterrupt):
            window.close()
            return
        _LOGGER.error("Unexpected error", exc_info=(error_type, error, traceback))
        text = window.tr(
            "Something unexpected went wrong. The program goes on; the log says more."
        )
        logs = MessageAction(window.tr("Open logs"), window.actions_.open_logs.trigger)
        window.messages.post(text, "error", (logs,))

    sys.excepthook = report


def _log_qt_message(
    message_type: QtMsgType, _context: QMessageLogContext, message: str
) -> None:
    level = _LEVELS.get(message_type, logging.WARNING)
    _QT_LOGGER.log(level, "%s", redact(message))


def _version() -> str:
    try:
        return version("cbmir")
    except PackageNotFoundError:
        return ""
