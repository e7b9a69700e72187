"""Asks for the figures of a new model and of the one in use, one after the other."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from cbmir_gui.core.records import TrainRequest
from cbmir_gui.engine.operation_answers import DataSummary
from cbmir_gui.engine.operations import EvaluateArguments
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.retrain.outcome_report import (
    OutcomeReport,
    report_of_card,
    report_of_evaluation,
)
from cbmir_gui.gui.tasks import Tasks

TEST = "test"
VALIDATION = "val"
_DRAWN = ""
"""Key of images whose split is drawn: there is a test part among them."""
_DATABASE = {TEST: ("train", "val"), VALIDATION: ("train",)}


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """A model, or none; an empty layer is the model's own choice."""

    name: str = ""
    layer: str = ""


class OutcomeMeasure(QObject):
    """Measure two models on the images of a training that were kept aside."""

    card_read = Signal(object)
    """`OutcomeReport` of the new model's card."""
    started = Signal(str, str)
    """Name of the model that is measured now, and the split."""
    progress = Signal(int, int, str)
    measured = Signal(str, object)
    """Name of a model and its `OutcomeReport`."""
    failed = Signal(str)
    """Message that may be shown."""
    ended = Signal(bool)
    """Nothing is measured any more; whether all was measured."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._card_ticket = 0
        self._ticket = 0
        self._request = TrainRequest("")
        self._waiting: list[MeasuredModel] = []
        self._is_whole = True

    def begin(
        self, request: TrainRequest, new: MeasuredModel, active: MeasuredModel
    ) -> None:
        """Read the card, then measure both models on the images of `request`."""
        self.leave()
        self._request = request
        self._waiting = [new]
        if active.name and active.name != new.name:
            self._waiting.append(active)
        self._is_whole = True
        self._card_ticket = self._replies.expect(
            self._tasks.model_card(new.name), self._read_card, self.failed.emit
        )
        summary = self._tasks.inspect_data(
            request.data, request.set_name, request.label
        )
        self._ticket = self._replies.expect(
            summary, self._choose_split, self._give_up, self._end
        )

    def leave(self) -> None:
        """Stop measuring without another word."""
        for ticket in (self._card_ticket, self._ticket):
            self._replies.forget(ticket)
            self._tasks.cancel(ticket)
        self._waiting.clear()

    def cancel(self) -> None:
        """Stop measuring; what is measured already stays."""
        if self.is_busy():
            self.leave()
            self.ended.emit(False)

    def is_busy(self) -> bool:
        """Return whether a model is being measured."""
        return self._replies.is_expected(self._ticket)

    def _read_card(self, card: str) -> None:
        try:
            self.card_read.emit(report_of_card(card))
        except ValueError:
            self.failed.emit(self.tr("The card of the model cannot be read."))

    def _choose_split(self, summary: DataSummary) -> None:
        has_test = any(summary.splits.get(name) for name in (TEST, _DRAWN))
        self._measure_next(TEST if has_test else VALIDATION)

    def _measure_next(self, split: str) -> None:
        if not self._waiting:
            self.ended.emit(self._is_whole)
            return
        model = self._waiting.pop(0)
        request = self._request
        arguments = EvaluateArguments(
            queries=request.data,
            set_name=request.set_name,
            splits=(split,),
            database_splits=_DATABASE[split],
            model=model.name,
            layer=model.layer,
            level=request.label,
        )
        self.started.emit(model.name, split)
        self._ticket = self._replies.expect(
            self._tasks.evaluate(arguments),
            partial(self._show_report, model.name, split),
            partial(self._go_on_without, split),
            self._end,
            self.progress.emit,
        )

    def _show_report(self, name: str, split: str, document: str) -> None:
        report: OutcomeReport
        try:
            report = report_of_evaluation(document)
        except ValueError:
            self._go_on_without(split, self.tr("The evaluation cannot be read."))
            return
        self.measured.emit(name, report)
        self._measure_next(split)

    def _go_on_without(self, split: str, message: str) -> None:
        self._is_whole = False
        self.failed.emit(message)
        self._measure_next(split)

    def _give_up(self, message: str) -> None:
        self.failed.emit(message)
        self._end()

    def _end(self) -> None:
        self._waiting.clear()
        self.ended.emit(False)
