"""Spoil a file as transfers, broken writers and attackers do.

A mutation takes bytes and a random source and returns bytes. Some know how a DICOM data
set, its fragments, a JPEG, PNG or TIFF is built, so that what they change is reached by
the reader, not refused at the door.
"""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Mutation = Callable[[bytes, Random], bytes]

LARGEST_FILE = 4 * 2**20
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"UC", b"UN"})
_VRS = (
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC "
    b"UI UL UN UR US UT UV"
).split()
_NUMBERS = (0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 24, 31, 32, 33, 63, 64, 255, 256, 32767)
_LARGE = (32768, 65534, 65535)
_LENGTHS = (0, 1, 2, 6, 255, 65535, 2**31 - 2, 2**31, 2**32 - 2, 2**32 - 1)
_BYTES = (0, 1, 0x20, 0x5C, 0x7F, 0x80, 0xD8, 0xFE, 0xFF)
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


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """Apply one to four mutations, and perhaps mix with another file."""
    chosen = _DICOM if b"DICM" in data[:132] or data[:1] == b"\x08" else _OTHER
    for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
        if random.random() < 0.04 and others:
            data = _mixed(data, random.choice(others), random)
        else:
            data = random.choice(chosen)(data, random)
        data = data[:LARGEST_FILE]
    return data


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
        if vr in _LONG_VRS:
            length_at = position + 8
        elif vr in _VRS:
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


def _put(data: bytes, start: int, end: int, new: bytes) -> bytes:
    return data[:start] + new + data[end:]


def _place(data: bytes, random: Random) -> int:
    """Choose a position; the header is more interesting than the pixels."""
    last = max(0, len(data) - 1)
    return random.randint(0, min(last, 2048) if random.random() < 0.6 else last)


