"""Studies, series and folders in words.

Patients are numbered. A folder is called as the user's disk calls it, which may be
after a patient: such words are shown, but neither saved nor logged.
"""

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from cbmir_gui.core.contents import FoundGroup, FoundStudy, ImportContents
from cbmir_gui.gui.counted import counted, images_text


def _tr(text: str) -> str:
    return QCoreApplication.translate("ImportText", text)


def study_text(study: FoundStudy) -> str:
    """Return patient by number, date and description of a study."""
    if not study.study_instance_uid:
        return _tr("Images without a study")
    parts = [date_text(study.date) or _tr("Study of an unknown date")]
    if study.patient:
        parts.insert(0, _tr("Patient {n}").format(n=study.patient))
    if study.description:
        parts.append(study.description)
    return " · ".join(parts)


def group_text(group: FoundGroup) -> str:
    """Return number and description of a series, or the name of a folder."""
    if not group.series_instance_uid:
        return _tr("Folder {name}").format(name=group.description)
    number = "" if group.number is None else str(group.number)
    words = [word for word in (number, group.description) if word]
    return " · ".join(words) or _tr("Series without a number")


def date_text(date: str) -> str:
    """Return a DICOM date (PS3.5 6.2, DA) as it is written here; as it is if odd."""
    parsed = QDate.fromString(date, "yyyyMMdd")
    if not parsed.isValid():
        return date
    return QLocale().toString(parsed, QLocale.FormatType.ShortFormat)


def found_text(contents: ImportContents) -> str:
    """Return in one line how much was found."""
    groups = contents.groups
    series = sum(bool(group.series_instance_uid) for group in groups)
    folders = len(groups) - series
    images = sum(group.num_images for group in groups)
    parts = [images_text(images)]
    if series:
        parts.append(counted(series, _tr("1 series"), _tr("{n} series")))
    if folders:
        parts.append(counted(folders, _tr("1 folder"), _tr("{n} folders")))
    return ", ".join(parts)


def kept_text(contents: ImportContents) -> str:
    """Say where the images of archives will live; empty if there is no archive."""
    if not contents.archives:
        return ""
    names = ", ".join(f"'{name}'" for name in contents.archives)
    return _tr(
        "What you add of {names} is copied into the folder 'imported' of this library, "
        "so that it can be opened later without the archive."
    ).format(names=names)
