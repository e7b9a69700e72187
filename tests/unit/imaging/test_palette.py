"""Look-up tables and palettes against tables expanded by hand."""

import struct

import numpy as np
import pytest
from pydicom.dataset import Dataset

from cbmir_gui.imaging.lookup import read_descriptor, read_entries, read_table
from cbmir_gui.imaging.palette import PaletteError, apply_palette, expand_segments


def palette_data_set(bits: int, words: list[int]) -> Dataset:
    """Return a data set whose three colours are `words`, twice it and half of it."""
    ds = Dataset()
    for color, factor in (("Red", 1.0), ("Green", 2.0), ("Blue", 0.5)):
        prefix = f"{color}PaletteColorLookupTable"
        setattr(ds, f"{prefix}Descriptor", [len(words), 10, bits])
        values = [int(word * factor) for word in words]
        setattr(ds, f"{prefix}Data", struct.pack(f"<{len(words)}H", *values))
    return ds


def test_a_palette_colours_values_and_holds_its_ends() -> None:
    ds = palette_data_set(16, [0x0200, 0x4000, 0x7F00])
    stored = np.array([[0, 10], [11, 99]], np.uint8)
    shown = apply_palette(stored, ds, signed=False, little_endian=True)
    expected = [[[2, 4, 1], [2, 4, 1]], [[64, 128, 32], [127, 254, 63]]]
    np.testing.assert_array_equal(shown, expected)


def test_a_16_bit_palette_that_fills_only_the_low_byte_is_not_shifted() -> None:
    ds = palette_data_set(16, [2, 64, 100])
    shown = apply_palette(np.array([[11]], np.uint8), ds, False, True)
    np.testing.assert_array_equal(shown, [[[64, 128, 32]]])


def test_a_data_set_without_a_palette_says_so() -> None:
    with pytest.raises(PaletteError, match="no sound red palette"):
        apply_palette(np.zeros((1, 1), np.uint8), Dataset(), False, True)


def test_segments_expand_to_discrete_and_linear_entries() -> None:
    # Discrete 10, 20; linear in 4 steps to 40: 25, 30, 35, 40 (C.7.9.2.2).
    data = struct.pack("<7H", 0, 2, 10, 20, 1, 4, 40)
    entries = expand_segments(data, 16, 100)
    np.testing.assert_array_equal(entries, [10, 20, 25, 30, 35, 40])


def test_an_indirect_segment_repeats_earlier_segments() -> None:
    # The first segment starts at byte 0; one segment is copied.
    data = struct.pack("<8H", 0, 2, 7, 9, 2, 1, 0, 0)
    np.testing.assert_array_equal(expand_segments(data, 16, 100), [7, 9, 7, 9])


def test_segments_in_8_bits_have_an_offset_of_four_bytes() -> None:
    data = bytes([0, 2, 7, 9, 2, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(expand_segments(data, 8, 100), [7, 9, 7, 9])


@pytest.mark.parametrize(
    "data", [b"", b"\0", struct.pack("<2H", 1, 4), struct.pack("<3H", 9, 9, 9)]
)
def test_segments_that_make_no_sense_end_the_palette(data: bytes) -> None:
    assert len(expand_segments(data, 16, 100)) == 0


def test_segments_never_expand_beyond_the_descriptor() -> None:
    data = struct.pack("<6H", 0, 1, 5, 1, 65535, 9)
    assert len(expand_segments(data, 16, 256)) == 256


def test_a_descriptor_of_zero_entries_means_65536() -> None:
    ds = Dataset()
    ds.LUTDescriptor = [0, 0, 16]
    assert read_descriptor(ds, "LUTDescriptor", signed=False) == (65536, 0, 16)


def test_the_first_mapped_value_may_be_negative() -> None:
    ds = Dataset()
    ds.LUTDescriptor = [4, 65535 - 1023, 12]
    assert read_descriptor(ds, "LUTDescriptor", signed=True) == (4, -1024, 12)


def test_8_bit_entries_may_be_packed_in_words() -> None:
    np.testing.assert_array_equal(read_entries(b"\x01\x02\x03\0", 3, True), [1, 2, 3])
    np.testing.assert_array_equal(read_entries(b"\x02\x01\0\x03", 3, False), [1, 2, 3])


def test_a_lut_that_uses_more_bits_than_it_declares_is_believed() -> None:
    item = Dataset()
    item.LUTDescriptor = [3, 0, 8]
    item.LUTData = [0, 500, 1000]
    table = read_table(item, signed=False, little_endian=True)
    assert table is not None
    assert table.bits == 10


def test_an_empty_lut_item_is_no_lut() -> None:
    assert read_table(Dataset(), signed=False, little_endian=True) is None
