"""The status bar: library, features, and how long the last search took."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.core.search_records import SearchResults
from cbmir_gui.gui.counted import images_text
from cbmir_gui.gui.results.tile_text import features_name, metric_name
from cbmir_gui.gui.style import SPACE_PX


class StatusLine(QStatusBar):
    """Lasting facts at the right, passing words at the left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setContentsMargins(SPACE_PX - 4, 0, SPACE_PX - 4, 0)
        self._state = QLabel()
        self._library = QLabel()
        self._features = QLabel()
        self._timing = QLabel()
        self.addWidget(self._state)
        for label in (self._timing, self._features, self._library):
            label.setContentsMargins(SPACE_PX, 0, 0, 0)
            label.setTextFormat(Qt.TextFormat.PlainText)
            self.addPermanentWidget(label)

    def set_state(self, text: str) -> None:
        """Say what is going on."""
        self._state.setText(text)

    def set_library(self, info: LibraryInfo | None) -> None:
        """Name the library and its size."""
        if info is None:
            self._library.setText(self.tr("No library open"))
            self._library.setToolTip("")
            return
        count = images_text(info.num_images)
        text = self.tr("{name}: {images}").format(name=info.name, images=count)
        self._library.setText(text)
        self._library.setToolTip(info.folder)

    def set_results(self, results: SearchResults | None) -> None:
        """Say with what the search was done, and how long each step took."""
        if results is None:
            self._features.clear()
            self._timing.clear()
            return
        parts = [features_name(results), metric_name(results.metric).lower()]
        if results.hide:
            parts.append(self.tr("{n} hidden").format(n=results.num_hidden))
        self._features.setText(" · ".join(parts))
        timings = dict(results.timings_ms)
        total = timings.pop("total", sum(timings.values()))
        names = {
            "decode": self.tr("reading"),
            "extract": self.tr("features"),
            "search": self.tr("searching"),
        }
        steps = ", ".join(
            f"{names.get(step, step)} {time:.0f}" for step, time in timings.items()
        )
        self._timing.setText(f"{total:.0f} ms ({steps})")
        self._timing.setToolTip(self.tr("How long the search took, in milliseconds"))

    def texts(self) -> tuple[str, ...]:
        """Return what stands in the lasting fields."""
        labels = (self._state, self._timing, self._features, self._library)
        return tuple(label.text() for label in labels)
