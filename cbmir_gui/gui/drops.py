"""What happens with files, folders and pictures that are dropped or pasted."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.dropped import (
    first_image,
    has_folder,
    image_in,
    is_single_image,
    is_welcome,
    local_paths,
)
from cbmir_gui.gui.library.controller import LibraryController
from cbmir_gui.gui.query.controller import QueryController
from cbmir_gui.gui.widgets.drop_overlay import DropOverlay
from cbmir_gui.gui.widgets.message_bar import MessageAction, MessageBar


class Drops(QObject):
    """One image becomes the query; with more, the user is asked, in no hurry."""

    def __init__(
        self,
        window: QWidget,
        queries: QueryController,
        libraries: LibraryController,
        messages: MessageBar,
    ) -> None:
        super().__init__(window)
        self._queries = queries
        self._libraries = libraries
        self._messages = messages
        self.overlay = DropOverlay(window)

    def enter(self, data: QMimeData) -> bool:
        """Invite to drop; returns whether `data` is welcome."""
        if not is_welcome(data):
            return False
        paths = local_paths(data)
        if paths and not is_single_image(paths):
            self.overlay.invite(self.tr("Drop to add to the library or to search"))
        else:
            self.overlay.invite(self.tr("Drop to search with this image"))
        return True

    def leave(self) -> None:
        """Take the invitation back."""
        self.overlay.hide()

    def drop(self, data: QMimeData) -> None:
        """Use what was dropped."""
        self.overlay.hide()
        self._use(data)

    def paste(self) -> None:
        """Use what lies in the clipboard."""
        if not self._use(QGuiApplication.clipboard().mimeData()):
            text = self.tr("There is no image in the clipboard.")
            self._messages.post(text, passing=True)

    def _use(self, data: QMimeData) -> bool:
        """Search, or ask what to do; returns whether there is anything to use."""
        paths = local_paths(data)
        image = image_in(data)
        if is_single_image(paths):
            self._queries.open_file(paths[0])
        elif paths:
            self._ask(paths)
        elif not image.isNull():
            self._queries.open_picture(image)
        return bool(paths) or not image.isNull()

    def _ask(self, paths: Sequence[str]) -> None:
        add = MessageAction(
            self.tr("Add to library"), lambda: self._libraries.add(paths)
        )
        actions = [add]
        if first := first_image(paths):
            search = partial(self._queries.open_file, first)
            actions.append(MessageAction(self.tr("Search with the first"), search))
        elif has_folder(paths):
            add_classes = partial(self._libraries.add, paths, class_folders=True)
            actions.append(MessageAction(self.tr("Add as class folders"), add_classes))
        text = self.tr("What should be done with '{name}'?")
        if len(paths) > 1:
            text = self.tr("What should be done with these {number} items?")
        text = text.format(number=len(paths), name=Path(paths[0]).name)
        self._messages.post(text, "info", tuple(actions))