def _flip_bits(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[_place(data, random)] ^= 1 << random.randrange(8)
    return bytes(changed)


def _set_bytes(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    new = bytes([random.choice(_BYTES)]) * random.choice((1, 2, 4, 16, 200))
    return _put(data, at, at + len(new), new)


def _noise(data: bytes, random: Random) -> bytes:
    at, count = _place(data, random), random.choice((1, 4, 32, 500))
    return _put(data, at, at + count, random.randbytes(count))


def _cut(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def _remove(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    return _put(data, at, at + random.choice((1, 2, 8, 100, 2000)), b"")


def _repeat(data: bytes, random: Random) -> bytes:
    at = _place(data, random)
    piece = data[at : at + random.choice((2, 8, 64, 1000))]
    return _put(data, at, at, piece * random.choice((1, 2, 50)))


def _mixed(data: bytes, other: bytes, random: Random) -> bytes:
    at, begin = _place(data, random), _place(other, random)
    if random.random() < 0.5:
        return data[:at] + other[begin:]
    piece = other[begin : begin + random.choice((8, 100, 4000))]
    return _put(data, at, at + len(piece), piece)


def _an_element(data: bytes, random: Random) -> Element | None:
    found = elements(data)
    return random.choice(found) if found else None


def _element_length(data: bytes, random: Random) -> bytes:
    element = _an_element(data, random)
    if element is None:
        return data
    old = int.from_bytes(data[element.length_at : element.value], "little")
    near = (old + 1, old - 1, old + 2, old * 2, len(data))
    new = random.choice((*_LENGTHS, *near)) % (1 << 8 * element.length_size)
    raw = new.to_bytes(element.length_size, "little")
    return _put(data, element.length_at, element.value, raw)


def _element_tag(data: bytes, random: Random) -> bytes:
    found = elements(data)
    if not found:
        return data
    tag = random.choice((*_IMAGE_TAGS, *(element.tag for element in found)))
    raw = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    start = random.choice(found).start
    return _put(data, start, start + 4, raw)


def _element_vr(data: bytes, random: Random) -> bytes:
    element = _an_element(data, random)
    if element is None:
        return data
    return _put(data, element.start + 4, element.start + 6, random.choice(_VRS))


def _element_value(data: bytes, random: Random) -> bytes:
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


def _element_moved(data: bytes, random: Random) -> bytes:
    """Remove an element, repeat it, or put it elsewhere."""
    found = elements(data)
    if len(found) < 2:
        return data
    element, place = random.choice(found), random.choice(found).start
    piece = data[element.start : element.end]
    if random.random() < 0.5:
        data = _put(data, element.start, element.end, b"")
    return _put(data, place, place, piece) if random.random() < 0.7 else data


def _image_number(data: bytes, random: Random) -> bytes:
    """Change rows, columns, samples, bits ... to another number."""
    found = [e for e in elements(data) if e.tag in _IMAGE_TAGS and e.end - e.value == 2]
    if not found:
        return data
    element = random.choice(found)
    (old,) = struct.unpack_from("<H", data.ljust(element.value + 2), element.value)
    new = random.choice((*_NUMBERS, *_LARGE, old + 1, old - 1, old * 2)) & 0xFFFF
    return _put(data, element.value, element.value + 2, struct.pack("<H", new))


def _image_text(data: bytes, random: Random) -> bytes:
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
    return _put(data, element.length_at, element.end, length + new)


def _nest(data: bytes, random: Random) -> bytes:
    """Insert a sequence in a sequence in a sequence."""
    found = [element for element in elements(data) if element.tag >> 16 > 0x0002]
    if not found:
        return data
    opened = struct.pack("<HH2sHL", 0x0008, 0x1115, b"SQ", 0, 0xFFFFFFFF)
    opened += struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    place = random.choice(found).start
    return _put(data, place, place, opened * random.choice((1, 3, 100, 20_000)))


def _fragments(data: bytes, random: Random) -> bytes:
    """Spoil the items of encapsulated pixel data."""
    found = [element for element in elements(data) if element.tag == 0xFFFEE000]
    found += [element for element in elements(data) if element.tag == 0xFFFEE0DD]
    if not found:
        return data
    element = random.choice(found)
    kind = random.randrange(4)
    if kind == 0:
        new = struct.pack("<L", random.choice(_LENGTHS))
        return _put(data, element.length_at, element.value, new)
    if kind == 1:
        return _put(data, element.start, element.end, b"")
    if kind == 2:
        item = struct.pack("<HHL", 0xFFFE, 0xE000, 0)
        return _put(data, element.start, element.start, item * random.choice((1, 999)))
    offsets = [random.choice((*_LENGTHS, 8, 64)) for _ in range(4)]
    raw = struct.pack("<HHL4L", 0xFFFE, 0xE000, 16, *(n % 2**32 for n in offsets))
    return _put(data, element.start, element.start, raw)


def _codestream(data: bytes, random: Random) -> bytes:
    """Spoil what stands behind a marker of JPEG, JPEG-LS or JPEG 2000."""
    first = data.find(b"\xff\xd8\xff"), data.find(b"\xff\x4f\xff\x51")
    begin = max(first)
    places = [
        place
        for place in range(max(begin, 0), min(len(data), begin + 2000) - 1)
        if data[place] == 0xFF and data[place + 1] not in (0, 0xFF)
    ]
    if begin < 0 or not places:
        return _flip_bits(data, random)
    at = random.choice(places) + random.randrange(1, 24)
    width = random.choice((1, 2, 2, 4))
    new = random.choice((*_NUMBERS, *_LARGE, *_LENGTHS)) % (1 << 8 * width)
    return _put(data, at, at + width, new.to_bytes(width, "big"))


def _grown(data: bytes, random: Random) -> bytes:
    """Claim a huge image, in the header and in its stream alike."""
    sizes = _size_in_header(data)
    if sizes is None:
        return _flip_bits(data, random)
    width, height = sizes
    new_width, new_height = random.choice(
        ((1000, 1000), (4000, 4000), (11_000, 11_000), (2_000, 60_000), (width, 65_000))
    )
    for layout, swapped in ((">HH", True), (">II", False), ("<HH", False)):
        old, new = (width, height), (new_width, new_height)
        if swapped:  # JPEG says the height first
            old, new = old[::-1], new[::-1]
        data = data.replace(struct.pack(layout, *old), struct.pack(layout, *new))
    for tag, old_side, new_side in (
        (0x00280010, height, new_height),
        (0x00280011, width, new_width),
    ):
        for head in (b"US\x02\0", b"\x02\0\0\0"):
            start = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + head
            data = data.replace(
                start + struct.pack("<H", old_side), start + struct.pack("<H", new_side)
            )
    if data[:4] == b"\x89PNG":
        data = _put(data, 29, 33, struct.pack(">I", zlib.crc32(data[12:29])))
    return data


def _size_in_header(data: bytes) -> tuple[int, int] | None:
    """Return width and height as DICOM elements or a PNG header say them."""
    if data[:4] == b"\x89PNG" and len(data) > 33:
        width, height = struct.unpack_from(">II", data, 16)
        return (width, height) if max(width, height) < 2**16 else None
    found = {
        element.tag: struct.unpack_from("<H", data, element.value)[0]
        for element in elements(data)
        if element.tag in {0x00280010, 0x00280011} and element.value + 2 <= len(data)
    }
    if len(found) < 2:
        return None
    return found[0x00280011], found[0x00280010]


def _png_chunk(data: bytes, random: Random) -> bytes:
    """Change a byte of a PNG chunk, and make its checksum right again."""
    if data[:4] != b"\x89PNG":
        return _flip_bits(data, random)
    position, chunks = 8, []
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        if position + 12 + length > len(data):
            break
        chunks.append((position, length))
        position += 12 + length
    if not chunks:
        return data
    position, length = random.choice(chunks)
    body = bytearray(data[position + 4 : position + 8 + length])
    at = random.randrange(len(body))
    body[at] = random.choice((*_BYTES, 2, 3, 4, 6, 16))
    whole = bytes(body) + struct.pack(">I", zlib.crc32(body))
    return _put(data, position + 4, position + 12 + length, whole)


def _tiff_entry(data: bytes, random: Random) -> bytes:
    """Change tag, type, count or value of an entry of a TIFF directory."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return _flip_bits(data, random)
    (offset,) = struct.unpack_from(f"{order}I", data, 4)
    if offset + 2 > len(data):
        return data
    (count,) = struct.unpack_from(f"{order}H", data, offset)
    at = offset + 2 + 12 * random.randrange(max(1, count))
    kind = random.randrange(4)
    if kind == 0:
        tag = random.choice((256, 257, 258, 259, 262, 273, 277, 278, 279, 322, 338))
        return _put(data, at, at + 2, struct.pack(f"{order}H", tag))
    if kind == 1:
        return _put(
            data, at + 2, at + 4, struct.pack(f"{order}H", random.randrange(20))
        )
    value = random.choice((*_NUMBERS, *_LARGE, *_LENGTHS))
    start = at + 4 if kind == 2 else at + 8
    return _put(data, start, start + 4, struct.pack(f"{order}I", value))


_BLIND = (_flip_bits, _set_bytes, _noise, _cut, _remove, _repeat)
_DICOM: tuple[Mutation, ...] = (
    *_BLIND,
    *(_element_length, _element_tag, _element_vr, _element_value, _element_moved) * 2,
    *(_image_number, _image_text, _codestream) * 4,
    *(_fragments, _fragments, _nest, _grown, _grown),
)
_OTHER: tuple[Mutation, ...] = (
    *_BLIND,
    *(_codestream, _png_chunk, _tiff_entry) * 2,
    _grown,
)
