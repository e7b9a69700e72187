"""Mutations that know nothing of a file's format, and the values that break readers."""

from random import Random

NUMBERS = (0, 1, 2, 3, 4, 7, 8, 12, 15, 16, 24, 31, 32, 33, 63, 64, 255, 256, 32767)
LARGE = (32768, 65534, 65535)
LENGTHS = (0, 1, 2, 6, 255, 65535, 2**31 - 2, 2**31, 2**32 - 2, 2**32 - 1)
BYTES = (0, 1, 0x20, 0x5C, 0x7F, 0x80, 0xD8, 0xFE, 0xFF)


def put(data: bytes, start: int, end: int, new: bytes) -> bytes:
    return data[:start] + new + data[end:]


def place(data: bytes, random: Random) -> int:
    """Choose a position; the header is more interesting than the pixels."""
    last = max(0, len(data) - 1)
    return random.randint(0, min(last, 2048) if random.random() < 0.6 else last)


def flip_bits(data: bytes, random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[place(data, random)] ^= 1 << random.randrange(8)
    return bytes(changed)


def set_bytes(data: bytes, random: Random) -> bytes:
    at = place(data, random)
    new = bytes([random.choice(BYTES)]) * random.choice((1, 2, 4, 16, 200))
    return put(data, at, at + len(new), new)


def noise(data: bytes, random: Random) -> bytes:
    at, count = place(data, random), random.choice((1, 4, 32, 500))
    return put(data, at, at + count, random.randbytes(count))


def cut(data: bytes, random: Random) -> bytes:
    return data[: place(data, random)]


def zero_tail(data: bytes, random: Random) -> bytes:
    """Stop a copy in a file whose place was already taken."""
    at = place(data, random)
    return data[:at] + bytes(random.choice((len(data) - at, 2048, 2**16, 2**22)))


def remove(data: bytes, random: Random) -> bytes:
    at = place(data, random)
    return put(data, at, at + random.choice((1, 2, 8, 100, 2000)), b"")


def repeat(data: bytes, random: Random) -> bytes:
    at = place(data, random)
    piece = data[at : at + random.choice((2, 8, 64, 1000))]
    return put(data, at, at, piece * random.choice((1, 2, 50)))


def mixed(data: bytes, other: bytes, random: Random) -> bytes:
    at, begin = place(data, random), place(other, random)
    if random.random() < 0.5:
        return data[:at] + other[begin:]
    piece = other[begin : begin + random.choice((8, 100, 4000))]
    return put(data, at, at + len(piece), piece)
