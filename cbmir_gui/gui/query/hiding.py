"""Which images related to the query are left out of its hits."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from cbmir_gui.core.search_records import NEAR_DUPLICATES, SAME_PATIENT, SAME_STUDY
from cbmir_gui.gui.query.session import SearchSession
from cbmir_gui.gui.settings_store import SettingsStore

OWN = (SAME_PATIENT, SAME_STUDY)


class Hiding(QObject):
    """Two switches: the query's own patient and study, and its near-duplicates.

    Parameters
    ----------
    own, copies
        Actions that can be checked.
    """

    def __init__(
        self,
        own: QAction,
        copies: QAction,
        store: SettingsStore,
        session: SearchSession,
    ) -> None:
        super().__init__(session)
        self._own = own
        self._copies = copies
        self._store = store
        self._session = session
        own.setChecked(store.value.hide_own_patient)
        copies.setChecked(store.value.hide_near_duplicates)
        own.triggered.connect(self._apply)
        copies.triggered.connect(self._apply)
        session.set_options(hide=self._hide())

    def show_all(self) -> None:
        """Hide nothing any more."""
        self._own.setChecked(False)
        self._copies.setChecked(False)
        self._apply()

    def _apply(self) -> None:
        self._store.update(
            hide_own_patient=self._own.isChecked(),
            hide_near_duplicates=self._copies.isChecked(),
        )
        self._session.set_options(hide=self._hide())

    def _hide(self) -> tuple[str, ...]:
        own = OWN if self._own.isChecked() else ()
        return (*own, NEAR_DUPLICATES) if self._copies.isChecked() else own
