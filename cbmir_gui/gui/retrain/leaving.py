"""Asks, before a window closes, whether a training should go on without it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from cbmir_gui.core.errors import StorageError
from cbmir_gui.gui.trainings import Trainings


def _tr(text: str) -> str:
    return QCoreApplication.translate("Leaving", text)


def ask_about_training(
    parent: QWidget, trainings: Trainings, on_leave: Callable[[], None]
) -> QMessageBox | None:
    """Ask whether the running training should go on, and leave unless told not to.

    Parameters
    ----------
    on_leave
        Called at once where no training runs, else when the user has decided.

    Returns
    -------
    QMessageBox or None
        The open question, without blocking; None where there is nothing to ask.
    """
    if not trainings.folder():
        on_leave()
        return None
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(_tr("Training"))
    box.setText(_tr("A training is still running. Should it go on?"))
    box.setInformativeText(
        _tr(
            "It can go on in the background; you find it again in the menu Retrain, "
            "also after the next start. If it is stopped, the best weights so far, if "
            "any, become the model."
        )
    )
    go_on = box.addButton(_tr("&Go on"), QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton(_tr("&Stop it"), QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(go_on)
    box.setEscapeButton(cancel)

    def decide() -> None:
        clicked = box.clickedButton()
        if clicked is stop and not _stop(parent, trainings):
            return
        if clicked in (go_on, stop):
            on_leave()

    box.finished.connect(decide)
    box.open()
    return box


def _stop(parent: QWidget, trainings: Trainings) -> bool:
    folder = Path(trainings.folder())
    try:
        trainings.stop()
    except OSError as error:
        problem = StorageError(f"The run folder '{folder.name}'", error)
        box = QMessageBox(QMessageBox.Icon.Warning, _tr("Training"), str(problem))
        box.setParent(parent, Qt.WindowType.Dialog)
        box.open()
        return False
    return True
