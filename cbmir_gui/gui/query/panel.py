"""The left side of the window: the query image and what is known of it."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.prediction_support import NUM_NEAREST
from cbmir_gui.core.records import DecodedImage
from cbmir_gui.core.search_records import Prediction
from cbmir_gui.gui.query.drop_zone import DropZone
from cbmir_gui.gui.query.facts import facts_line
from cbmir_gui.gui.query.frame_chooser import FrameChooser
from cbmir_gui.gui.query.prediction_bars import PredictionBars
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.query.window_chooser import WindowChooser
from cbmir_gui.gui.results.tile_text import burned_in_text
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.widgets.elided_label import ElidedLabel
from cbmir_gui.gui.widgets.image_view import ImageView
from cbmir_gui.gui.widgets.images import to_qimage

WIDTH_PX = 292


class QueryPanel(QWidget):
    """Show the query; asks for another frame, window or file through signals."""

    open_requested = Signal()
    frame_chosen = Signal(int)
    window_chosen = Signal(str)
    overlays_chosen = Signal(bool)

    def __init__(
        self,
        actions: Sequence[QAction],
        recent_menu: QMenu,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setMinimumWidth(WIDTH_PX - 40)
        self._path = ""
        self._tools: list[QToolButton] = []
        self.drop_zone = DropZone()
        self.image_view = ImageView()
        self.image_view.setAccessibleName(self.tr("Query image"))
        self._picture = QStackedWidget()
        self._picture.addWidget(self.drop_zone)
        self._picture.addWidget(self.image_view)
        self.frames = FrameChooser()
        self.windows = WindowChooser()
        self.overlays = QCheckBox(self.tr("Show o&verlays"))
        self.overlays.setToolTip(
            self.tr("Drawings that the file holds beside its image, shown in yellow")
        )
        self._name = ElidedLabel()
        self._facts = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._facts.setProperty("role", "muted")
        self._caution = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._caution.setProperty("role", "caution")
        self._predicted_title = QLabel()
        self._predicted_title.setProperty("role", "title")
        self._predicted_note = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._predicted_note.setProperty("role", "muted")
        self.bars = PredictionBars()
        self._arrange(self._tool_row(actions, recent_menu))
        self.drop_zone.clicked.connect(self.open_requested)
        self.frames.frame_chosen.connect(self.frame_chosen)
        self.windows.window_chosen.connect(self.window_chosen)
        self.overlays.clicked.connect(self.overlays_chosen)
        self.show_query(None)

    def _tool_row(self, actions: Sequence[QAction], recent_menu: QMenu) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACE_PX)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            row.addWidget(button)
            self._tools.append(button)
        recent = QToolButton()
        recent.setText(self.tr("Recent"))
        recent.setIcon(recent_menu.icon())
        recent.setMenu(recent_menu)
        recent.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        recent.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        recent.setToolTip(self.tr("Open a recent query again"))
        row.addWidget(recent)
        self._tools.append(recent)
        row.addStretch()
        return row

    def _arrange(self, tools: QHBoxLayout) -> None:
        title = QLabel(self.tr("Query"))
        title.setProperty("role", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX, SPACE_PX, SPACE_PX, SMALL_SPACE_PX)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(title)
        column.addLayout(tools)
        column.addWidget(self._picture, 1)
        column.addWidget(self.frames)
        column.addWidget(self.windows)
        column.addWidget(self.overlays)
        column.addWidget(self._name)
        column.addWidget(self._facts)
        column.addWidget(self._caution)
        column.addSpacing(SMALL_SPACE_PX)
        column.addWidget(self._predicted_title)
        column.addWidget(self.bars)
        column.addWidget(self._predicted_note)
        order = (*self._tools, self.drop_zone, self.image_view, self.frames)
        order = (*order, self.windows, self.overlays)
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    def show_query(self, query: Query | None) -> None:
        """Begin with another query: nothing of the last one stays.

        Another frame of the same file keeps picture, controls and, greyed, predicted
        classes until its own are there: the user may hold the frame slider at this
        moment, so it must not move.
        """
        path = query.path if query else ""
        if path != self._path or not path:
            self._path = path
            self._clear(query)
            self.show_predictions(None)
        else:
            self._enable_predictions(False)

    def _clear(self, query: Query | None) -> None:
        self._picture.setCurrentWidget(self.image_view if query else self.drop_zone)
        self.image_view.set_text(self.tr("Reading …"))
        self.frames.set_frames(1, 1)
        self.windows.set_info(None)
        self.overlays.setChecked(False)
        self.overlays.hide()
        self._name.set_full_text(self._query_name(query) if query else "")
        self._name.setVisible(query is not None)
        self._facts.clear()
        self._facts.setVisible(False)
        self._show_caution("")

    def show_image(self, image: DecodedImage) -> None:
        """Show the query's picture and facts."""
        info = image.info
        is_same = not self._facts.isHidden()
        self.image_view.set_image(to_qimage(image.pixels), keep_view=is_same)
        self.windows.set_info(info)
        # A box that is ticked stays in reach on a frame without overlays.
        has_overlays = info.display.num_overlays > 0
        self.overlays.setVisible(has_overlays or self.overlays.isChecked())
        self.frames.set_frames(info.frame, info.num_frames)
        self._facts.setText(facts_line(info))
        self._facts.setVisible(True)
        self._show_caution(burned_in_text(info.burned_in))

    def _show_caution(self, text: str) -> None:
        self._caution.setText(text)
        tip = self.tr(
            "Such text may name the patient. Look before you show or pass on the image."
        )
        self._caution.setToolTip(tip if text else "")
        self._caution.setVisible(bool(text))

    def show_thumbnail(self, image: QImage, problem: str) -> None:
        """Show what the library has of an image whose file cannot be read.

        `problem` says why it cannot.
        """
        if image.isNull():
            self.image_view.set_text(self.tr("This file cannot be shown."))
            self._facts.setText(problem)
        else:
            self.image_view.set_image(image)
            text = self.tr("Thumbnail only: {problem}").format(problem=problem)
            self._facts.setText(text)
        self._facts.setVisible(True)

    def show_predictions(
        self,
        predicted: tuple[Prediction, ...] | None,
        model: str = "",
        problem: str = "",
        *,
        contradicted: bool = False,
    ) -> None:
        """Show the classes that `model` predicts; None while they are not known.

        `problem` says why the model could not be asked; `contradicted` that the nearest
        images have other classes.
        """
        is_known = predicted is not None
        self._enable_predictions(True)
        self._predicted_title.setText(self.tr("Predicted class"))
        self._predicted_title.setVisible(is_known)
        self.bars.set_predictions(predicted or ())
        note = self.tr("by {model}").format(model=model)
        if problem:
            note = self.tr("Not predicted: {problem}").format(problem=problem)
        elif not predicted:
            note = self.tr("{model} has no classifier.").format(model=model)
        elif contradicted:
            note = self.tr(
                "by {model}. None of the {number} nearest images has this class: it "
                "may be none that the model knows."
            ).format(model=model, number=NUM_NEAREST)
        self._predicted_note.setText(note)
        self._predicted_note.setVisible(is_known)

    def _enable_predictions(self, are_current: bool) -> None:
        for part in (self._predicted_title, self.bars, self._predicted_note):
            part.setEnabled(are_current)

    def prediction_note(self) -> str:
        """Return the line under the predicted classes."""
        return self._predicted_note.text()

    def facts(self) -> str:
        """Return the line of facts."""
        return self._facts.text()

    def caution(self) -> str:
        """Return what is said of text in the picture; empty where there is nothing."""
        return self._caution.text()

    def _query_name(self, query: Query) -> str:
        return self.tr("Pasted image") if query.is_pasted else query.name
