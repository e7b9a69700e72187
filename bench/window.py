"""Start time, memory and answers of the window, as a user meets them.

    .venv/bin/python bench/window.py LIBRARY [QUERY...]

Starts the window five times and measures from the start of the process to the first
painting of the window; then opens LIBRARY, opens each QUERY as a dropped file is
opened, and measures until every thumbnail of the grid is there. Prints one JSON
document; `shown_cpu_s` is the processor time of the start, which does not depend on
what else runs. Memory is that of the window's process alone. Without a display the
window is offscreen.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from cbmir_gui.services.system_libraries import has_display

NUM_STARTS = 5
WORK = ("library_size", "memory_mib_opened", "memory_mib")
_LIMIT_S = 300.0
_CHILD = "--child"
_STARTED_AT = "CBMIR_BENCH_STARTED_AT"


def summarize(values: list[float], digits: int = 1) -> dict[str, float]:
    """Return median and 95th percentile."""
    return {
        "median": round(float(np.median(values)), digits),
        "p95": round(float(np.quantile(values, 0.95)), digits),
        "num": len(values),
    }


def run_child(words: list[str], home: str) -> dict[str, Any]:
    """Run one window in its own process and return what it measured."""
    platform = "" if has_display() else "offscreen"
    ended = subprocess.run(
        [sys.executable, __file__, _CHILD, *words],
        env={
            "QT_QPA_PLATFORM": platform,
            **os.environ,
            "CBMIR_HOME": home,
            _STARTED_AT: repr(time.time()),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(json.loads(ended.stdout))


def main(library: str, queries: list[str]) -> dict[str, Any]:
    """Measure starts, then one window with the library and the queries."""
    with tempfile.TemporaryDirectory() as home:
        starts = [run_child([], home) for _ in range(NUM_STARTS)]
        work = run_child([library, *queries], home)
    answers = work.pop("answers_ms")
    return {
        "shown_s": summarize([start["shown_s"] for start in starts], 3),
        "shown_cpu_s": summarize([start["shown_cpu_s"] for start in starts], 3),
        **{name: work[name] for name in WORK},
        "answer_ms": summarize(answers) if answers else None,
        "num_cpus": psutil.cpu_count(),
    }


def measure(words: list[str]) -> dict[str, Any]:
    """Show a window in this process, and work with it."""
    from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    from cbmir_gui.gui.application import (
        log_qt_messages,
        make_application,
        make_window,
    )

    class FirstPaint(QObject):
        """Notes when the window is painted for the first time."""

        at_s = 0.0
        cpu_s = 0.0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Type.Paint and not self.at_s:
                self.at_s = time.time()
                self.cpu_s = time.process_time()
            return False

    def wait(condition: Callable[[], bool]) -> None:
        end_s = time.monotonic() + _LIMIT_S
        while not condition():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if time.monotonic() > end_s:
                sys.exit("The window did not answer within its time.")

    def megabytes() -> int:
        return round(psutil.Process().memory_info().rss / 2**20)

    logging.getLogger().addHandler(logging.NullHandler())
    log_qt_messages()
    application = make_application()
    # Conditions are looked at as often, without taking the processor from others.
    tick = QTimer(interval=2)
    tick.start()
    window = make_window()
    paint = FirstPaint()
    window.installEventFilter(paint)
    window.show()
    wait(lambda: paint.at_s > 0)
    result: dict[str, Any] = {
        # The process table knows the start to the second only.
        "shown_s": paint.at_s - float(os.environ[_STARTED_AT]),
        "shown_cpu_s": paint.cpu_s,
        "answers_ms": [],
    }
    if words:
        window._tasks.start()
        window.library.open(str(Path(words[0]).resolve()))
        wait(lambda: window.library.info is not None)
        wait(lambda: window._tasks.num_pending() == 0)
        info = window.library.info
        result["library_size"] = info.num_images if info else 0
        result["memory_mib_opened"] = megabytes()
        for query in words[1:]:
            start_s = time.perf_counter()
            window.queries.open_file(str(Path(query).resolve()))
            wait(lambda: _is_filled(window))
            result["answers_ms"].append((time.perf_counter() - start_s) * 1000)
        result["memory_mib"] = megabytes()
    window.close()
    wait(lambda: not window.isVisible())
    tick.stop()
    del application
    return result


def _is_filled(window: Any) -> bool:
    results = window.search.results
    return results is not None and all(
        window.thumbnails.pixmap(hit.image_id) is not None for hit in results.hits
    )


if __name__ == "__main__":
    if sys.argv[1:2] == [_CHILD]:
        print(json.dumps(measure(sys.argv[2:])))
    elif len(sys.argv) < 2:
        sys.exit(__doc__)
    else:
        print(json.dumps(main(sys.argv[1], sys.argv[2:]), indent=2))
