"""The figures of every class, to be sorted."""

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cbmir_gui.gui.evaluation.report import Report
from cbmir_gui.gui.evaluation.report_text import figure_text
from cbmir_gui.gui.measure_names import measure_name
from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.widgets.rows_table import Cell, Row, RowsTable, word

_COUNT = "num_queries"


class ClassPage(QWidget):
    """One row for each class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = RowsTable(self.tr("Figures of each class"), is_stretched=False)
        column = QVBoxLayout(self)
        column.addWidget(self.table)

    def show_report(self, report: Report) -> None:
        """Show the classes of another report."""
        measured = {entry.key for entry in report.figures}
        keys = [
            key
            for key in dict.fromkeys(
                k for row in report.per_class.values() for k in row
            )
            if key in measured
        ]
        titles = [
            self.tr("Class"),
            measure_name(_COUNT),
            *(measure_name(key) for key in keys),
        ]
        rows: list[Row] = []
        for name, measures in report.per_class.items():
            count = int(measures.get(_COUNT) or 0)
            cells = [_cell(measures.get(key)) for key in keys]
            count_cell = Cell(QLocale().toString(count), count)
            rows.append((word(class_label(name)), count_cell, *cells))
        self.table.set_rows(titles, rows)


def _cell(value: float | None) -> Cell:
    return Cell(figure_text(value), -1.0 if value is None else value)
