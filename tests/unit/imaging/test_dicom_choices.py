"""What a DICOM file leaves to the viewer: windows, tables, overlays, aspect."""

from pathlib import Path
from typing import Any

import cv2
import dicom_maker
import numpy as np
import pytest
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from cbmir_gui.core.errors import WindowNotFoundError
from cbmir_gui.core.records import DecodedImage, DisplayInfo, GrayChoice
from cbmir_gui.imaging.dicom import read_dicom
from cbmir_gui.imaging.overlays import COLOR
from cbmir_gui.imaging.pixel_aspect import with_square_pixels
from cbmir_gui.imaging.preview import read_preview

ROWS, COLUMNS = 4, 8


def read(data: bytes, frame: int = 1, **look: Any) -> DecodedImage:
    """Read a file's bytes."""
    return read_dicom(data, "a.dcm", frame, **look)


def display(data: bytes, frame: int = 1) -> DisplayInfo:
    """Return what a file offers."""
    return read(data, frame).info.display


def test_windows_are_listed_with_their_explanations(make_dicom: Any) -> None:
    data = make_dicom(
        np.array([[0, 50, 100]], np.uint16),
        WindowCenter=[50.5, 7, 25.5, 9],
        WindowWidth=[101, 0, 76, 5],
        WindowCenterWidthExplanation=["SOFT", "BROKEN", "LUNG\x07"],
    )
    assert display(data).gray_choices == (
        GrayChoice("SOFT", 50.5, 101),
        GrayChoice("LUNG", 25.5, 76),
        GrayChoice("", 9, 5),
    )
    np.testing.assert_array_equal(read(data).pixels, [[0, 127, 255]])
    np.testing.assert_array_equal(read(data, window="voi:2").pixels, [[42, 212, 255]])


def test_an_explanation_does_not_name_the_patient(make_dicom: Any) -> None:
    table = dicom_maker.table([0, 65535, 0])
    table.LUTExplanation = "Anna's"
    data = make_dicom(
        np.array([[0, 50, 100]], np.uint16),
        PatientName="MUELLER^ANNA",
        WindowCenter=[50, 20],
        WindowWidth=[100, 70],
        WindowCenterWidthExplanation=["MUELLER", "Bone of Müller, Anna" + "x" * 90],
        SpecificCharacterSet="ISO_IR 192",
    )
    assert display(data).gray_choices == (
        GrayChoice("", 50, 100),
        GrayChoice("Bone of …, …" + "x" * 44, 20, 70),
    )
    tables = make_dicom(
        np.array([[0, 1, 2]], np.uint16),
        PatientName="MUELLER^ANNA",
        VOILUTSequence=Sequence([table]),
    )
    assert display(tables).gray_choices == (GrayChoice("…'s", is_table=True),)


def test_tables_come_before_windows_and_can_be_chosen(make_dicom: Any) -> None:
    tables = [dicom_maker.table([0, 65535, 0]), dicom_maker.table([65535, 0, 32768])]
    tables[1].LUTExplanation = "INVERSE"
    data = make_dicom(
        np.array([[0, 1, 2]], np.uint16),
        VOILUTSequence=Sequence(tables),
        WindowCenter=1.5,
        WindowWidth=3,
    )
    assert display(data).gray_choices == (
        GrayChoice("SOFT", is_table=True),
        GrayChoice("INVERSE", is_table=True),
        GrayChoice("", 1.5, 3),
    )
    np.testing.assert_array_equal(read(data).pixels, [[0, 255, 0]])
    np.testing.assert_array_equal(read(data, window="voi:2").pixels, [[255, 0, 127]])
    np.testing.assert_array_equal(read(data, window="voi:3").pixels, [[0, 127, 255]])


