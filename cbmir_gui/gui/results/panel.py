"""The right side of the window: heading, filter, number, and the grid."""

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import ImageRecord, LibraryInfo
from cbmir_gui.core.search_records import SearchResults
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.query.session import FILTER_OFF, FILTER_PREDICTED, FILTER_PRIOR
from cbmir_gui.gui.results.state_page import StatePage
from cbmir_gui.gui.results.thumbnail_cache import ThumbnailCache
from cbmir_gui.gui.results.tile_text import (
    class_label,
    similarity_explained,
    similarity_name,
)
from cbmir_gui.gui.results.tiles import tile_of_hit, tile_of_record
from cbmir_gui.gui.results.tiles_model import TilesModel
from cbmir_gui.gui.results.view import ResultsView
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.widgets.message_bar import MessageAction

MIN_TOP = 5
MAX_TOP = 100
_TYPING_DELAY_MS = 350


class ResultsPanel(QWidget):
    """Show hits, the library itself, or a state page."""

    top_changed = Signal(int)
    class_filter_changed = Signal(str)

    def __init__(
        self,
        thumbnails: ThumbnailCache,
        thumbnail_px: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.model = TilesModel(thumbnails, self)
        self.view = ResultsView(self.model, thumbnail_px)
        self.page = StatePage()
        self._is_browsing = False
        self._stack = QStackedWidget()
        self._stack.addWidget(self.page)
        self._stack.addWidget(self.view)
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._subtitle = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._subtitle.setProperty("role", "muted")
        self._busy = QProgressBar(textVisible=False)
        self._busy.setRange(0, 0)
        self._busy.setFixedHeight(3)
        self._filter = QComboBox()
        self._filter.setAccessibleName(self.tr("Search in class"))
        self._filter.setToolTip(self.tr("Search only among images of one class"))
        self._filter.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToContentsOnFirstShow
        )
        self._filter.setMinimumContentsLength(16)
        self._top = QSpinBox(minimum=MIN_TOP, maximum=MAX_TOP, singleStep=5)
        self._top.setToolTip(self.tr("Number of similar images, 5 to 100"))
        self._top_timer = QTimer(self, singleShot=True, interval=_TYPING_DELAY_MS)
        self._note = QLabel(self.tr("For research and teaching, not for diagnosis."))
        self._note.setProperty("role", "muted")
        self._arrange()
        self.set_classes({})
        self.set_busy(False)
        self._filter.activated.connect(self._tell_filter)
        self._top.valueChanged.connect(self._top_timer.start)
        self._top_timer.timeout.connect(self._tell_top)

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._title)
        words.addWidget(self._subtitle)
        filter_label = QLabel(self.tr("&In:"))
        filter_label.setBuddy(self._filter)
        top_label = QLabel(self.tr("Sho&w:"))
        top_label.setBuddy(self._top)
        head = QHBoxLayout()
        head.setContentsMargins(SMALL_SPACE_PX, 0, 0, SMALL_SPACE_PX)
        head.setSpacing(SMALL_SPACE_PX)
        head.addLayout(words, 1)
        head.addWidget(filter_label)
        head.addWidget(self._filter)
        head.addSpacing(SPACE_PX)
        head.addWidget(top_label)
        head.addWidget(self._top)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_PX, SPACE_PX, SMALL_SPACE_PX)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._busy)
        column.addWidget(self._stack, 1)
        column.addSpacing(SMALL_SPACE_PX)
        column.addWidget(self._note, 0, Qt.AlignmentFlag.AlignRight)
        QWidget.setTabOrder(self._filter, self._top)
        QWidget.setTabOrder(self._top, self.view)

    def show_results(self, results: SearchResults) -> None:
        """Show the hits of a search."""
        is_same_query = not self._is_browsing and not self.is_page_shown()
        place = self.view.place()
        self._is_browsing = False
        self.view.set_metric(results.metric)
        self.model.set_tiles(map(tile_of_hit, results.hits), metric=results.metric)
        count = QLocale().toString(results.library_size)
        similarity = similarity_name(results.metric)
        text = self.tr("of {count} in the library, by {similarity}")
        if results.class_filter == FILTER_PRIOR:
            text = self.tr(
                "of {count} in the library, probable classes first, by {similarity}"
            )
        elif results.class_filter != FILTER_OFF:
            text = self.tr("of {count} in the library, {name} only, by {similarity}")
        name = class_label(results.class_filter)
        self._set_heading(
            counted(
                len(results.hits),
                self.tr("The most similar image"),
                self.tr("{n} most similar images"),
            ),
            text.format(count=count, name=name, similarity=similarity),
        )
        self._subtitle.setToolTip(similarity_explained(results.metric))
        if results.hide:
            number = QLocale().toString(results.num_hidden)
            hidden = self.tr("{text}, {n} hidden")
            self._subtitle.setText(hidden.format(text=self.subtitle(), n=number))
        self._stack.setCurrentWidget(self.view)
        if is_same_query:
            self.view.go_to(place)
        else:
            self.view.scrollToTop()

    def show_library(self, total: int, records: tuple[ImageRecord, ...]) -> None:
        """Show the first page of the library itself."""
        was_browsing, place = self._is_browsing, self.view.place()
        self.model.set_tiles(map(tile_of_record, records), total)
        self._is_browsing = True
        self._set_heading(
            self.tr("Images of this library"),
            self.tr("Open or drop a query, or double-click an image to start from it"),
        )
        self._stack.setCurrentWidget(self.view)
        if was_browsing:
            self.view.go_to(place)
        else:
            self.view.scrollToTop()

    def append(self, offset: int, records: tuple[ImageRecord, ...]) -> None:
        """Show a further page of the library, if it is still the next one."""
        if self._is_browsing and offset == self.model.rowCount():
            self.model.append(map(tile_of_record, records))

    def num_browsed(self) -> int:
        """Return how many images of the library are shown; 0 while there are hits."""
        return self.model.rowCount() if self._is_browsing else 0

    def show_waiting(self) -> None:
        """Show that the first answer to a query is on its way."""
        self.show_page("search", self.tr("Searching …"))

    def show_problem(self, text: str, actions: tuple[MessageAction, ...] = ()) -> None:
        """Show why there are no hits."""
        self.show_page("info", self.tr("No results"), text, actions)

    def show_page(
        self,
        icon_name: str,
        title: str,
        text: str = "",
        actions: tuple[MessageAction, ...] = (),
    ) -> None:
        """Show words in place of the grid."""
        self._is_browsing = False
        self.model.set_tiles(())
        self._set_heading("", "")
        self.page.show_state(icon_name, title, text, actions)
        self._stack.setCurrentWidget(self.page)

    def is_page_shown(self) -> bool:
        """Return whether the state page stands in place of the grid."""
        return self._stack.currentWidget() is self.page

    def heading(self) -> str:
        """Return the heading."""
        return self._title.text()

    def subtitle(self) -> str:
        """Return the line under the heading."""
        return self._subtitle.text()

    def set_busy(self, busy: bool) -> None:
        """Show that a search is running."""
        policy = self._busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._busy.setSizePolicy(policy)
        self._busy.setVisible(busy)

    def focus_top(self) -> None:
        """Let the user type the number of hits."""
        self._top.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._top.selectAll()

    def set_top(self, top: int) -> None:
        """Show the number of hits asked for."""
        self._top.blockSignals(True)
        self._top.setValue(top)
        self.view.set_num_in_sight(top)
        self._top.blockSignals(False)

    def set_info(self, info: LibraryInfo | None) -> None:
        """Offer the classes of a library in the filter."""
        self.set_classes(info.classes if info else {})

    def set_classes(self, classes: dict[str, int]) -> None:
        """Offer `classes` (name to number of images) in the filter."""
        chosen = self._filter.currentData()
        self._filter.clear()
        self._filter.addItem(self.tr("All classes"), FILTER_OFF)
        self._filter.addItem(self.tr("Predicted class"), FILTER_PREDICTED)
        self._filter.addItem(self.tr("Probable classes first"), FILTER_PRIOR)
        for name in sorted(classes):
            if name:
                count = QLocale().toString(classes[name])
                self._filter.addItem(f"{class_label(name)} ({count})", name)
        self.set_class_filter(chosen or FILTER_OFF)

    def set_class_filter(self, class_filter: str) -> None:
        """Show which class is searched in."""
        row = self._filter.findData(class_filter)
        self._filter.setCurrentIndex(max(row, 0))

    def class_filter(self) -> str:
        """Return off, predicted, prior, or the name of a class."""
        return str(self._filter.currentData())

    def _set_heading(self, title: str, subtitle: str) -> None:
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setToolTip("")

    def _tell_filter(self) -> None:
        self.class_filter_changed.emit(self.class_filter())

    def _tell_top(self) -> None:
        self.view.set_num_in_sight(self._top.value())
        self.top_changed.emit(self._top.value())
