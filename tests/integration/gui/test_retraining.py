"""From labelled folders to a library that is searched with the new model: all real."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from cbmir_gui.gui.application import make_window
from cbmir_gui.gui.main_window import MainWindow
from cbmir_gui.gui.retrain.dialog import RetrainDialog

LIMIT_MS = 900_000
NUM_IMAGES = 10


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Return class folders: dark and bright noise."""
    generator = np.random.default_rng(3)
    for name, level in (("dark", 40), ("bright", 200)):
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        for number in range(NUM_IMAGES):
            noise = generator.integers(-30, 30, (64, 64))
            pixels = np.ascontiguousarray((level + noise).astype(np.uint8))
            image = QImage(pixels.data, 64, 64, 64, QImage.Format.Format_Grayscale8)
            image.save(str(folder / f"{number}.png"))
    return tmp_path / "images"


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = make_window()
    qtbot.addWidget(window)
    window.show()
    yield window
    window.retraining.may_close(lambda: None)
    window._tasks.trainings.end()
    window.shut_down()


def test_a_library_is_searched_with_a_model_trained_on_labelled_folders(
    window: MainWindow, images: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    def wait(condition: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(condition()), timeout=LIMIT_MS)

    window.library.create(str(tmp_path / "library"), "noise")
    wait(lambda: window.library.info is not None)
    window.library.add([str(images)], "raw-pixels", "pixels", class_folders=True)
    wait(lambda: not window.library.is_importing)
    wait(lambda: window._tasks.num_pending() == 0)

    window.actions_.retrain.trigger()
    (dialog,) = window.findChildren(RetrainDialog)
    setup = dialog.setup_page
    wait(lambda: window._tasks.num_pending() == 0)
    # The library that is open is what is learned from.
    setup.data.set_data_path(window.library.folder)
    wait(lambda: setup.data.summary is not None)
    assert setup.data.summary.classes == {"bright": NUM_IMAGES, "dark": NUM_IMAGES}
    wait(lambda: not setup.data.look.is_busy())
    assert setup.data.look.text().startswith("All images were opened")

    setup.options.choose_architecture("autoencoder")
    setup.options.start.setCurrentIndex(setup.options.start.count() - 1)
    setup.options.advanced.epochs.setValue(1)
    setup._start.click()
    assert dialog.is_watching()
    wait(lambda: dialog.is_judging() or dialog.run_page.message_texts())
    assert dialog.is_judging(), dialog.run_page.message_texts()
    assert len(dialog.run_page.progress.epochs) == 1

    outcome = dialog.outcome_page
    wait(lambda: not outcome.measure.is_busy())
    assert outcome.message_texts() == ()
    new, used, _ = outcome.figures.texts()["First hit is right (P@1)"]
    assert new.endswith("%")
    assert used.endswith("%")

    dialog._adopt(outcome.model)
    wait(lambda: not window.library.is_importing)
    wait(lambda: window._tasks.num_pending() == 0)
    window.queries.open_file(str(images / "dark" / "0.png"))
    wait(lambda: window.search.results is not None)
    assert window.search.results.model == outcome.model
    assert outcome.verdict.text() == "“noise” uses this model."

    window.library.undo()
    wait(lambda: window._tasks.num_pending() == 0)
    assert window.search.results.model == "raw-pixels"
