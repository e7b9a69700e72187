"""The elements of a DICOM file as a tree that can be narrowed by words."""

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QFont, QPalette

from cbmir_gui.core.tags import TagRow, TagTable
from cbmir_gui.gui.results.tiles_model import AnyIndex
from cbmir_gui.gui.style import muted

TAG, KEYWORD, VR, VALUE = range(4)
ROW_ROLE = Qt.ItemDataRole.UserRole
_TOP = -1


class TagsModel(QAbstractItemModel):
    """Show a `TagTable`; an index names its row of the table."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[TagRow, ...] = ()
        self._parents: list[int] = []
        self._texts: list[str] = []
        self._words: tuple[str, ...] = ()
        self._children: dict[int, list[int]] = {}
        self._places: dict[int, int] = {}
        self._muted = muted(QPalette())
        self._slanted = QFont()
        self._slanted.setItalic(True)

    def set_table(self, table: TagTable) -> None:
        """Show other elements, narrowed as before."""
        self._rows = table.rows
        self._parents = _parents(table.rows)
        self._texts = [_searched_text(row) for row in table.rows]
        self._narrow()

    def set_words(self, text: str) -> None:
        """Show only elements in which all words of `text` occur.

        What they stand in stays in sight, and what stands in them.
        """
        self._words = tuple(text.casefold().split())
        self._narrow()

    def num_found(self) -> int:
        """Return how many elements all words occur in."""
        return sum(map(self._matches, self._texts))

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return four: tag, keyword, VR and value."""
        return 4

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Return how many elements stand below `parent`."""
        if parent.column() > 0:
            return 0
        number = parent.internalId() if parent.isValid() else _TOP
        return len(self._children.get(number, ()))

    def index(
        self,
        row: int,
        column: int,
        parent: AnyIndex = QModelIndex(),  # noqa: B008
    ) -> QModelIndex:
        """Return an element by its place below `parent`."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        number = parent.internalId() if parent.isValid() else _TOP
        return self.createIndex(row, column, self._children[number][row])

    def parent(self, index: AnyIndex) -> QModelIndex:  # type: ignore[override]
        """Return what an element stands in."""
        number = self._parents[index.internalId()] if index.isValid() else _TOP
        if number == _TOP:
            return QModelIndex()
        return self.createIndex(self._places[number], 0, number)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell, its look, or the whole `TagRow`."""
        if not index.isValid():
            return None
        row = self._rows[index.internalId()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ToolTipRole and index.column() != VR:
            return self._text(row, index.column()) or None
        if row.is_hidden and index.column() == VALUE:
            if role == Qt.ItemDataRole.ForegroundRole:
                return self._muted
            if role == Qt.ItemDataRole.FontRole:
                return self._slanted
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Return the title of a column."""
        is_title = role == Qt.ItemDataRole.DisplayRole
        if not is_title or orientation != Qt.Orientation.Horizontal:
            return None
        titles = (
            self.tr("Tag"),
            self.tr("Keyword"),
            self.tr("VR"),
            self.tr("Value"),
        )
        return titles[section]

    def row_text(self, row: TagRow) -> str:
        """Return an element as one line, with tabs between its parts."""
        return "\t".join(
            self._text(row, column) for column in (TAG, KEYWORD, VR, VALUE)
        )

    def value_text(self, row: TagRow) -> str:
        """Return the value of an element as it is shown."""
        return self._text(row, VALUE)

    def _text(self, row: TagRow, column: int) -> str:
        match column:
            case 0:
                return row.tag or row.keyword
            case 1:
                return row.keyword if row.tag else ""
            case 2:
                return row.vr
        return self.tr("hidden") if row.is_hidden else row.value

    def _matches(self, text: str) -> bool:
        return all(word in text for word in self._words)

    def _narrow(self) -> None:
        self.beginResetModel()
        shown = [self._matches(text) for text in self._texts]
        matches = shown.copy()
        for number, parent in enumerate(self._parents):
            if parent != _TOP and matches[parent]:
                shown[number] = matches[number] = True
        for number in range(len(shown) - 1, -1, -1):
            if shown[number] and self._parents[number] != _TOP:
                shown[self._parents[number]] = True
        self._children, self._places = {}, {}
        for number, is_shown in enumerate(shown):
            if is_shown:
                siblings = self._children.setdefault(self._parents[number], [])
                self._places[number] = len(siblings)
                siblings.append(number)
        self.endResetModel()


def _parents(rows: tuple[TagRow, ...]) -> list[int]:
    """Return the row that each row stands in, by depth; `_TOP` for the outermost."""
    parents: list[int] = []
    path: list[int] = []
    for number, row in enumerate(rows):
        del path[row.depth :]
        parents.append(path[-1] if path else _TOP)
        path.append(number)
    return parents


def _searched_text(row: TagRow) -> str:
    """Return all that words are looked for in; tags also without signs."""
    digits = row.tag.strip("()").replace(",", "")
    return f"{row.tag} {digits} {row.keyword} {row.vr} {row.value}".casefold()
