"""The figures of a training in one row."""

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from cbmir_gui.core.records import EpochReport
from cbmir_gui.gui.retrain.duration import duration_text
from cbmir_gui.gui.retrain.run_progress import RunProgress
from cbmir_gui.gui.style import SPACE_PX

_UNKNOWN = "\N{EN DASH}"


class RunFigures(QWidget):
    """Epoch, time, speed and the best epoch with its loss and accuracy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: dict[str, QLabel] = {}
        self._values: dict[str, QLabel] = {}
        titles = {
            "epoch": self.tr("Epoch"),
            "left": "",
            "speed": self.tr("Images per second"),
            "best": self.tr("Best epoch"),
            "loss": self.tr("Its validation loss"),
            "accuracy": self.tr("Its validation accuracy"),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * SPACE_PX)
        for column, (key, title) in enumerate(titles.items()):
            name = QLabel(title)
            name.setProperty("role", "muted")
            value = QLabel(_UNKNOWN)
            value.setProperty("role", "title")
            grid.addWidget(name, 0, column)
            grid.addWidget(value, 1, column)
            grid.setColumnStretch(column, 1)
            self._titles[key] = name
            self._values[key] = value
            self._name(key, title)

    def show_progress(self, progress: RunProgress) -> None:
        """Show what is known of a run; a dash stands for what is not."""
        texts = {**self._pace(progress), **self._best(progress.best())}
        for key, label in self._values.items():
            label.setText(texts.get(key) or _UNKNOWN)
        self._name("left", self._left_title(progress))

    def text(self, key: str) -> str:
        """Return what is shown for epoch, left, speed, best, loss or accuracy."""
        return self._values[key].text()

    def title(self, key: str) -> str:
        """Return what `text` is called."""
        return self._titles[key].text()

    def _name(self, key: str, title: str) -> None:
        self._titles[key].setText(title)
        self._values[key].setAccessibleName(title)

    def _left_title(self, progress: RunProgress) -> str:
        if progress.is_reading():
            return self.tr("Until the learning begins")
        return self.tr("Time left, at most")

    def _pace(self, progress: RunProgress) -> dict[str, str]:
        texts = {}
        left, speed = progress.seconds_left(), progress.images_per_second()
        if progress.epoch_number():
            texts["epoch"] = self.tr("{epoch} of {total}").format(
                epoch=progress.epoch_number(), total=progress.num_epochs
            )
        if left is not None:
            texts["left"] = duration_text(left)
        if speed is not None:
            texts["speed"] = QLocale().toString(speed, "f", 0 if speed >= 10 else 1)
        return texts

    def _best(self, best: EpochReport | None) -> dict[str, str]:
        if best is None:
            return {}
        texts = {
            "best": str(best.epoch),
            "loss": QLocale().toString(best.val_loss, "f", 3),
        }
        if best.val_accuracy >= 0:
            percent = QLocale().toString(100 * best.val_accuracy, "f", 1)
            texts["accuracy"] = self.tr("{percent} %").format(percent=percent)
        return texts
