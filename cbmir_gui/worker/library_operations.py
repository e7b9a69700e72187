"""What is asked about libraries and needs neither decoder nor network."""

from pathlib import Path
from typing import Any

from cbmir_gui.core.library_check import LibraryCheck
from cbmir_gui.core.progress import Progress
from cbmir_gui.core.records import LibraryInfo
from cbmir_gui.engine.operation_answers import (
    Adoption,
    ExtractorList,
    LibraryList,
    Relabelled,
    Removed,
    Restored,
    WrittenIndex,
)
from cbmir_gui.engine.operations import (
    ExtractorArguments,
    ImagesArguments,
    IndexFileArguments,
    LibraryArguments,
    NewLibraryArguments,
    NoArguments,
    RelabelArguments,
    UndoArguments,
)


def library_handlers() -> dict[str, Any]:
    """Return what does the work, by the names of `engine.operations`."""
    return {
        "create_library": _create_library,
        "library_info": _library_info,
        "check_library": _check_library,
        "export_index": _export_index,
        "list_libraries": _list_libraries,
        "extractors": _extractors,
        "remove_images": _remove_images,
        "restore_images": _restore_images,
        "relabel": _relabel,
        "set_default_extractor": _set_default_extractor,
        "roll_back": _roll_back,
        "adopted": _adopted,
    }


def _create_library(arguments: NewLibraryArguments, _: Progress) -> LibraryInfo:
    from cbmir_gui.services.libraries import create_library

    return create_library(Path(arguments.folder), arguments.name)


def _library_info(arguments: LibraryArguments, _: Progress) -> LibraryInfo:
    from cbmir_gui.services.libraries import library_info

    return library_info(Path(arguments.library))


def _check_library(arguments: LibraryArguments, progress: Progress) -> LibraryCheck:
    from cbmir_gui.services.library_repair import check_library

    return check_library(Path(arguments.library), progress)


def _export_index(arguments: IndexFileArguments, progress: Progress) -> WrittenIndex:
    from cbmir_gui.services.library_export import export_index

    folder, out = Path(arguments.library), Path(arguments.file)
    number = export_index(folder, out, progress=progress)
    return WrittenIndex(arguments.file, number)


def _list_libraries(_arguments: NoArguments, _: Progress) -> LibraryList:
    from cbmir_gui.services.libraries import list_libraries

    return LibraryList(tuple(list_libraries()))


def _extractors(arguments: LibraryArguments, _: Progress) -> ExtractorList:
    """List every extractor, those that the library has features of first."""
    from cbmir_gui.features.registry import list_extractors
    from cbmir_gui.services.libraries import library_info

    held = library_info(Path(arguments.library)).extractors
    keys = {info.key for info in held}
    others = [info for info in list_extractors() if info.key not in keys]
    return ExtractorList((*held, *others))


def _remove_images(arguments: ImagesArguments, _: Progress) -> Removed:
    from cbmir_gui.services.libraries import remove_images

    removal = remove_images(Path(arguments.library), arguments.image_ids)
    return Removed(removal.num_removed, removal.undo)


def _restore_images(arguments: UndoArguments, _: Progress) -> Restored:
    from cbmir_gui.services.libraries import restore_images

    return Restored(restore_images(Path(arguments.library), arguments.undo))


def _relabel(arguments: RelabelArguments, _: Progress) -> Relabelled:
    from cbmir_gui.services.libraries import relabel_images

    folder = Path(arguments.library)
    return Relabelled(relabel_images(folder, arguments.image_ids, arguments.class_name))


def _set_default_extractor(arguments: ExtractorArguments, _: Progress) -> LibraryInfo:
    from cbmir_gui.services.adopting import set_default

    return set_default(Path(arguments.library), arguments.model, arguments.layer)


def _roll_back(arguments: LibraryArguments, _: Progress) -> LibraryInfo:
    from cbmir_gui.services.adopting import roll_back

    return roll_back(Path(arguments.library))


def _adopted(arguments: LibraryArguments, _: Progress) -> Adoption:
    from cbmir_gui.services.adopting import adopted

    return adopted(Path(arguments.library))
