"""Series, studies, and the order of slices."""

import math
from dataclasses import replace
from pathlib import Path

from cbmir_gui.core.contents import FileDescription, FoundGroup
from cbmir_gui.core.directions import dot
from cbmir_gui.services.import_groups import (
    FoundImage,
    group_images,
    order_slices,
)

AXIAL, SAGITTAL = (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)


def image(
    name: str, number: int | None = None, place: float | None = None, **fields: object
) -> FoundImage:
    """Return a slice of series 1.1 of study 1."""
    described = FileDescription(
        "DICOM",
        study_instance_uid="1",
        series_instance_uid="1.1",
        instance_number=number,
        normal=() if place is None else AXIAL,
        locations_mm=() if place is None else (place,),
    )
    return FoundImage(Path("/data") / name, replace(described, **fields))


def names(group: FoundGroup) -> list[str]:
    return [Path(file.path).name for file in group.files]


def ordered(*images: FoundImage) -> list[str]:
    return [entry.path.name for entry in order_slices(images)]


def test_slices_lie_along_the_normal_whatever_their_numbers() -> None:
    assert ordered(image("a", 1, 7.5), image("b", 2, -2.5), image("c", 3, 2.5)) == [
        "b",
        "c",
        "a",
    ]


def test_slices_of_one_place_keep_the_order_of_their_numbers() -> None:
    assert ordered(
        image("a", 4, 5), image("b", 2, 0), image("c", 3, 5), image("d", 1, 0)
    ) == ["d", "b", "c", "a"]


def test_a_localizer_of_another_direction_stands_apart() -> None:
    side = replace(image("l", 1).described, normal=SAGITTAL, locations_mm=(3.0,))
    assert ordered(
        image("a", 3, 1), FoundImage(Path("/data/l"), side), image("b", 2, 9)
    ) == ["l", "a", "b"]


def test_slices_whose_orientations_jitter_are_one_stack() -> None:
    # About 0.3 degrees to both sides, 200 mm from the origin: along its own normal
    # each slice would be moved by 1 mm.
    slices = []
    for number, tilt in enumerate((0.005, -0.005, 0.005, -0.005), start=1):
        normal = (math.sin(tilt), 0.0, math.cos(tilt))
        position = (200.0, 0.0, 0.5 * number)
        place = dot(normal, position)
        described = image("a", 5 - number, place).described
        slices.append(
            FoundImage(
                Path(f"/data/{number}"),
                replace(described, normal=normal, lowest_mm=position),
            )
        )
    assert ordered(*slices) == ["1", "2", "3", "4"]


def test_without_places_numbers_decide_then_names() -> None:
    assert ordered(image("a", 9, 1), image("b", 2), image("c", 5)) == ["b", "c", "a"]
    assert ordered(image("IM10"), image("IM9"), image("IM1", 3)) == [
        "IM1",
        "IM9",
        "IM10",
    ]


def test_frames_are_ordered_as_slices_are() -> None:
    film = replace(
        image("a").described, num_frames=3, normal=AXIAL, locations_mm=(5.0, 9.0, 1.0)
    )
    (study,) = group_images([FoundImage(Path("/data/a"), film)])
    assert study.groups[0].files[0].frame_order == (3, 1, 2)
    even = replace(film, locations_mm=(1.0, 2.0, 3.0))
    (study,) = group_images([FoundImage(Path("/data/a"), even)])
    assert study.groups[0].files[0].frame_order == ()


def test_series_stand_by_number_below_their_study() -> None:
    images = [
        image("a", 1, series_instance_uid="1.2", series_number=20),
        image("b", 1, series_number=3, series_description="T2", modality="MR"),
        image("c", 2, series_number=3, series_description="T2", body_part="KNEE"),
        image("d", 1, series_instance_uid="1.3"),
    ]
    (study,) = group_images(images)
    assert [group.number for group in study.groups] == [3, 20, None]
    first = study.groups[0]
    assert (first.description, first.modality, first.body_part) == ("T2", "MR", "KNEE")
    assert names(first) == ["b", "c"]


def test_studies_stand_by_patient_and_date() -> None:
    images = [
        image("a", study_instance_uid="1", study_date="20260105", patient_digest="x"),
        image("b", study_instance_uid="2", study_date="20260103", patient_digest="y"),
        image("c", study_instance_uid="3", study_date="20260101", patient_digest="x"),
    ]
    studies = group_images(images)
    assert [(study.patient, study.date) for study in studies] == [
        (1, "20260101"),
        (1, "20260105"),
        (2, "20260103"),
    ]
    assert [study.patient for study in group_images(images[::2])] == [0, 0]


def test_series_without_a_study_are_not_put_together() -> None:
    images = [
        image("a", study_instance_uid="", patient_digest="x", study_date="20260101"),
        image("b", study_instance_uid="", patient_digest="x"),
        image("c", study_instance_uid="", series_instance_uid="2.1"),
        image(
            "d", study_instance_uid="", series_instance_uid="3.1", patient_digest="y"
        ),
    ]
    studies = group_images(images)
    assert [(study.study_instance_uid, study.patient) for study in studies] == [
        ("2.1", 0),
        ("1.1", 1),
        ("3.1", 2),
    ]
    assert [names(study.groups[0]) for study in studies] == [["c"], ["a", "b"], ["d"]]


def test_patients_that_share_a_uid_are_told_apart() -> None:
    images = [
        image("a", patient_digest="x", series_description="chest"),
        image("b", patient_digest="y", series_description="chest"),
        image("c", patient_digest="x", series_description="chest"),
    ]
    studies = group_images(images)
    assert [study.patient for study in studies] == [1, 2]
    assert [names(study.groups[0]) for study in studies] == [["a", "c"], ["b"]]


def test_a_picture_before_a_series_takes_nothing_from_it() -> None:
    images = [
        FoundImage(Path("/data/a.png"), FileDescription("PNG")),
        image(
            "b",
            study_instance_uid="",
            study_date="20260101",
            study_description="Thorax",
            patient_digest="x",
        ),
        image("c", study_instance_uid="2", patient_digest="y"),
    ]
    studies = group_images(images)
    assert [(study.patient, study.date) for study in studies] == [
        (1, "20260101"),
        (2, ""),
        (0, ""),
    ]
    assert studies[0].description == "Thorax"


def test_images_without_a_series_stand_by_folder() -> None:
    picture = FileDescription("PNG")
    images = [
        FoundImage(Path("/data/lung/1.png"), picture, class_name="lung"),
        FoundImage(Path("/data/bone/2.png"), picture, class_name="bone"),
        FoundImage(Path("/data/lung/3.png"), picture, class_name="lung"),
        FoundImage(Path("/x/.zip.new/4.png"), picture, folder_name="x.zip"),
        image("a", series_instance_uid=""),
    ]
    (study,) = group_images(images)
    assert not study.study_instance_uid
    assert [(group.description, len(group.files)) for group in study.groups] == [
        ("bone", 1),
        ("data", 1),
        ("lung", 2),
        ("x.zip", 1),
    ]
    assert [group.class_name for group in study.groups] == ["bone", "", "lung", ""]


def test_a_series_across_class_folders_has_no_class() -> None:
    images = [
        replace(image("a", 1), class_name="one"),
        replace(image("b", 2), class_name="two"),
    ]
    (study,) = group_images(images)
    assert study.groups[0].class_name == ""
