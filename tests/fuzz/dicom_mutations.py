"""Mutations that know how a DICOM data set and its fragments are built."""

import struct
from random import Random

from blind_mutations import LARGE, LENGTHS, NUMBERS, put
from dicom_elements import VRS, Element, elements

_SYNTAXES = (
    b"1.2.840.10008.1.2\0",
    b"1.2.840.10008.1.2.1\0",
    b"1.2.840.10008.1.2.1.98\0\0",
    b"1.2.840.10008.1.2.1.99\0\0",
    b"1.2.840.10008.1.2.2\0",
    b"1.2.840.10008.1.2.4.50\0\0",
    b"1.2.840.10008.1.2.4.51\0\0",
    b"1.2.840.10008.1.2.4.57\0\0",
    b"1.2.840.10008.1.2.4.70\0\0",
    b"1.2.840.10008.1.2.4.80\0\0",
    b"1.2.840.10008.1.2.4.90\0\0",
    b"1.2.840.10008.1.2.4.201\0",
    b"1.2.840.10008.1.2.5\0",
    b"1.2.840.10008.1.2.8.1\0",
)
_PHOTOMETRICS = (
    b"MONOCHROME1 ",
    b"MONOCHROME2 ",
    b"PALETTE COLOR ",
    b"RGB ",
    b"YBR_FULL",
    b"YBR_FULL_422",
    b"YBR_ICT ",
    b"YBR_RCT ",
    b"YBR_PARTIAL_420 ",
    b"",
)
_DECIMALS = (b"0 ", b"-1", b"1e308 ", b"-1e-308 ", b"NaN ", b"inf ", b"1\\2\\3 ", b"x ")
_IMAGE_TAGS = (
    *range(0x00280002, 0x00280013),
    *range(0x00280100, 0x00280104),
    0x00280120,
    0x00280121,
    0x00281052,
    0x00281053,
)


def _an_element(data: bytes, random: Random) -> Element | None:
    found = elements(data)
    return random.choice(found) if found else None


def element_length(data: bytes, random: Random) -> bytes:
    element = _an_element(data, random)
    if element is None:
        return data
    old = int.from_bytes(data[element.length_at : element.value], "little")
    near = (old + 1, old - 1, old + 2, old * 2, len(data))
    new = random.choice((*LENGTHS, *near)) % (1 << 8 * element.length_size)
    raw = new.to_bytes(element.length_size, "little")
    return put(data, element.length_at, element.value, raw)


def element_tag(data: bytes, random: Random) -> bytes:
    found = elements(data)
    if not found:
        return data
    tag = random.choice((*_IMAGE_TAGS, *(element.tag for element in found)))
    raw = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    start = random.choice(found).start
    return put(data, start, start + 4, raw)


def element_vr(data: bytes, random: Random) -> bytes:
    element = _an_element(data, random)
    if element is None:
        return data
    return put(data, element.start + 4, element.start + 6, random.choice(VRS))


def element_value(data: bytes, random: Random) -> bytes:
    """Change a value and its length together: the data set stays well formed."""
    element = _an_element(data, random)
    if element is None or element.tag >> 16 == 0xFFFE:
        return data
    old = data[element.value : element.end]
    new = random.choice(
        (
            b"",
            old + old,
            old[: len(old) // 2],
            random.choice(_DECIMALS),
            bytes(len(old)),
        )
    )
    return _with_value(data, element, new)


def element_moved(data: bytes, random: Random) -> bytes:
    """Remove an element, repeat it, or put it elsewhere."""
    found = elements(data)
    if len(found) < 2:
        return data
    element, place = random.choice(found), random.choice(found).start
    piece = data[element.start : element.end]
    if random.random() < 0.5:
        data = put(data, element.start, element.end, b"")
    return put(data, place, place, piece) if random.random() < 0.7 else data


def image_number(data: bytes, random: Random) -> bytes:
    """Change rows, columns, samples, bits ... to another number."""
    found = [e for e in elements(data) if e.tag in _IMAGE_TAGS and e.end - e.value == 2]
    if not found:
        return data
    element = random.choice(found)
    (old,) = struct.unpack_from("<H", data.ljust(element.value + 2), element.value)
    new = random.choice((*NUMBERS, *LARGE, old + 1, old - 1, old * 2)) & 0xFFFF
    return put(data, element.value, element.value + 2, struct.pack("<H", new))


def many_frames(data: bytes, random: Random) -> bytes:
    """Declare more frames than there are, or add the number where none stands."""
    number = random.choice((b"2 ", b"65536 ", b"99999999", b"2147483647"))
    new = struct.pack("<HH2sH", 0x0028, 0x0008, b"IS", len(number)) + number
    found = elements(data)
    known = [element for element in found if element.tag == 0x00280008]
    if known:
        return put(data, known[0].start, known[0].end, new)
    rows = [element for element in found if element.tag == 0x00280010]
    return put(data, rows[0].start, rows[0].start, new) if rows else data


def image_text(data: bytes, random: Random) -> bytes:
    """Change transfer syntax, photometric interpretation or number of frames."""
    choices = {
        0x00020010: _SYNTAXES,
        0x00280004: _PHOTOMETRICS,
        0x00280008: (b"0 ", b"1 ", b"2 ", b"99999999", b"-1", b"2147483647"),
        0x00281050: _DECIMALS,
        0x00281051: _DECIMALS,
        0x00280030: (b"0\\0 ", b"1\\1e9 ", b"1e-9\\1", b"-1\\1", b"NaN\\1 "),
    }
    found = [element for element in elements(data) if element.tag in choices]
    if not found:
        return data
    element = random.choice(found)
    return _with_value(data, element, random.choice(choices[element.tag]))


def _with_value(data: bytes, element: Element, new: bytes) -> bytes:
    length = (len(new) % (1 << 8 * element.length_size)).to_bytes(
        element.length_size, "little"
    )
    return put(data, element.length_at, element.end, length + new)


def nest(data: bytes, random: Random) -> bytes:
    """Insert a sequence in a sequence in a sequence."""
    found = [element for element in elements(data) if element.tag >> 16 > 0x0002]
    if not found:
        return data
    opened = struct.pack("<HH2sHL", 0x0008, 0x1115, b"SQ", 0, 0xFFFFFFFF)
    opened += struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    place = random.choice(found).start
    return put(data, place, place, opened * random.choice((1, 3, 100, 20_000)))


def fragments(data: bytes, random: Random) -> bytes:
    """Spoil the items of encapsulated pixel data."""
    found = [element for element in elements(data) if element.tag == 0xFFFEE000]
    found += [element for element in elements(data) if element.tag == 0xFFFEE0DD]
    if not found:
        return data
    element = random.choice(found)
    kind = random.randrange(4)
    if kind == 0:
        new = struct.pack("<L", random.choice(LENGTHS))
        return put(data, element.length_at, element.value, new)
    if kind == 1:
        return put(data, element.start, element.end, b"")
    if kind == 2:
        item = struct.pack("<HHL", 0xFFFE, 0xE000, 0)
        return put(data, element.start, element.start, item * random.choice((1, 999)))
    offsets = [random.choice((*LENGTHS, 8, 64)) for _ in range(4)]
    raw = struct.pack("<HHL4L", 0xFFFE, 0xE000, 16, *(n % 2**32 for n in offsets))
    return put(data, element.start, element.start, raw)
