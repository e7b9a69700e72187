"""Query and hit side by side, zoomed and moved together."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.patient_records import PatientData
from cbmir_gui.core.records import DecodedImage
from cbmir_gui.gui.icons import icon
from cbmir_gui.gui.query.facts import facts_line
from cbmir_gui.gui.query.query import Query
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.results.tile_text import (
    burned_in_text,
    kind_line,
    part_facts,
    relation_names,
    similarity_name,
)
from cbmir_gui.gui.results.tiles import Tile
from cbmir_gui.gui.style import SMALL_SPACE_PX, SPACE_PX
from cbmir_gui.gui.tasks import Tasks
from cbmir_gui.gui.widgets.elided_label import ElidedLabel
from cbmir_gui.gui.widgets.image_view import ImageView
from cbmir_gui.gui.widgets.images import to_qimage

_SIDE_PX = 2048


class ComparedImage(QWidget):
    """One side: title, image, and a line of facts."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(title)
        self.title.setProperty("role", "title")
        self.view = ImageView()
        self.view.setAccessibleName(title)
        self.name = ElidedLabel()
        self.patient = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.patient.setProperty("role", "caution")
        self.patient.setVisible(False)
        self.facts = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.facts.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACE_PX)
        column.addWidget(self.title)
        column.addWidget(self.view, 1)
        column.addWidget(self.name)
        column.addWidget(self.patient)
        column.addWidget(self.facts)


class CompareDialog(QDialog):
    """Show the query beside one hit; steps through the hits with the arrow keys.

    Parameters
    ----------
    patient_line
        Puts a patient into words; None: patients are not shown.
    """

    def __init__(
        self,
        tasks: Tasks,
        query: Query,
        hits: Sequence[Tile],
        metric: str,
        parent: QWidget | None = None,
        patient_line: Callable[[PatientData], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._patient_line = patient_line
        self._patient_ticket = 0
        self._tasks = tasks
        self._replies = Replies(tasks, self)
        self._hits = tuple(hits)
        self._metric = metric
        self._row = -1
        self._hit_ticket = self._query_ticket = self._query_patient_ticket = 0
        self.setWindowTitle(self.tr("Compare"))
        self.resize(1040, 640)
        self.query_side = ComparedImage(self.tr("Query"))
        self.hit_side = ComparedImage("")
        self.query_side.name.set_full_text(
            self.tr("Pasted image") if query.is_pasted else query.name
        )
        self._together = QCheckBox(self.tr("&Zoom and move together"))
        self._together.setChecked(True)
        self._previous = QPushButton(self.tr("&Previous"))
        self._next = QPushButton(self.tr("&Next"))
        self._arrange()
        self._connect()
        self._query_ticket = self._ask(query.path, query.frame, self.query_side)
        if not query.is_pasted:
            self._query_patient_ticket = self._ask_patient(query.path, self.query_side)
        self._next.setDefault(True)

    def show_hit(self, row: int) -> None:
        """Show the hit in `row` (from 0) beside the query."""
        if not 0 <= row < len(self._hits):
            return
        self._row = row
        tile = self._hits[row]
        self.hit_side.title.setText(self.tr("Rank {rank}").format(rank=tile.rank))
        self.hit_side.name.set_full_text(tile.file_name)
        self.hit_side.facts.setText(self._facts(tile))
        self.hit_side.view.set_text(self.tr("Reading …"))
        self._previous.setEnabled(row > 0)
        self._next.setEnabled(row < len(self._hits) - 1)
        self._replies.drop(self._hit_ticket)
        self._hit_ticket = self._ask(tile.path, tile.frame, self.hit_side)
        self._replies.drop(self._patient_ticket)
        self._patient_ticket = self._ask_patient(tile.path, self.hit_side)

    def done(self, result: int) -> None:
        """Close; files that are still being read are given up."""
        for ticket in (
            self._query_ticket,
            self._query_patient_ticket,
            self._hit_ticket,
            self._patient_ticket,
        ):
            self._replies.drop(ticket)
        super().done(result)

    def row(self) -> int:
        """Return the row of the hit shown."""
        return self._row

    def _arrange(self) -> None:
        sides = QHBoxLayout()
        sides.setSpacing(SPACE_PX)
        sides.addWidget(self.query_side, 1)
        sides.addWidget(self.hit_side, 1)
        note = QLabel(self.tr("For research and teaching, not for diagnosis."))
        note.setProperty("role", "muted")
        color = self.palette().windowText().color()
        self._previous.setIcon(icon("previous", color))
        self._next.setIcon(icon("next", color))
        close = QPushButton(self.tr("&Close"))
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_PX)
        foot.addWidget(self._together)
        foot.addWidget(note, 1, Qt.AlignmentFlag.AlignCenter)
        foot.addWidget(self._previous)
        foot.addWidget(self._next)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addLayout(sides, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self._previous.clicked.connect(lambda: self.show_hit(self._row - 1))
        self._next.clicked.connect(lambda: self.show_hit(self._row + 1))
        before = QShortcut(QKeySequence("PgUp"), self)
        before.activated.connect(self._previous.click)
        after = QShortcut(QKeySequence("PgDown"), self)
        after.activated.connect(self._next.click)
        self._follow(self.query_side.view, self.hit_side.view)
        self._follow(self.hit_side.view, self.query_side.view)

    def _follow(self, leader: ImageView, follower: ImageView) -> None:
        leader.moved.connect(
            lambda zoom, center: (
                follower.set_view(zoom, center) if self._together.isChecked() else None
            )
        )

    def _ask(self, path: str, frame: int, side: ComparedImage) -> int:
        side.view.set_text(self.tr("Reading …"))

        def show(image: DecodedImage) -> None:
            side.view.set_image(to_qimage(image.pixels))
            if side is self.query_side:
                caution = burned_in_text(image.info.burned_in)
                facts = [facts_line(image.info), caution]
                side.facts.setText(" · ".join(part for part in facts if part))

        return self._replies.expect(
            self._tasks.preview(path, frame, "first", _SIDE_PX),
            show,
            side.view.set_text,
        )

    def _ask_patient(self, path: str, side: ComparedImage) -> int:
        """Ask whose an image is, if that is wanted; returns the ticket, or 0."""
        side.patient.clear()
        put = self._patient_line
        if put is None:
            return 0
        side.patient.setVisible(True)
        return self._replies.expect(
            self._tasks.patient(path),
            lambda patient: side.patient.setText(put(patient)),
            side.patient.setText,
        )

    def _facts(self, tile: Tile) -> str:
        name = similarity_name(self._metric)
        parts = [kind_line(tile), tile.body_part.capitalize(), tile.diagnosis]
        parts.append(f"{name} {tile.similarity:.4f}")
        parts += [f"{model}: {value}" for model, value in part_facts(tile)]
        parts += [*relation_names(tile), burned_in_text(tile.burned_in)]
        return " · ".join(part for part in parts if part)
