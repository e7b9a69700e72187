"""Retrain from the window as a trainer does, and watch whether the window stalls.

    .venv/bin/python bench/retraining.py [IMAGES_PER_CLASS [CLASSES]]

Draws class folders of generated images (default 60 images of 5 classes), makes a
library of some of them, chooses the folder in the Retrain dialog, presses Start (head
only, every default), waits for the figures, presses Adopt and searches. Prints one JSON
document: seconds of the training and of each step, the accuracy on images that were
held out, which model the next query used, and the stalls. A stall is the time from one
turn of the event loop to the next, less the pause between two; `cpu` counts the
processor time of the window's own thread alone, which does not depend on what else
runs. Without a display the window is offscreen.
"""

import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cbmir_gui.services.system_libraries import has_display
from cbmir_gui.sources.phantoms.files import file_name, write_phantom
from cbmir_gui.sources.phantoms.kinds import KINDS, make_phantom

_LIMIT_S = 1800.0
_TICK_MS = 5
_NAMES = ("chest_xray", "knee_xray", "brain_mri", "retinal_fundus", "breast_ultrasound")


def draw_images(folder: Path, num_images: int, num_classes: int) -> list[Path]:
    """Write class folders; returns the first images of each class."""
    first = []
    for name in _NAMES[:num_classes]:
        kind = KINDS[name]
        (folder / name).mkdir(parents=True)
        for seed in range(num_images):
            path = folder / name / file_name(kind, seed)
            write_phantom(make_phantom(name, seed), path)
            if seed < 4:
                first.append(path)
    return first


def measure(num_images: int, num_classes: int, home: Path) -> dict[str, Any]:
    """Retrain in a window of this process."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from cbmir_gui.gui.application import (
        log_qt_messages,
        make_application,
        make_window,
    )
    from cbmir_gui.gui.retrain.dialog import RetrainDialog

    class Stalls:
        """Time between two turns of the event loop, by what was going on."""

        def __init__(self) -> None:
            self.step = "start"
            self.wall_ms: dict[str, list[float]] = {}
            self.cpu_ms: dict[str, list[float]] = {}
            self._last = (time.perf_counter(), time.thread_time())

        def tick(self) -> None:
            now = (time.perf_counter(), time.thread_time())
            wall, cpu = (1000 * (now[n] - self._last[n]) for n in (0, 1))
            self.wall_ms.setdefault(self.step, []).append(max(0.0, wall - _TICK_MS))
            self.cpu_ms.setdefault(self.step, []).append(cpu)
            self._last = now

        def summary(self) -> dict[str, Any]:
            return {
                step: {
                    "wall_p99_ms": round(float(np.quantile(values, 0.99)), 1),
                    "wall_max_ms": round(max(values), 1),
                    "cpu_max_ms": round(max(self.cpu_ms[step]), 1),
                }
                for step, values in self.wall_ms.items()
            }

    seconds: dict[str, float] = {}

    def wait(step: str, condition: Callable[[], bool]) -> None:
        stalls.step = step
        start_s = time.monotonic()
        while not condition():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.monotonic() > start_s + _LIMIT_S:
                sys.exit(f"'{step}' did not end within its time.")
        seconds[step] = round(time.monotonic() - start_s, 1)

    images = home / "images"
    queries = draw_images(images, num_images, num_classes)
    logging.getLogger().addHandler(logging.NullHandler())
    log_qt_messages()
    application = make_application()
    window = make_window()
    window.show()
    window._tasks.start()
    stalls = Stalls()
    tick = QTimer(interval=_TICK_MS)
    tick.timeout.connect(stalls.tick)
    tick.start()

    library = str(home / "library")
    window.library.create(library, "library")
    wait("create", lambda: window.library.info is not None)
    window.library.add([str(path) for path in queries])
    wait("index", lambda: not window.library.is_importing)
    wait("open", lambda: window._tasks.num_pending() == 0)

    window.actions_.retrain.trigger()
    (dialog,) = window.findChildren(RetrainDialog)
    wait("models", lambda: window._tasks.num_pending() == 0)
    setup = dialog.setup_page
    setup.data.set_data_path(str(images))
    wait("count", lambda: setup.data.summary is not None)
    wait("look", lambda: not setup.data.look.is_busy())
    setup._start.click()
    wait("train", dialog.is_judging)
    outcome = dialog.outcome_page
    wait("measure", lambda: not outcome.measure.is_busy())
    dialog._adopt(outcome.model)
    wait("adopt", lambda: not window.library.is_importing)
    wait("after", lambda: window._tasks.num_pending() == 0)
    window.queries.open_file(str(queries[0]))
    wait("search", lambda: window.search.results is not None)
    results = window.search.results
    result = {
        "num_images": num_images * num_classes,
        "num_classes": num_classes,
        "seconds": seconds,
        "figures": outcome.figures.texts(),
        "messages": outcome.message_texts(),
        "searched_with": results.model if results else "",
        "new_model": outcome.model,
        "stalls": stalls.summary(),
        "num_cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    tick.stop()
    window.close()
    window.shut_down()
    del application
    return result


def main(words: list[str]) -> dict[str, Any]:
    """Measure in a home folder of its own."""
    numbers = [int(word) for word in words]
    num_images, num_classes = (*numbers, *(60, len(_NAMES))[len(numbers) :])
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CBMIR_HOME"] = folder
        return measure(num_images, num_classes, Path(folder))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:]), indent=2))
