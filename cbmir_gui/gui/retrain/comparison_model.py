"""Figures of the new model beside those of the active one, for a table."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    Qt,
)
from PySide6.QtGui import QFont

from cbmir_gui.gui.measure_names import UNKNOWN, measure_name
from cbmir_gui.gui.results.tiles_model import AnyIndex
from cbmir_gui.gui.retrain.outcome_report import OutcomeReport

_NEARLY_ALL = 0.9995
_MINUS = "\N{MINUS SIGN}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("ComparisonModel", text)


def figure_titles() -> dict[str, tuple[str, str]]:
    """Return short title and explanation of each figure, in their order."""
    precision = _tr("How many of the first {k} hits are of the query's class")
    return {
        "accuracy": (
            _tr("Accuracy of the classifier"),
            _tr("How many images of a class are recognised, mean over the classes"),
        ),
        "mean_average_precision": (
            _tr("Mean average precision ({name})").format(
                name=measure_name("mean_average_precision")
            ),
            _tr("How early all images of the query's class are found, 100 % is best"),
        ),
        **{
            name: (
                _tr("First hit is right ({name})").format(name=measure_name(name))
                if k == 1
                else _tr("Right among the first {k} ({name})").format(
                    k=k, name=measure_name(name)
                ),
                precision.format(k=k),
            )
            for k in (1, 5, 20, 100)
            for name in (f"precision_at_{k}",)
        },
    }


class ComparisonModel(QAbstractTableModel):
    """Columns: figure, new model, active model, difference; read-only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles = figure_titles()
        self._names = list(self._titles)
        self._new_name = ""
        self._active_name = ""
        self._new = OutcomeReport()
        self._active = OutcomeReport()

    def set_names(self, new: str, active: str) -> None:
        """Name the two models; `active` is empty where there is none."""
        self.beginResetModel()
        self._new_name, self._active_name = new, active
        self._new = self._active = OutcomeReport()
        self.endResetModel()

    def set_new(self, report: OutcomeReport) -> None:
        """Show the figures of the new model."""
        self._new = report
        self._renew()

    def set_active(self, report: OutcomeReport) -> None:
        """Show the figures of the active model."""
        self._active = report
        self._renew()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of figures."""
        return 0 if parent.isValid() else len(self._names)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return 4; without an active model 2."""
        if parent.isValid():
            return 0
        return 4 if self._active_name else 2

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the names of the models, and that the first one is new."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole or not 0 <= section < 4:
            return None
        return (
            self.tr("Figure"),
            self.tr("New: {name}").format(name=self._new_name),
            self.tr("In use: {name}").format(name=self._active_name),
            self.tr("Difference"),
        )[section]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the title or the figure; the tooltip explains it."""
        if not index.isValid():
            return None
        name = self._names[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(name, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(name, index.column())
            case Qt.ItemDataRole.TextAlignmentRole if index.column():
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.FontRole if index.column() == 1:
                font = QFont()
                font.setBold(True)
                return font
        return None

    def _text(self, name: str, column: int) -> str:
        if column == 0:
            return self._title(name)
        new, active = self._new.figures.get(name), self._active.figures.get(name)
        if column == 3:
            if new is None or active is None:
                return UNKNOWN
            return _points(new - active)
        value = new if column == 1 else active
        return UNKNOWN if value is None else _percent(value)

    def _title(self, name: str) -> str:
        title = self._titles[name][0]
        ceiling = self._new.ceilings.get(name, 1.0)
        if ceiling > _NEARLY_ALL:
            return title
        bounded = self.tr("{title}, at most {ceiling}")
        return bounded.format(title=title, ceiling=_percent(ceiling))

    def _tip(self, name: str, column: int) -> str:
        explanation = self._titles[name][1]
        report = {1: self._new, 2: self._active}.get(column)
        interval = report.intervals.get(name) if report else None
        if interval is None:
            return explanation
        between = self.tr("95 % interval: {low} to {high}").format(
            low=_percent(interval[0]), high=_percent(interval[1])
        )
        return f"{explanation}\n{between}"

    def _renew(self) -> None:
        last = self.index(len(self._names) - 1, self.columnCount() - 1)
        self.dataChanged.emit(self.index(0, 0), last)


def _percent(share: float) -> str:
    number = QLocale().toString(100 * share, "f", 1)
    return _tr("{number} %").format(number=number)


def _points(difference: float) -> str:
    """Return a difference in percentage points with its sign."""
    points = round(100 * difference, 1)
    sign = "+" if points > 0 else _MINUS if points < 0 else "±"
    return sign + QLocale().toString(abs(points), "f", 1)
