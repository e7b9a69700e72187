"""The figures of a new model beside those of the one in use: a table and curves."""

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from cbmir_gui.gui.retrain.comparison_model import ComparisonModel
from cbmir_gui.gui.retrain.outcome_report import OutcomeReport
from cbmir_gui.gui.style import SMALL_SPACE_PX
from cbmir_gui.gui.widgets.curve import Curve
from cbmir_gui.gui.widgets.curve_plot import CurvePlot
from cbmir_gui.gui.widgets.plot_axis import UNIT_AXIS, Axis, share_axis

_MIN_COLUMN_PX = 110
_ROW_PADDING_PX = 14
_RANKS = (1, 5, 20, 40, 60, 80, 100)
_RANK_AXIS = Axis(0.0, 100.0, 5)


class FiguresPanel(QWidget):
    """Accuracy and retrieval measures; the tooltips have their intervals."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = ("", "")
        self._curves: dict[str, Curve] = {}
        self._model = ComparisonModel(self)
        self._table = self._make_table()
        self._note = QLabel(wordWrap=True)
        self._note.setProperty("role", "muted")
        self.precision = CurvePlot(
            self.tr("Right among the first hits"),
            self.tr("Hits"),
            x_axis=_RANK_AXIS,
            y_axis=UNIT_AXIS,
        )
        column = QVBoxLayout(self)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self._table)
        column.addWidget(self._note)
        column.addWidget(self.precision, 1)

    def begin(self, new: str, active: str) -> None:
        """Name the two models; `active` is empty where there is none."""
        self._names = (new, active)
        self._model.set_names(new, active)
        self._note.clear()
        self._curves = {}
        self.precision.set_curves(())

    def show_card(self, report: OutcomeReport) -> None:
        """Show what the card of the new model says."""
        self._model.set_new(report)

    def show_new(self, report: OutcomeReport) -> None:
        """Show what was measured of the new model."""
        self._model.set_new(report)
        self._note.setText(
            self.tr(
                "Measured on {count} images that the new model has not learned from, "
                "mean over the classes. The model in use may have learned from some of "
                "them."
            ).format(count=QLocale().toString(report.num_queries))
        )
        self._add_curve(self._names[0], report)

    def show_active(self, report: OutcomeReport) -> None:
        """Show what was measured of the model in use."""
        self._model.set_active(report)
        self._add_curve(self._names[1], report)

    def texts(self) -> dict[str, tuple[str, ...]]:
        """Return the rows of the table by their title."""
        model = self._model
        rows = [
            [
                str(model.index(row, column).data())
                for column in range(model.columnCount())
            ]
            for row in range(model.rowCount())
        ]
        return {row[0]: tuple(row[1:]) for row in rows}

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._model)
        table.setAccessibleName(self.tr("Figures of the models"))
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row_px = self.fontMetrics().height() + _ROW_PADDING_PX
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(row_px)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(_MIN_COLUMN_PX)
        header.setHighlightSections(False)
        rows_px = self._model.rowCount() * row_px
        table.setFixedHeight(rows_px + header.sizeHint().height() + 4)
        return table

    def _add_curve(self, name: str, report: OutcomeReport) -> None:
        """Add the precision over the number of hits that are looked at."""
        known = [k for k in _RANKS if f"precision_at_{k}" in report.figures]
        values = [report.figures[f"precision_at_{k}"] for k in known]
        self._curves[name] = Curve(name, known, values)
        curves = tuple(self._curves.values())
        # Two good models would be one line between 0 and 1.
        lowest = min((y for curve in curves for y in curve.ys), default=0.0)
        self.precision.set_y_axis(share_axis(lowest))
        self.precision.set_curves(curves)
