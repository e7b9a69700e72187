"""The menu of the features to search with."""

from functools import partial

from PySide6.QtCore import QLocale, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.gui.query.features_choice import (
    FeaturesChoice,
    combined_choice,
    combined_extractors,
    default_extractor,
    offered_extractors,
)


class FeaturesMenu(QMenu):
    """One entry for each kind of features of a library, and one for several at once."""

    features_chosen = Signal(object)
    """`FeaturesChoice`."""

    def __init__(self, extract: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Model and &layer"))
        self.setToolTipsVisible(True)
        self._extract = extract
        self._group = QActionGroup(self)
        self.set_info(None, FeaturesChoice())

    def set_info(self, info: LibraryInfo | None, choice: FeaturesChoice) -> None:
        """List the features that a library has; mark those in use."""
        for action in self._group.actions():
            self._group.removeAction(action)
        self.clear()
        self._add(self._default_text(info), FeaturesChoice(), choice)
        for entry in offered_extractors(info) if info else ():
            text = self.tr("{model} · {layer} ({dim} values)").format(
                model=entry.model,
                layer=entry.layer,
                dim=QLocale().toString(entry.feature_dim),
            )
            self._add(text, FeaturesChoice(entry.model, entry.layer), choice)
        if info and (combined := combined_choice(info)):
            self.addSeparator()
            self._add_combined(info, combined, choice)
        self.addSeparator()
        self.addAction(self._extract)
        self.setEnabled(bool(info and info.extractors))

    def _default_text(self, info: LibraryInfo | None) -> str:
        text = self.tr("Library's default")
        default = default_extractor(info) if info else None
        return f"{text} ({default.model} · {default.layer})" if default else text

    def _add_combined(
        self, info: LibraryInfo, combined: FeaturesChoice, chosen: FeaturesChoice
    ) -> None:
        names = " + ".join(
            f"{entry.model} · {entry.layer}" for entry in combined_extractors(info)
        )
        text = self.tr("&Combined ({names})").format(names=names.replace("&", "&&"))
        action = self._add(text, combined, chosen)
        tip = self.tr("Search with several models at once: the mean of their scores")
        action.setToolTip(tip)
        action.setStatusTip(tip)

    def _add(
        self, text: str, choice: FeaturesChoice, chosen: FeaturesChoice
    ) -> QAction:
        action = self.addAction(text)
        action.setCheckable(True)
        self._group.addAction(action)
        action.setChecked(choice == chosen)
        action.triggered.connect(partial(self._choose, choice))
        return action

    def _choose(self, choice: FeaturesChoice, _checked: bool = False) -> None:
        self.features_chosen.emit(choice)
