"""Tells what became of imports, removals and changes, with what can be done then."""

from functools import partial

from PySide6.QtCore import QLocale, QObject

from cbmir_gui.core.records import IndexSummary
from cbmir_gui.gui.library.import_summary import ImportSummaryDialog
from cbmir_gui.gui.library.library_import import (
    ADDING,
    ADOPTING,
    EXTRACTING,
    LOOKING,
    MAKING_DEMO,
    READING_INDEX,
    WRITING_INDEX,
    Retry,
)
from cbmir_gui.gui.library.session import LibrarySession
from cbmir_gui.gui.results.tile_text import class_label
from cbmir_gui.gui.widgets.activity_bar import ActivityBar
from cbmir_gui.gui.widgets.message_bar import (
    Message,
    MessageAction,
    MessageBar,
    Severity,
)


class LibraryReports(QObject):
    """Post messages about the library, and keep the activity bar."""

    def __init__(
        self, session: LibrarySession, messages: MessageBar, activity: ActivityBar
    ) -> None:
        super().__init__(messages)
        self._session = session
        self._messages = messages
        self._activity = activity
        self._undo_message: Message | None = None
        self._failure: Message | None = None
        self._kind = ADDING
        session.opened.connect(self._forget_old)
        session.failed.connect(self._show_failure)
        session.refused.connect(messages.post)
        session.import_started.connect(self._show_import)
        session.import_progress.connect(activity.report)
        session.import_ended.connect(self._show_summary)
        session.removed.connect(self._show_removal)
        session.relabelled.connect(self._show_new_class)
        session.undone.connect(self._show_undone)
        session.adopted.connect(self._show_adopted)
        session.rolled_back.connect(self._show_rolled_back)
        activity.cancel_requested.connect(session.cancel_import)

    def _show_failure(self, message: str, retry: Retry) -> None:
        actions: tuple[MessageAction, ...] = ()
        if retry is not None:
            actions = (MessageAction(self.tr("Try again"), retry),)
        about = self._session.folder
        self._failure = self._messages.post(message, "error", actions, about=about)

    def _forget_old(self, folder: str) -> None:
        """Take away what is no longer true: buttons would change another library."""
        self._messages.dismiss_others(folder)
        if folder and self._failure is not None:
            self._messages.dismiss(self._failure)
            self._failure = None

    def _show_import(self, kind: str) -> None:
        self._kind = kind
        titles = {
            MAKING_DEMO: self.tr("Making the demo library"),
            EXTRACTING: self.tr("Extracting features"),
            LOOKING: self.tr("Looking at the files"),
            WRITING_INDEX: self.tr("Writing the index"),
            READING_INDEX: self.tr("Reading the index"),
            ADOPTING: self.tr("Preparing the library for the new model"),
        }
        self._activity.start(titles.get(kind, self.tr("Adding images")))

    def _show_summary(self, summary: IndexSummary | None) -> None:
        self._activity.finish()
        if summary is None:
            return
        actions: tuple[MessageAction, ...] = ()
        if summary.cancelled and self._kind == MAKING_DEMO:
            go_on = partial(self._session.build_demo, summary.library)
            actions = (MessageAction(self.tr("Go on"), go_on),)
        if summary.failed or self._kind == ADDING:
            details = partial(self._show_details, summary)
            actions = (MessageAction(self.tr("Details"), details),)
        can_undo = (
            self._kind == ADDING
            and bool(summary.added_ids)
            and summary.library == self._session.folder
        )
        if can_undo:
            self._dismiss_undo()
            undo = MessageAction(self.tr("Undo"), self._session.undo)
            actions = (undo, *actions)
        is_whole = not summary.failed and not summary.cancelled
        if is_whole and self._kind == ADOPTING:
            return  # what it was for is said instead
        severity: Severity = "success" if is_whole else "warning"
        text = self._summary_text(summary)
        about = summary.library
        message = self._messages.post(
            text, severity, actions, passing=is_whole, about=about
        )
        if can_undo:
            self._undo_message = message

    def _summary_text(self, summary: IndexSummary) -> str:
        if summary.cancelled and self._kind == MAKING_DEMO:
            return self.tr("Stopped. The demo library is not complete yet.")
        if summary.cancelled and self._kind == ADOPTING:
            return self.tr(
                "Stopped. The library keeps its model; what was extracted is kept for "
                "the next attempt."
            )
        parts = [self._added_text(summary.added)]
        for count, text in (
            (summary.known, self.tr("{n} known already")),
            (summary.duplicate, self.tr("{n} with the content of a known image")),
            (len(summary.skipped), self.tr("{n} skipped, because they are no images")),
            (len(summary.failed), self.tr("{n} could not be read")),
        ):
            if count:
                parts.append(text.format(n=QLocale().toString(count)))
        line = ", ".join(parts) + "."
        stopped = self.tr("Stopped. {line}").format(line=line)
        return stopped if summary.cancelled else line

    def _added_text(self, added: int) -> str:
        texts = self.tr("1 image added"), self.tr("{n} images added")
        if self._kind in {EXTRACTING, ADOPTING}:
            texts = (
                self.tr("Features of 1 image extracted"),
                self.tr("Features of {n} images extracted"),
            )
        return texts[added != 1].format(n=QLocale().toString(added))

    def _show_details(self, summary: IndexSummary) -> None:
        dialog = ImportSummaryDialog(summary, self._messages.window())
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_removal(self, number: int) -> None:
        text = self.tr("{number} images removed from the library; their files stay.")
        if number == 1:
            text = self.tr("1 image removed from the library; its file stays.")
        self._post_undoable(text.format(number=number))

    def _show_new_class(self, number: int, class_name: str) -> None:
        text = self.tr("{number} images are now of the class '{name}'.")
        if number == 1:
            text = self.tr("1 image is now of the class '{name}'.")
        name = class_label(class_name)
        self._post_undoable(text.format(number=number, name=name))

    def _show_adopted(self, model: str) -> None:
        text = self.tr("The library uses the model '{name}' from now on.")
        self._post_undoable(text.format(name=model), self.tr("Roll back"))

    def _show_rolled_back(self) -> None:
        self._dismiss_undo()
        info = self._session.info
        text = self.tr("The library '{name}' uses its former model again.")
        name = info.name if info else ""
        about = self._session.folder
        self._messages.post(text.format(name=name), passing=True, about=about)

    def _post_undoable(self, text: str, undo_text: str = "") -> None:
        self._dismiss_undo()
        undo = MessageAction(undo_text or self.tr("Undo"), self._session.undo)
        about = self._session.folder
        self._undo_message = self._messages.post(text, "success", (undo,), about=about)

    def _dismiss_undo(self) -> None:
        if self._undo_message is not None:
            self._messages.dismiss(self._undo_message)
            self._undo_message = None

    def _show_undone(self) -> None:
        self._dismiss_undo()
        self._messages.post(self.tr("The change was taken back."), passing=True)
