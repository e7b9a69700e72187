"""Images that were found, put together as series and studies, slices in order."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.contents import (
    FileDescription,
    FoundFile,
    FoundGroup,
    FoundStudy,
)
from cbmir_gui.core.directions import Vector, dot, is_same_direction

_LAST = 2**31
"""Behind every SeriesNumber and InstanceNumber, which are 32-bit (PS3.5 6.2, IS)."""


@dataclass(frozen=True, slots=True)
class FoundImage:
    """One file with an image."""

    path: Path
    described: FileDescription
    folder_name: str = ""
    """What its folder is called; empty: as it is."""
    class_name: str = ""
    """Name of the folder that is its class; empty where there is none."""


def group_images(images: Sequence[FoundImage]) -> tuple[FoundStudy, ...]:
    """Put images together: by study and series, or by folder where they name none.

    Studies are ordered by patient and date, series by their numbers. Patients are
    numbered in the order in which they are met, if there is more than one.
    """
    patients: dict[str, int] = {}
    for image in images:
        if digest := image.described.patient_digest:
            patients.setdefault(digest, len(patients) + 1)
    by_study: dict[tuple[str, str], list[FoundImage]] = defaultdict(list)
    for image in images:
        by_study[_study_key(image.described)].append(image)
    studies = [
        _study(uid, members, patients if len(patients) > 1 else {})
        for (uid, _), members in by_study.items()
    ]
    return tuple(
        sorted(
            studies,
            key=lambda study: (
                not study.study_instance_uid,
                study.patient,
                study.date,
                study.description,
                study.study_instance_uid,
            ),
        )
    )


def _study_key(described: FileDescription) -> tuple[str, str]:
    """Return UID and patient: some devices give several patients one StudyInstanceUID.

    A series without a study is a study of its own; what has no series has no study.
    """
    series_uid = described.series_instance_uid
    if not series_uid:
        return "", ""
    return described.study_instance_uid or series_uid, described.patient_digest


def _study(
    uid: str, images: Sequence[FoundImage], patients: Mapping[str, int]
) -> FoundStudy:
    by_group: dict[tuple[str, str], list[FoundImage]] = defaultdict(list)
    for image in images:
        series_uid = image.described.series_instance_uid
        folder = "" if series_uid else str(image.path.parent)
        by_group[series_uid, folder].append(image)
    groups = [
        _group(series_uid, members) for (series_uid, _), members in by_group.items()
    ]
    groups.sort(
        key=lambda group: (
            _LAST if group.number is None else group.number,
            group.description,
            group.series_instance_uid,
            group.files[0].path,
        )
    )
    if not uid:
        return FoundStudy(tuple(groups))
    first = images[0].described
    return FoundStudy(
        groups=tuple(groups),
        study_instance_uid=uid,
        patient=patients.get(first.patient_digest, 0),
        date=first.study_date,
        description=first.study_description,
    )


def _group(series_uid: str, images: Sequence[FoundImage]) -> FoundGroup:
    ordered = order_slices(images)
    first = ordered[0].described
    classes = {image.class_name for image in images}
    folder = ordered[0].folder_name or ordered[0].path.parent.name
    return FoundGroup(
        files=tuple(
            FoundFile(
                str(image.path),
                image.described.num_frames,
                _frame_order(image.described),
            )
            for image in ordered
        ),
        series_instance_uid=series_uid,
        number=first.series_number if series_uid else None,
        description=first.series_description if series_uid else folder,
        modality=_common(image.described.modality for image in images),
        body_part=_common(image.described.body_part for image in images),
        class_name=classes.pop() if len(classes) == 1 else "",
    )


def order_slices(images: Sequence[FoundImage]) -> list[FoundImage]:
    """Return images as they lie along the normal of their planes.

    Stacks of other directions, e.g. a localizer's, stand one after the other. Where an
    image does not say where it lies, the order is that of InstanceNumber, else of
    names, with the numbers in them counted as numbers.
    """
    numbered = sorted(
        images,
        key=lambda image: (
            _instance_number(image.described),
            _natural(image.path.name),
            image.path,
        ),
    )
    if not all(image.described.locations_mm for image in images):
        return numbered
    normals: list[Vector] = []
    placed = []
    for image in numbered:
        stack = _stack(image.described.normal, normals)
        placed.append((stack, _place_mm(image.described, normals[stack]), image))
    # Sorting is stable: what lies in one place stays in the order of its numbers.
    placed.sort(key=lambda entry: entry[:2])
    return [image for _, _, image in placed]


def _stack(normal: Vector, normals: list[Vector]) -> int:
    """Return which of the stacks' normals is that of a slice; a new one is added."""
    for number, known in enumerate(normals):
        if is_same_direction(known, normal):
            return number
    normals.append(normal)
    return len(normals) - 1


def _place_mm(described: FileDescription, normal: Vector) -> float:
    """Return how far along the normal of its stack a file begins.

    Its own normal may differ a little, which far from the origin is more than slices
    are apart.
    """
    if not described.lowest_mm:
        return min(described.locations_mm)
    return dot(normal, described.lowest_mm)


def _frame_order(described: FileDescription) -> tuple[int, ...]:
    places = described.locations_mm
    order = tuple(
        sorted(range(1, len(places) + 1), key=lambda frame: places[frame - 1])
    )
    return () if order == tuple(range(1, len(places) + 1)) else order


def _instance_number(described: FileDescription) -> int:
    number = described.instance_number
    return _LAST if number is None else number


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Return a key that puts IM2 before IM10."""
    parts = re.split(r"(\d{1,18})", name.casefold())
    return [
        (part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts
    ]


def _common(values: object) -> str:
    """Return what all have in common, several values with commas between."""
    found = dict.fromkeys(value for value in values if value)  # type: ignore[attr-defined]
    return ", ".join(found)