def test_a_choice_that_is_not_there_is_an_error(make_dicom: Any) -> None:
    plain = make_dicom(np.zeros((2, 2), np.uint8))
    with pytest.raises(WindowNotFoundError, match="Choose 'first', 'minmax'"):
        read(plain, window="voi:1")
    data = make_dicom(np.zeros((2, 2), np.uint8), WindowCenter=5, WindowWidth=5)
    with pytest.raises(WindowNotFoundError, match="Choose one from 1 to 1"):
        read(data, window="voi:2")


def test_each_frame_lists_its_own_windows(make_dicom: Any) -> None:
    groups = [
        dicom_maker.item(
            FrameVOILUTSequence=Sequence(
                [
                    dicom_maker.item(
                        WindowCenter=centers,
                        WindowWidth=[10] * len(centers),
                        WindowCenterWidthExplanation=["A", "B"][: len(centers)],
                    )
                ]
            )
        )
        for centers in ([5, 6], [7])
    ]
    data = make_dicom(
        np.zeros((2, 1, 2), np.uint8),
        num_frames=2,
        PerFrameFunctionalGroupsSequence=Sequence(groups),
    )
    assert display(data, 1).gray_choices == (
        GrayChoice("A", 5, 10),
        GrayChoice("B", 6, 10),
    )
    assert display(data, 2).gray_choices == (GrayChoice("A", 7, 10),)


@pytest.mark.parametrize("inner", [{}, {"VOILUTFunction": "LINEAR"}])
def test_a_group_without_a_window_does_not_hide_that_of_the_file(
    inner: dict[str, str], make_dicom: Any
) -> None:
    empty = dicom_maker.item(FrameVOILUTSequence=[dicom_maker.item(**inner)])
    data = make_dicom(
        np.zeros((1, 1, 2), np.uint8),
        num_frames=1,
        WindowCenter=5,
        WindowWidth=10,
        PerFrameFunctionalGroupsSequence=Sequence([empty]),
    )
    assert display(data).gray_choices == (GrayChoice("", 5, 10),)


def test_colour_images_offer_no_gray_values(make_dicom: Any) -> None:
    data = make_dicom(np.zeros((2, 2, 3), np.uint8), WindowCenter=5, WindowWidth=5)
    assert display(data) == DisplayInfo(is_color=True)
    indices = make_dicom(
        np.zeros((2, 2), np.uint8),
        PhotometricInterpretation="PALETTE COLOR",
        **{
            f"{color}PaletteColorLookupTable{part}": value
            for color in ("Red", "Green", "Blue")
            for part, value in (("Descriptor", [1, 0, 16]), ("Data", b"\0\0"))
        },
    )
    assert display(indices).is_color
    assert not display(make_dicom(np.zeros((2, 2), np.uint8))).is_color


def overlay(
    bits: list[list[int]], group: int = 0x6000, origin: tuple[int, int] = (1, 1)
) -> list[tuple[int, str, object]]:
    """Return the elements of a plane."""
    tag = group << 16
    raw = np.packbits(bits, axis=None, bitorder="little").tobytes()
    return [
        (tag | 0x0010, "US", len(bits)),
        (tag | 0x0011, "US", len(bits[0])),
        (tag | 0x0040, "CS", "G"),
        (tag | 0x0050, "SS", list(origin)),
        (tag | 0x0100, "US", 1),
        (tag | 0x0102, "US", 0),
        (tag | 0x3000, "OW", raw + b"\0" * (len(raw) % 2)),
    ]


def painted(image: DecodedImage) -> list[tuple[int, int]]:
    """Return rows and columns of the pixels in the overlays' colour."""
    found = np.argwhere((image.pixels == COLOR).all(axis=2))
    return [(int(row), int(column)) for row, column in found]


def black() -> np.ndarray[Any, np.dtype[np.uint16]]:
    """Return a black image."""
    return np.zeros((ROWS, COLUMNS), np.uint16)


