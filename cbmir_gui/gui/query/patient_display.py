"""Shows whose the images are, for as long as somebody wants to see it.

It is off whenever the window starts, nothing of it is stored, and each name is read
anew from its file when it is wanted.
"""

import contextlib
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from cbmir_gui.core.patient_records import PatientData
from cbmir_gui.gui.query.patient_banner import PatientBanner
from cbmir_gui.gui.query.session import SearchSession
from cbmir_gui.gui.replies import Replies
from cbmir_gui.gui.results.view import ResultsView
from cbmir_gui.gui.tags.views import TagViews
from cbmir_gui.gui.tasks import Tasks


class PatientDisplay(QObject):
    """Keep the banner in step with the query and the selected image.

    Parameters
    ----------
    action
        The switch; it is set to off.
    """

    changed = Signal(bool)
    """Whether patient data are shown from now on."""

    def __init__(
        self,
        action: QAction,
        banner: PatientBanner,
        tasks: Tasks,
        session: SearchSession,
        view: ResultsView,
    ) -> None:
        super().__init__(banner)
        self._action = action
        self._banner = banner
        self._tasks = tasks
        self._session = session
        self._view = view
        self._replies = Replies(tasks, self)
        self._query_ticket = 0
        self._selected_ticket = 0
        action.setChecked(False)
        action.toggled.connect(self._switch)
        banner.hide_requested.connect(lambda: action.setChecked(False))
        session.query_changed.connect(self._renew_query)
        view.selection_changed.connect(self._renew_selected)

    @property
    def is_on(self) -> bool:
        """Whether patient data are shown."""
        return self._action.isChecked()

    def join(self, views: TagViews) -> None:
        """Let the dialogs with DICOM tags follow the switch, and turn it."""
        self.changed.connect(views.show_patient_data)
        views.patient_data_wanted.connect(self._action.setChecked)

    @contextlib.contextmanager
    def concealed(self) -> Iterator[None]:
        """Take the names away for a moment, so that no picture of the window has them.

        The banner itself stays, or everything below it would move.
        """
        kept = self._banner.texts()
        self._banner.set_texts("", "")
        try:
            yield
        finally:
            self._banner.set_texts(*kept)

    def _switch(self, is_on: bool) -> None:
        self._banner.setVisible(is_on)
        self._renew_query()
        self._renew_selected()
        self.changed.emit(is_on)

    def _renew_query(self, _query: object = None) -> None:
        self._replies.drop(self._query_ticket)
        self._banner.show_query("")
        query = self._session.query
        if self.is_on and query is not None and not query.is_pasted:
            self._query_ticket = self._ask(query.path, self._banner.show_query)

    def _renew_selected(self, _number: int = 0) -> None:
        self._replies.drop(self._selected_ticket)
        self._banner.show_selected("")
        tiles = self._view.selected_tiles()
        if self.is_on and len(tiles) == 1:
            path = tiles[0].path
            self._selected_ticket = self._ask(path, self._banner.show_selected)

    def _ask(self, path: str, show: Callable[[str], None]) -> int:
        def show_patient(patient: PatientData) -> None:
            show(self._banner.patient_line(patient))

        return self._replies.expect(self._tasks.patient(path), show_patient, show)
