"""Loss and accuracy of a run over its epochs, for training and validation."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from cbmir_gui.gui.retrain.run_progress import RunProgress
from cbmir_gui.gui.widgets.curve import Curve, CurveStyle
from cbmir_gui.gui.widgets.curve_plot import CurvePlot
from cbmir_gui.gui.widgets.plot_axis import UNIT_AXIS, Axis, axis_over

_TRAINING = CurveStyle(color=0, is_dashed=True)
_VALIDATION = CurveStyle(color=1)
_STEPS = CurveStyle(color=0, is_faint=True)


class LearningCurves(QWidget):
    """Two plots side by side; the one of the accuracy only where there are classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        epoch = self.tr("Epoch")
        self.loss = CurvePlot(self.tr("Loss"), epoch)
        self.accuracy = CurvePlot(self.tr("Accuracy"), epoch, y_axis=UNIT_AXIS)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.loss)
        row.addWidget(self.accuracy)

    def show_progress(self, progress: RunProgress) -> None:
        """Draw what is known of a run."""
        epochs = progress.epochs
        numbers = [entry.epoch for entry in epochs]
        axis = _epoch_axis(progress.num_epochs)
        best = progress.best()
        for plot in (self.loss, self.accuracy):
            plot.set_x_axis(axis)
            plot.set_mark(best.epoch if best is not None else None)
        places = [place for place, _ in progress.step_losses]
        losses = [loss for _, loss in progress.step_losses]
        self.loss.set_curves(
            [
                Curve(self.tr("steps"), places, losses, _STEPS),
                *self._pair(
                    numbers,
                    [entry.train_loss for entry in epochs],
                    [entry.val_loss for entry in epochs],
                ),
            ]
        )
        has_classes = all(entry.val_accuracy >= 0 for entry in epochs)
        self.accuracy.setVisible(has_classes)
        if has_classes:
            self.accuracy.set_curves(
                self._pair(
                    numbers,
                    [entry.train_accuracy for entry in epochs],
                    [entry.val_accuracy for entry in epochs],
                )
            )

    def _pair(
        self,
        epochs: Sequence[float],
        training: Sequence[float],
        validation: Sequence[float],
    ) -> list[Curve]:
        return [
            Curve(self.tr("training"), epochs, training, _TRAINING),
            Curve(self.tr("validation"), epochs, validation, _VALIDATION),
        ]


def _epoch_axis(num_epochs: int) -> Axis:
    """Return an axis that ends with the last epoch or a little after it."""
    return axis_over([float(max(1, num_epochs))], 6, whole=True)
