"""Everything the window can do, each with its words, key and icon."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from cbmir_gui.gui.icons import icon

Keys = Sequence[QKeySequence | str]


class Actions(QObject):
    """The actions of menus, buttons and keys; the window connects them."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._make_file_actions()
        self._make_library_actions()
        self._make_hit_actions()
        self._make_search_actions()
        self._make_view_and_help_actions()

    def all(self) -> tuple[QAction, ...]:
        """Return every action, in the order of the menus."""
        return tuple(
            value for value in vars(self).values() if isinstance(value, QAction)
        )

    def renew_icons(self) -> None:
        """Draw the icons again, because the colours have changed."""
        for action in self.all():
            if name := action.property("icon_name"):
                action.setIcon(icon(name, self._window.palette().windowText().color()))

    def _make_file_actions(self) -> None:
        self.open = self._make(
            self.tr("&Open image …"),
            "open",
            ["Ctrl+O"],
            self.tr("Open an image as query"),
        )
        self.open.setIconText(self.tr("Open"))
        self.paste = self._make(
            self.tr("&Paste image"),
            "paste",
            ["Ctrl+V"],
            self.tr("Use the image or file in the clipboard as query"),
        )
        self.paste.setIconText(self.tr("Paste"))
        self.clear_recent = self._make(
            self.tr("&Clear"),
            "",
            (),
            self.tr("Forget the recent queries, and the folder that was used last"),
        )
        self.export_csv = self._make(
            self.tr("&Export results as CSV …"), "export", ["Ctrl+E"]
        )
        self.export_png = self._make(
            self.tr("Save &screenshot …"), "camera", ["Ctrl+Shift+S"]
        )
        self.quit = self._make(self.tr("&Quit"), "", ["Ctrl+Q"])
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)

    def _make_library_actions(self) -> None:
        self.new_library = self._make(
            self.tr("&New library …"), "library-new", ["Ctrl+N"]
        )
        self.open_library = self._make(
            self.tr("&Open library …"), "library", ["Ctrl+Shift+O"]
        )
        self.demo_library = self._make(self.tr("&Demo library"), "demo")
        self.add_files = self._make(self.tr("Add &files …"), "add-files", ["Ctrl+I"])
        self.add_class_folders = self._make(
            self.tr("Add &class folders …"),
            "add-folder",
            (),
            self.tr("Add a folder that has one folder for each class"),
        )
        self.add_folder = self._make(
            self.tr("&Add folder …"), "add-folder", ["Ctrl+Shift+I"]
        )
        self.undo = self._make(self.tr("&Undo last change"), "undo", ["Ctrl+Z"])
        self.browse = self._make(
            self.tr("Show all &images"),
            "grid",
            ["Ctrl+B"],
            self.tr("Leave the query and show the library"),
        )
        self.statistics = self._make(
            self.tr("&Statistics …"), "statistics", ["Ctrl+Shift+T"]
        )
        self.check_library = self._make(
            self.tr("C&heck library …"),
            "success",
            (),
            self.tr("Read all of the library, and mend what is damaged"),
        )
        self.export_index = self._make(
            self.tr("E&xport features as JSON …"),
            "export",
            (),
            self.tr("Write features, file names and classes for other programs"),
        )
        self.import_index = self._make(
            self.tr("I&mport features from JSON …"),
            "",
            (),
            self.tr("Add the images of such a file, without extracting them again"),
        )
        self.extract = self._make(
            self.tr("&Another model …"),
            "",
            (),
            self.tr("Extract features of the whole library with another model"),
        )

    def _make_hit_actions(self) -> None:
        self.use_as_query = self._make(
            self.tr("Use as &query"), "use-query", ["Ctrl+U"]
        )
        self.compare = self._make(self.tr("Compare &with query"), "compare", ["Ctrl+D"])
        self.show_in_folder = self._make(self.tr("Show in &folder"), "folder")
        self.copy_path = self._make(self.tr("Copy &path"), "copy", ["Ctrl+Shift+C"])
        self.tags = self._make(
            self.tr("DICOM &tags …"),
            "info",
            ["Ctrl+G"],
            self.tr("Show what the selected DICOM file says about its image"),
        )
        self.deidentify = self._make(
            self.tr("Export de-&identified …"),
            "export",
            ["Ctrl+Shift+D"],
            self.tr("Write the selected DICOM images without their patients' data"),
        )
        self.relabel = self._make(
            self.tr("Change c&lass …"),
            "tag",
            ["F2"],
            self.tr("Give the selected images another class"),
        )
        self.relabel_again = self._make(
            self.tr("Same class a&gain"),
            "",
            ["Shift+F2"],
            self.tr("Give the selected images the class that was given last"),
        )
        self.remove = self._make(
            self.tr("R&emove from library"),
            "remove",
            ["Del"],
            self.tr("Remove the selected images from the library; the files stay"),
        )

    def _make_search_actions(self) -> None:
        self.search_again = self._make(self.tr("&Search again"), "search-again", ["F5"])
        self.set_number = self._make(
            self.tr("&Number of results"),
            "",
            ["Ctrl+K"],
            self.tr("Set how many similar images are shown, 5 to 100"),
        )
        self.restrict = self._make(
            self.tr("&Restrict to predicted class"),
            "",
            ["Ctrl+R"],
            self.tr("Search only in the class that the model predicts for the query"),
        )
        self.restrict.setCheckable(True)
        self.query_tags = self._make(
            self.tr("DICOM tags of the &query …"),
            "info",
            ["Ctrl+Shift+G"],
            self.tr("Show what the query's DICOM file says about its image"),
        )
        self.hide_own = self._make(
            self.tr("Hide own &patient and study"),
            "",
            ["Ctrl+H"],
            self.tr("Leave out images of the query's own patient and study"),
        )
        self.hide_own.setCheckable(True)
        self.hide_copies = self._make(
            self.tr("Hide near-&duplicates"),
            "",
            ["Ctrl+Shift+H"],
            self.tr("Leave out images that look the same as the query"),
        )
        self.hide_copies.setCheckable(True)
        self.cancel = self._make(
            self.tr("&Cancel"), "close", ["Esc"], self.tr("Stop what is running")
        )
        self._make_model_actions()

    def _make_model_actions(self) -> None:
        self.retrain = self._make(self.tr("&Train a model …"), "train", ["Ctrl+T"])
        self.models = self._make(
            self.tr("&Models …"),
            "models",
            ["Ctrl+Shift+M"],
            self.tr("List the models; choose, export, import or delete one"),
        )
        self.evaluate = self._make(
            self.tr("&Evaluation …"),
            "evaluation",
            ["Ctrl+Shift+E"],
            self.tr("Measure how well a model finds and classifies labelled images"),
        )

    def _make_view_and_help_actions(self) -> None:
        self.larger = self._make(
            self.tr("&Larger thumbnails"), "zoom-in", ["Ctrl++", "Ctrl+="]
        )
        self.smaller = self._make(
            self.tr("&Smaller thumbnails"), "zoom-out", ["Ctrl+-"]
        )
        self.fit_size = self._make(self.tr("&Fit all hits"), "", ["Ctrl+0"])
        self.show_patient = self._make(
            self.tr("Show &patient data"),
            "",
            ["Ctrl+Shift+P"],
            self.tr("Show whose the query and the selected image are, until you close"),
        )
        self.show_patient.setCheckable(True)
        self.shortcuts = self._make(self.tr("&Keyboard shortcuts"), "keyboard", ["F1"])
        self.open_logs = self._make(self.tr("Open &logs"), "logs")
        self.about = self._make(self.tr("&About CBMIR"), "info")
        self.about.setMenuRole(QAction.MenuRole.AboutRole)

    def _make(
        self, text: str, icon_name: str = "", keys: Keys = (), tip: str = ""
    ) -> QAction:
        action = QAction(text, self._window)
        action.setProperty("icon_name", icon_name)
        if icon_name:
            action.setIcon(icon(icon_name, self._window.palette().windowText().color()))
        action.setShortcuts([QKeySequence(key) for key in keys])
        plain = tip or text.replace("&", "").removesuffix("…").strip()
        key_text = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{plain} ({key_text})" if key_text else plain)
        action.setStatusTip(plain)
        return action