def test_overlays_are_painted_only_when_asked_for() -> None:
    bits = [[0] * COLUMNS for _ in range(ROWS)]
    bits[1][2] = bits[3][7] = 1
    data = dicom_maker.dicom(black(), elements=overlay(bits))
    assert display(data).num_overlays == 1
    assert read(data).pixels.ndim == 2
    assert painted(read(data, overlays=True)) == [(1, 2), (3, 7)]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ((2, 3), [(1, 2), (2, 3)]),
        ((0, 0), [(0, 0)]),
        ((4, 8), [(3, 7)]),
        ((90, 1), []),
    ],
)
def test_an_overlay_lies_where_its_origin_says(
    origin: tuple[int, int], expected: list[tuple[int, int]]
) -> None:
    data = dicom_maker.dicom(black(), elements=overlay([[1, 0], [0, 1]], origin=origin))
    assert painted(read(data, overlays=True)) == expected


def test_several_planes_lie_over_one_another_on_colours_too() -> None:
    stored = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    elements = overlay([[1, 0]]) + overlay([[0, 1]], group=0x601E)
    data = dicom_maker.dicom(stored, elements=elements)
    assert display(data).num_overlays == 2
    assert painted(read(data, overlays=True)) == [(0, 0), (0, 1)]


@pytest.mark.parametrize("codec", ["", RLELossless])
def test_a_plane_may_stand_in_unused_bits_of_the_pixels(codec: str) -> None:
    stored = black()
    stored[2, 5] = 0x8000
    tag = 0x60000000
    elements = [
        entry for entry in overlay([[0] * COLUMNS] * ROWS) if entry[0] < tag + 0x100
    ]
    elements += [(tag | 0x0100, "US", 16), (tag | 0x0102, "US", 15)]
    plain = dicom_maker.dicom(stored, elements=elements)
    data = dicom_maker.compressed(plain, codec) if codec else plain
    data = data.replace(
        b"\x28\0\x01\x01US\x02\0\x10\0", b"\x28\0\x01\x01US\x02\0\x0c\0"
    )
    data = data.replace(
        b"\x28\0\x02\x01US\x02\0\x0f\0", b"\x28\0\x02\x01US\x02\0\x0b\0"
    )
    assert display(data).num_overlays == 1
    assert painted(read(data, overlays=True)) == [(2, 5)]
    assert int(read(data).pixels.max()) == 0


