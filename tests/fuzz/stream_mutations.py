"""Mutations that know JPEG, JPEG-LS and JPEG 2000 streams, PNG and TIFF files."""

import struct
import zlib
from random import Random

from blind_mutations import BYTES, LARGE, LENGTHS, NUMBERS, flip_bits, put
from dicom_elements import elements


def codestream(data: bytes, random: Random) -> bytes:
    """Spoil what stands behind a marker of JPEG, JPEG-LS or JPEG 2000."""
    first = data.find(b"\xff\xd8\xff"), data.find(b"\xff\x4f\xff\x51")
    begin = max(first)
    places = [
        place
        for place in range(max(begin, 0), min(len(data), begin + 2000) - 1)
        if data[place] == 0xFF and data[place + 1] not in (0, 0xFF)
    ]
    if begin < 0 or not places:
        return flip_bits(data, random)
    at = random.choice(places) + random.randrange(1, 24)
    width = random.choice((1, 2, 2, 4))
    new = random.choice((*NUMBERS, *LARGE, *LENGTHS)) % (1 << 8 * width)
    return put(data, at, at + width, new.to_bytes(width, "big"))


def grown(data: bytes, random: Random) -> bytes:
    """Claim a huge image, in the header and in its stream alike."""
    sizes = _size_in_header(data)
    if sizes is None:
        return flip_bits(data, random)
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
        data = put(data, 29, 33, struct.pack(">I", zlib.crc32(data[12:29])))
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


def png_chunk(data: bytes, random: Random) -> bytes:
    """Change a byte of a PNG chunk, and make its checksum right again."""
    if data[:4] != b"\x89PNG":
        return flip_bits(data, random)
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
    body[at] = random.choice((*BYTES, 2, 3, 4, 6, 16))
    whole = bytes(body) + struct.pack(">I", zlib.crc32(body))
    return put(data, position + 4, position + 12 + length, whole)


def tiff_entry(data: bytes, random: Random) -> bytes:
    """Change tag, type, count or value of an entry of a TIFF directory."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return flip_bits(data, random)
    (offset,) = struct.unpack_from(f"{order}I", data, 4)
    if offset + 2 > len(data):
        return data
    (count,) = struct.unpack_from(f"{order}H", data, offset)
    at = offset + 2 + 12 * random.randrange(max(1, count))
    kind = random.randrange(4)
    if kind == 0:
        tag = random.choice((256, 257, 258, 259, 262, 273, 277, 278, 279, 322, 338))
        return put(data, at, at + 2, struct.pack(f"{order}H", tag))
    if kind == 1:
        return put(data, at + 2, at + 4, struct.pack(f"{order}H", random.randrange(20)))
    value = random.choice((*NUMBERS, *LARGE, *LENGTHS))
    start = at + 4 if kind == 2 else at + 8
    return put(data, start, start + 4, struct.pack(f"{order}I", value))
