"""DATA as a user names it: a manifest, class folders, or a library's own labels."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.errors import DataError
from cbmir_gui.core.paths import library_folder
from cbmir_gui.core.records import ImageRecord, ImageSource
from cbmir_gui.library.catalogue import Catalogue
from cbmir_gui.library.catalogue_schema import CATALOGUE_FILE
from cbmir_gui.library.patient_keys import group_of_patient
from cbmir_gui.sources.manifest_checks import refuse_bad_names
from cbmir_gui.sources.manifests import LABELS, read_set_names, read_sources
from cbmir_gui.sources.splits import draw_splits


def find_library(data: str) -> Path | None:
    """Return the folder of the library that DATA names; None if it names none.

    A file or folder of that name comes before a library with a plain name.
    """
    path = Path(data).expanduser()
    folder = path if path.exists() else library_folder(data)
    return folder.absolute() if (folder / CATALOGUE_FILE).is_file() else None


def read_labelled(
    data: str, set_name: str = "", splits: Sequence[str] = (), label: str = "class"
) -> list[ImageSource]:
    """Read DATA and narrow it; see `sources.manifests.read_sources`.

    Of a library those images are taken that have a label. Images of one patient, as
    far as their files say so, are one group. It knows no splits: they are drawn.

    Raises
    ------
    DataError
        It cannot be read, or nothing is left.
    LibraryError
        It is a library that cannot be read.
    """
    library = find_library(data)
    if library is None:
        return read_sources(Path(data).expanduser(), set_name, splits, label)
    if set_name or label not in LABELS:
        wanted = f"the set '{set_name}'" if set_name else f"the label '{label}'"
        raise DataError(
            f"The library '{library.name}' knows nothing of {wanted}: only a CSV "
            f"manifest has that. Name the manifest, or leave the option out."
        )
    sources = _read_library(library, label)
    if splits:
        sources = [source for source in draw_splits(sources) if source.split in splits]
    return sources


def read_sets(data: str) -> list[str]:
    """Return the sets that DATA can be narrowed to; only manifests have any.

    Raises
    ------
    DataError
    """
    if find_library(data) is not None:
        return []
    return read_set_names(Path(data).expanduser())


def group_of_record(record: ImageRecord) -> str:
    """Return whose image it is: the group it was given, else its file's patient.

    The given one comes first, so that queries of a manifest meet their own group.
    """
    return record.group or group_of_patient(record.patient_key)


def _read_library(folder: Path, label: str) -> list[ImageSource]:
    with Catalogue.open(folder) as catalogue:
        name, records = catalogue.name, catalogue.records()
        sources = [
            replace(_source_of(record, label), path=_present(catalogue, record))
            for record in records
        ]
    labelled = [source for source in sources if source.class_name]
    if not labelled:
        raise DataError(
            f"The library '{name}' has no image with a {label}: nothing can be learned "
            f"from it. Give images a class first (cbmir library relabel), or choose "
            f"other data."
        )
    refuse_bad_names(name, labelled)
    return labelled


def _source_of(record: ImageRecord, label: str) -> ImageSource:
    return ImageSource(
        path=record.path,
        frame=record.frame,
        class_name=record.modality if label == "modality" else record.class_name,
        diagnosis=record.diagnosis,
        modality=record.modality,
        group=group_of_record(record),
    )


def _present(catalogue: Catalogue, record: ImageRecord) -> str:
    """Return the first of an image's files that is there, or the first of all."""
    paths = catalogue.paths(record.image_id) if record.num_paths > 1 else []
    return next((path for path in paths if Path(path).is_file()), record.path)
