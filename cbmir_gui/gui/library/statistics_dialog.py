"""What a library holds: images, classes, modalities, features, size on disk."""

from PySide6.QtCore import QCoreApplication, QLocale, QSortFilterProxyModel, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.gui.counted import counted
from cbmir_gui.gui.results.tile_text import class_label, metric_name
from cbmir_gui.gui.style import SPACE_PX


class StatisticsDialog(QDialog):
    """Show a `LibraryInfo`."""

    def __init__(self, info: LibraryInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Library statistics"))
        self.resize(720, 560)
        title = QLabel(info.name)
        title.setProperty("role", "title")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.classes = _count_table(self.tr("Class"), info.classes)
        self.modalities = _count_table(self.tr("Modality"), info.modalities)
        tables = QHBoxLayout()
        tables.setSpacing(SPACE_PX)
        tables.addWidget(self.classes, 3)
        tables.addWidget(self.modalities, 2)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE_PX)
        column.addWidget(title)
        column.addLayout(self._facts(info))
        column.addLayout(tables, 1)
        column.addWidget(buttons)

    def _facts(self, info: LibraryInfo) -> QFormLayout:
        locale = QLocale()
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACE_PX)
        paths = counted(
            info.num_paths,
            self.tr("{images} in 1 file"),
            self.tr("{images} in {n} files"),
            images=locale.toString(info.num_images),
        )
        form.addRow(self.tr("Images"), QLabel(paths))
        form.addRow(self.tr("Features"), QLabel(self._extractors(info)))
        if info.num_missing_features:
            missing = counted(
                info.num_missing_features,
                self.tr("1 image has none of the default kind"),
                self.tr("{n} images have none of the default kind"),
            )
            form.addRow(self.tr("Missing"), QLabel(missing))
        form.addRow(
            self.tr("On disk"), QLabel(locale.formattedDataSize(info.size_bytes))
        )
        folder = QLabel(info.folder, wordWrap=True)
        folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        form.addRow(self.tr("Folder"), folder)
        if info.read_only:
            form.addRow("", QLabel(self.tr("This library can only be read.")))
        return form

    def _extractors(self, info: LibraryInfo) -> str:
        lines = []
        for entry in info.extractors:
            line = self.tr("{model} · {layer}, {dim} values, {metric}").format(
                model=entry.model,
                layer=entry.layer,
                dim=QLocale().toString(entry.feature_dim),
                metric=metric_name(entry.metric).lower(),
            )
            if entry.key == info.default_extractor and len(info.extractors) > 1:
                line = self.tr("{line} (default)").format(line=line)
            lines.append(line)
        return "\n".join(lines) or self.tr("none yet")


def _tr(text: str) -> str:
    return QCoreApplication.translate("StatisticsDialog", text)


def _count_table(heading: str, counts: dict[str, int]) -> QTableView:
    model = QStandardItemModel(0, 2)
    total = sum(counts.values())
    model.setHorizontalHeaderLabels([heading, _tr("Images")])
    for name in sorted(counts, key=lambda key: (-counts[key], key)):
        label = QStandardItem(class_label(name) if name else _tr("not known"))
        count = QStandardItem()
        count.setData(counts[name], Qt.ItemDataRole.DisplayRole)
        count.setToolTip(f"{100 * counts[name] / total:.1f} %")
        count.setTextAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        model.appendRow([label, count])
    table = QTableView()
    model.setParent(table)
    sorted_model = QSortFilterProxyModel(table)
    sorted_model.setSourceModel(model)
    table.setModel(sorted_model)
    table.setSortingEnabled(True)
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.verticalHeader().hide()
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.setAccessibleName(heading)
    return table
