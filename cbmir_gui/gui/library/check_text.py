"""What a check of a library found, and what a repair did, in the user's words."""

from PySide6.QtCore import QCoreApplication

from cbmir_gui.core import library_check as kinds
from cbmir_gui.core.library_check import LibraryCheck, LibraryProblem, LibraryRepair
from cbmir_gui.gui.counted import counted, images_text


def _tr(text: str) -> str:
    return QCoreApplication.translate("LibraryCheck", text)


def found_text(problem: LibraryProblem) -> str:
    """Return what is wrong."""
    texts = {
        kinds.CATALOGUE: _tr("The catalogue contradicts itself."),
        kinds.SEGMENT: _tr("A file with the features of {images} is damaged or gone."),
        kinds.UNREADABLE: _tr(
            "A file with the features of {images} cannot be read now."
        ),
        kinds.ROWS: _tr("{images}: the features of another one are named."),
        kinds.DEFAULT: _tr("The chosen model has made no features here."),
        kinds.FEATURES: _tr("{images} without features: searches do not find them."),
        kinds.THUMBNAIL: _tr("{images} with a damaged thumbnail."),
        kinds.NO_THUMBNAIL: _tr("{images} without a thumbnail."),
        kinds.ORPHAN: _tr("Files left by an interrupted change."),
        kinds.MOVED: _tr("{images} whose files are not where they were."),
        kinds.CHANGED: _tr("{images} whose files have changed since."),
    }
    text = texts.get(problem.kind, problem.what)
    return text.replace("{images}", images_text(problem.number))


def cure_text(problem: LibraryProblem) -> str:
    """Return what a repair does about it, or what the user can do."""
    if problem.kind == kinds.CATALOGUE and not problem.is_mendable:
        return _tr("Restore library.sqlite from a backup.")
    texts = {
        kinds.CATALOGUE: _tr("Indexes are made anew; loose entries go."),
        kinds.SEGMENT: _tr("The features are extracted again from the images' files."),
        kinds.UNREADABLE: _tr(
            "Check that its disk or network folder is there, then check again."
        ),
        kinds.ROWS: _tr("The right ones are looked for, or extracted again."),
        kinds.DEFAULT: _tr("The model with the features of most images is chosen."),
        kinds.FEATURES: _tr("They are extracted where the files can be read."),
        kinds.THUMBNAIL: _tr("They are made again where the files can be read."),
        kinds.NO_THUMBNAIL: _tr("They are made where the files can be read."),
        kinds.ORPHAN: _tr("They are deleted; nothing needs them."),
        kinds.MOVED: _tr("Put them back, or let a folder be searched for them."),
        kinds.CHANGED: _tr("Add the files again to find what they are now."),
    }
    return texts.get(problem.kind, problem.cure)


def verdict_text(check: LibraryCheck) -> str:
    """Return the sum of a check."""
    if check.is_damaged:
        return _tr("Something in this library is damaged. What is sound stays usable.")
    if check.is_unreadable:
        return _tr("Not all of this library can be read now.")
    if check.problems:
        return _tr("Nothing is damaged, but not everything is as it should be.")
    return counted(
        check.num_images,
        _tr("Everything is sound: 1 image, its features and its thumbnail."),
        _tr("Everything is sound: {n} images, their features and thumbnails."),
    )


def done_text(repair: LibraryRepair) -> str:
    """Return what a repair did, in a few sentences."""
    done = [
        (repair.after is None, _tr("Stopped before the end.")),
        (
            repair.num_found,
            counted(
                repair.num_found,
                _tr("1 file was found."),
                _tr("{n} files were found."),
            ),
        ),
        (
            repair.num_extracted,
            counted(
                repair.num_extracted,
                _tr("The features of 1 image were extracted again."),
                _tr("The features of {n} images were extracted again."),
            ),
        ),
        (
            repair.num_thumbnails,
            counted(
                repair.num_thumbnails,
                _tr("1 thumbnail was made."),
                _tr("{n} thumbnails were made."),
            ),
        ),
        (
            repair.num_deleted,
            counted(
                repair.num_deleted,
                _tr("1 file that nothing needs was deleted."),
                _tr("{n} files that nothing needs were deleted."),
            ),
        ),
        (
            repair.num_set_aside,
            counted(
                repair.num_set_aside,
                _tr("1 damaged file is in the folder 'quarantine'."),
                _tr("{n} damaged files are in the folder 'quarantine'."),
            ),
        ),
        (
            repair.backup,
            _tr("The former catalogue is kept as {name}.").format(name=repair.backup),
        ),
        (
            repair.failed,
            counted(
                len(repair.failed),
                _tr("1 image could not be read."),
                _tr("{n} images could not be read."),
            ),
        ),
    ]
    return " ".join(text for value, text in done if value)
