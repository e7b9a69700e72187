"""Where the queries of an evaluation are searched for, and by which features."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from cbmir_gui.core.records import METRICS, LibraryInfo, ModelInfo
from cbmir_gui.engine.operations import EvaluateArguments
from cbmir_gui.gui.query.session import FILTER_OFF, FILTER_PREDICTED
from cbmir_gui.gui.results.tile_text import metric_name
from cbmir_gui.gui.style import SMALL_SPACE_PX

FILTER_PRIOR = "prior"


class SearchChoices(QWidget):
    """Database, model, layer, metric, level and class filter.

    A library can only be searched with the features that it has, so the choice of
    models follows the choice of the database.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models: tuple[ModelInfo, ...] = ()
        self._libraries: tuple[LibraryInfo, ...] = ()
        self.database = QComboBox()
        self.model = QComboBox()
        self.layer = QComboBox()
        self.distance = _combo(
            (self.tr("Model's own"), ""), *((metric_name(m), m) for m in METRICS)
        )
        self.level = _combo(
            (self.tr("Class"), "class"),
            (self.tr("Diagnosis"), "diagnosis"),
            (self.tr("Modality"), "modality"),
        )
        self.filter = _combo(
            (self.tr("None"), FILTER_OFF),
            (self.tr("Predicted class only"), FILTER_PREDICTED),
            (self.tr("Weighted by prediction"), FILTER_PRIOR),
        )
        self._arrange()
        self.database.currentIndexChanged.connect(self._offer_models)
        self.model.currentIndexChanged.connect(self._offer_layers)
        for combo in (self.database, self.model, self.layer):
            combo.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._offer_databases()

    def set_libraries(self, libraries: Sequence[LibraryInfo]) -> None:
        """Offer libraries with images as database."""
        self._libraries = tuple(info for info in libraries if info.num_images)
        self._offer_databases()

    def set_models(self, models: Iterable[ModelInfo]) -> None:
        """Offer the models that can be used."""
        self._models = tuple(model for model in models if not model.problem)
        self._offer_models()

    def choose(self, choices: EvaluateArguments) -> None:
        """Choose what is offered of `choices`."""
        for combo, value in (
            (self.database, choices.library),
            (self.model, choices.model),
            (self.layer, choices.layer),
            (self.distance, choices.metric),
            (self.level, choices.level),
            (self.filter, choices.class_filter),
        ):
            _choose(combo, value)

    def value(self, combo: QComboBox) -> str:
        """Return what is chosen in one of the boxes."""
        return str(combo.currentData() or "")

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SMALL_SPACE_PX)
        for number, (title, combo) in enumerate(
            (
                (self.tr("Sea&rch in:"), self.database),
                (self.tr("M&odel:"), self.model),
                (self.tr("La&yer:"), self.layer),
                (self.tr("Me&tric:"), self.distance),
                (self.tr("R&elevant is the same:"), self.level),
                (self.tr("Class f&ilter:"), self.filter),
            )
        ):
            label = QLabel(title)
            label.setBuddy(combo)
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(14)
            row, column = divmod(number, 3)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(combo, row, 2 * column + 1)
            grid.setColumnStretch(2 * column + 1, 1)

    def _offer_databases(self) -> None:
        entries = [(self.tr("Other splits of the same images"), "")]
        for info in self._libraries:
            text = self.tr("Library {name}").format(name=info.name)
            entries.append((text, info.folder))
        _refill(self.database, entries)
        self._offer_models()

    def _library(self) -> LibraryInfo | None:
        folder = self.value(self.database)
        return next((i for i in self._libraries if i.folder == folder), None)

    def _offer_models(self) -> None:
        library = self._library()
        names = [model.name for model in self._models]
        if library is not None:
            names = list(dict.fromkeys(entry.model for entry in library.extractors))
        default = self.tr("Library's default") if library else self.tr("Default")
        _refill(self.model, [(default, ""), *((name, name) for name in names)])
        self._offer_layers()

    def _offer_layers(self) -> None:
        name, library = self.value(self.model), self._library()
        layers: Iterable[str] = ()
        if name and library is not None:
            layers = [e.layer for e in library.extractors if e.model == name]
        elif name:
            found = [model.layers for model in self._models if model.name == name]
            layers = found[0] if found else ()
        entries = [(self.tr("Default"), ""), *((layer, layer) for layer in layers)]
        _refill(self.layer, entries)


def _combo(*entries: tuple[str, str]) -> QComboBox:
    combo = QComboBox()
    for text, value in entries:
        combo.addItem(text, value)
    return combo


def _refill(combo: QComboBox, entries: Sequence[tuple[str, str]]) -> None:
    """Offer other entries; what was chosen stays so if it is offered."""
    chosen = combo.currentData()
    combo.blockSignals(True)
    combo.clear()
    for text, value in entries:
        combo.addItem(text, value)
    _choose(combo, chosen)
    combo.blockSignals(False)


def _choose(combo: QComboBox, value: object) -> None:
    combo.setCurrentIndex(max(0, combo.findData(value)))
