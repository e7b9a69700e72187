"""How long the steps of a search take, and whether it is still wanted."""

import time

from cbmir_gui.core.progress import Progress


class SearchClock:
    """Sums the milliseconds of each step, and lets a search be stopped between them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._start = self._last = time.perf_counter()
        self._steps = {"decode": 0.0, "extract": 0.0, "search": 0.0}

    def lap(self, step: str) -> None:
        """Count the time since the last call for this step."""
        now = time.perf_counter()
        self._steps[step] += 1000 * (now - self._last)
        self._last = now
        self.check()

    def check(self) -> None:
        """Raise `Cancelled` if the search is not wanted any more."""
        self._progress(0, 0, "Searching")

    def timings_ms(self) -> dict[str, float]:
        """Return the steps and their total."""
        total = 1000 * (self._last - self._start)
        steps = self._steps | {"total": total}
        return {step: round(milliseconds, 2) for step, milliseconds in steps.items()}
