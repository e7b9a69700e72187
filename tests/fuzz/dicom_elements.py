"""Where the data elements of a DICOM file stand."""

import struct
from dataclasses import dataclass

LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN"})
VRS = (
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC "
    b"UI UL UN UR US UT UV"
).split()


@dataclass(frozen=True, slots=True)
class Element:
    """Where a data element stands."""

    tag: int
    start: int
    length_at: int
    length_size: int
    """2 or 4 bytes; the group's byte order is little endian."""
    value: int
    """Where the value starts."""
    end: int


def elements(data: bytes) -> list[Element]:
    """Walk through a little endian data set, as far as it makes sense.

    The content of sequences is walked through as well.
    """
    position = 132 if data[128:132] == b"DICM" else 0
    found: list[Element] = []
    while position + 8 <= len(data):
        group, number, raw = struct.unpack_from("<HHL", data, position)
        vr = data[position + 4 : position + 6]
        start, length_at, size = position, position + 4, 4
        if vr in LONG_VRS:
            length_at = position + 8
        elif vr in VRS:
            length_at, size = position + 6, 2
        value = length_at + size
        if value > len(data):
            break
        raw = int.from_bytes(data[length_at:value], "little")
        is_opened = vr == b"SQ" or group == 0xFFFE or raw == 0xFFFFFFFF
        end = value if is_opened else value + raw
        found.append(Element(group << 16 | number, start, length_at, size, value, end))
        position = end
    return found