def test_a_plane_of_big_endian_words_is_put_in_order() -> None:
    bits = [[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
    elements = [
        (tag, vr, value[::-1] if isinstance(value, bytes) else value)
        for tag, vr, value in overlay(bits)
    ]
    stored = np.zeros((1, 16), np.uint16)
    data = dicom_maker.dicom(stored, ExplicitVRBigEndian, elements=elements)
    assert painted(read(data, overlays=True)) == [(0, 0), (0, 15)]


def test_a_plane_of_several_frames_belongs_to_those_it_names() -> None:
    stored = np.zeros((4, 1, 3), np.uint8)
    elements = overlay([[1, 0, 0], [0, 1, 0]])
    elements[0] = (0x60000010, "US", 1)
    elements += [(0x60000015, "IS", 2), (0x60000051, "US", 2)]
    data = dicom_maker.dicom(stored, elements=elements, NumberOfFrames=4)
    assert [display(data, frame).num_overlays for frame in (1, 2, 3, 4)] == [0, 1, 1, 0]
    assert painted(read(data, 2, overlays=True)) == [(0, 0)]
    assert painted(read(data, 3, overlays=True)) == [(0, 1)]


def test_one_plane_without_frames_lies_on_every_frame() -> None:
    data = dicom_maker.dicom(
        np.zeros((3, 1, 2), np.uint8), elements=overlay([[1, 0]]), NumberOfFrames=3
    )
    assert [display(data, frame).num_overlays for frame in (1, 2, 3)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("element", "value"),
    [(0x0010, 0), (0x0011, 60_000), (0x0010, 60_000), (0x3000, b"")],
)
def test_a_plane_that_cannot_be_is_left_out(element: int, value: object) -> None:
    elements = [
        (tag, vr, value if tag & 0xFFFF == element else old)
        for tag, vr, old in overlay([[1, 0]])
    ]
    data = dicom_maker.dicom(black(), elements=elements)
    assert display(data).num_overlays == 0
    assert read(data, overlays=True).pixels.shape == (ROWS, COLUMNS)


@pytest.mark.parametrize(
    ("attributes", "shape"),
    [
        ({"PixelSpacing": [2.0, 1.0]}, (8, 8)),
        ({"PixelSpacing": [1.0, 2.0]}, (4, 16)),
        ({"ImagerPixelSpacing": [0.5, 0.25]}, (8, 8)),
        ({"NominalScannedPixelSpacing": [1, 3]}, (4, 24)),
        ({"PixelAspectRatio": [2, 1]}, (8, 8)),
        ({"PixelSpacing": [1, 1], "PixelAspectRatio": [2, 1]}, (4, 8)),
        ({"PixelSpacing": [0.35156, 0.3516]}, (4, 8)),
        ({"PixelSpacing": [0, 0], "ImagerPixelSpacing": [2, 1]}, (8, 8)),
        ({"PixelSpacing": [-1, 1]}, (4, 8)),
        ({"PixelSpacing": [1e9, 1]}, (4, 8)),
        ({"PixelSpacing": [2.0]}, (4, 8)),
    ],
)
def test_pixels_that_are_not_square_are_stretched(
    make_dicom: Any, attributes: dict[str, object], shape: tuple[int, int]
) -> None:
    data = make_dicom(black(), **attributes)
    image = read(data)
    assert image.pixels.shape == shape
    assert (image.info.height, image.info.width) == (ROWS, COLUMNS)
    assert read(data, as_stored=True).pixels.shape == (ROWS, COLUMNS)


def test_square_pixels_stay_as_they_are(make_dicom: Any) -> None:
    stored = np.arange(ROWS * COLUMNS, dtype=np.uint16).reshape(ROWS, COLUMNS)
    plain = read(make_dicom(stored)).pixels
    spaced = read(make_dicom(stored, PixelSpacing=[0.7, 0.7])).pixels
    np.testing.assert_array_equal(spaced, plain)


def test_each_frame_has_its_own_spacing(make_dicom: Any) -> None:
    groups = [
        dicom_maker.item(
            PixelMeasuresSequence=Sequence(
                [dicom_maker.item(PixelSpacing=[height, 1.0])]
            )
        )
        for height in (1.0, 3.0)
    ]
    data = make_dicom(
        np.zeros((2, ROWS, COLUMNS), np.uint8),
        num_frames=2,
        PerFrameFunctionalGroupsSequence=Sequence(groups),
    )
    assert read(data, 1).pixels.shape == (ROWS, COLUMNS)
    assert read(data, 2).pixels.shape == (3 * ROWS, COLUMNS)


def test_overlays_are_stretched_with_their_image() -> None:
    bits = [[1] * COLUMNS] * ROWS
    data = dicom_maker.dicom(black(), elements=overlay(bits), PixelSpacing=[2, 1])
    assert len(painted(read(data, overlays=True))) == 2 * ROWS * COLUMNS


def test_an_image_that_would_become_too_large_shrinks_instead() -> None:
    pixels = np.zeros((12_000, 6_000), np.uint8)
    assert with_square_pixels(pixels, 0.5).shape == (6_000, 6_000)
    assert with_square_pixels(pixels, 2.0).shape == (12_000, 3_000)


def test_thumbnails_and_previews_have_square_pixels(
    make_dicom: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(make_dicom(np.zeros((64, 32), np.uint8), PixelSpacing=[1, 2]))
    image = read_preview(path, max_side_px=16, thumbnail=True)
    assert image.pixels.shape == (16, 16)
    thumbnail = cv2.imdecode(np.frombuffer(image.thumbnail, np.uint8), -1)
    assert thumbnail is not None
    assert thumbnail.shape == (64, 64)
