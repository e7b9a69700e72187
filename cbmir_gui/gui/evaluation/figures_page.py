"""The macro figures with their intervals, and their two curves."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cbmir_gui.gui.evaluation.report import PRECISION_RANKS, Figure, Report
from cbmir_gui.gui.evaluation.report_text import figure_text, interval_text
from cbmir_gui.gui.measure_names import UNKNOWN, measure_name
from cbmir_gui.gui.style import SPACE_PX
from cbmir_gui.gui.widgets.curve import Curve, CurveStyle
from cbmir_gui.gui.widgets.curve_plot import CurvePlot
from cbmir_gui.gui.widgets.plot_axis import UNIT_AXIS, Axis, share_axis
from cbmir_gui.gui.widgets.rows_table import Cell, Row, RowsTable, word

_LAST_RANK = PRECISION_RANKS[-1]


class FiguresPage(QWidget):
    """A table at the left; precision over rank and over recall at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = RowsTable(self.tr("Figures"), is_sortable=False)
        self.ranks = CurvePlot(
            self.tr("Precision over rank"),
            self.tr("Number of hits k"),
            self.tr("P@k"),
            Axis(0, _LAST_RANK, 5),
        )
        self.recall = CurvePlot(
            self.tr("Precision over recall"),
            self.tr("Recall"),
            self.tr("Precision"),
            UNIT_AXIS,
        )
        plots = QVBoxLayout()
        plots.setSpacing(SPACE_PX)
        plots.addWidget(self.ranks)
        plots.addWidget(self.recall)
        row = QHBoxLayout(self)
        row.setSpacing(SPACE_PX)
        row.addWidget(self.table, 1)
        row.addLayout(plots, 1)

    def show_report(self, report: Report) -> None:
        """Show the figures of another report."""
        self._fill_table(report)
        self._draw_ranks(report)
        self.recall.setVisible(bool(report.precisions))
        name = self.tr("macro mean over classes")
        curve = Curve(name, report.recall_levels, report.precisions)
        self.recall.set_curves([curve])
        self.recall.set_y_axis(share_axis(min(report.precisions, default=0.0)))

    def _fill_table(self, report: Report) -> None:
        part_titles = {
            "patient_disjoint": self.tr("Patients apart"),
            "not_patient_disjoint": self.tr("Patients shared"),
        }
        titles = [
            self.tr("Macro mean"),
            self.tr("Value"),
            self.tr("95 % interval"),
            self.tr("Ceiling"),
            *(part_titles[name] for name in report.parts),
        ]
        parts = [{entry.key: entry for entry in part} for part in report.parts.values()]
        rows = [
            (*_cells(entry), *(_part_cell(part.get(entry.key)) for part in parts))
            for entry in report.figures
        ]
        self.table.set_rows(titles, rows)

    def _draw_ranks(self, report: Report) -> None:
        figures = report.precision_curve()
        ranks = [int(entry.key.rpartition("_")[2]) for entry in figures]
        intervals = [entry.interval for entry in figures if entry.interval]
        found = Curve(
            self.tr("found, with 95 % interval"),
            ranks,
            [entry.value for entry in figures],
            CurveStyle(color=0),
            intervals=intervals if len(intervals) == len(figures) else (),
        )
        bounded = [
            (rank, entry.ceiling)
            for rank, entry in zip(ranks, figures, strict=True)
            if entry.ceiling is not None
        ]
        ceiling = Curve(
            self.tr("ceiling"),
            [rank for rank, _ in bounded],
            [value for _, value in bounded],
            CurveStyle(color=1, is_dashed=True, has_dots=False),
        )
        lows = [low for low, _ in intervals] + list(found.ys)
        self.ranks.set_y_axis(share_axis(min(lows, default=0.0)))
        self.ranks.set_curves([ceiling, found] if bounded else [found])


def _cells(entry: Figure) -> Row:
    return (
        word(measure_name(entry.key)),
        Cell(figure_text(entry.value), entry.value),
        Cell(interval_text(entry), entry.interval[0] if entry.interval else -1.0),
        _number_cell(entry.ceiling),
    )


def _part_cell(entry: Figure | None) -> Cell:
    if entry is None:
        return Cell(UNKNOWN, -1.0)
    return Cell(figure_text(entry.value), entry.value, interval_text(entry))


def _number_cell(value: float | None) -> Cell:
    return Cell(figure_text(value), -1.0 if value is None else value)
