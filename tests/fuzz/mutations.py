"""Spoil a file as transfers, broken writers and attackers do.

A mutation takes bytes and a random source and returns bytes. Some know how a DICOM data
set, its fragments, a JPEG, PNG or TIFF is built, so that what they change is reached by
the reader, not refused at the door.
"""

from collections.abc import Callable, Sequence
from random import Random

import blind_mutations as blind
import dicom_mutations as data_set
import stream_mutations as stream

Mutation = Callable[[bytes, Random], bytes]

LARGEST_FILE = 4 * 2**20
_BLIND: tuple[Mutation, ...] = (
    blind.flip_bits,
    blind.set_bytes,
    blind.noise,
    blind.cut,
    blind.zero_tail,
    blind.remove,
    blind.repeat,
)
_ELEMENTS: tuple[Mutation, ...] = (
    data_set.element_length,
    data_set.element_tag,
    data_set.element_vr,
    data_set.element_value,
    data_set.element_moved,
)
_IMAGE: tuple[Mutation, ...] = (
    data_set.image_number,
    data_set.image_text,
    stream.codestream,
)
_DICOM: tuple[Mutation, ...] = (
    *_BLIND,
    *_ELEMENTS * 2,
    *_IMAGE * 4,
    *(data_set.fragments, data_set.fragments, data_set.nest),
    *(stream.grown, stream.grown, data_set.many_frames),
)
_OTHER: tuple[Mutation, ...] = (
    *_BLIND,
    *(stream.codestream, stream.png_chunk, stream.tiff_entry) * 2,
    stream.grown,
)


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """Apply one to four mutations, and perhaps mix with another file."""
    chosen = _DICOM if b"DICM" in data[:132] or data[:1] == b"\x08" else _OTHER
    for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
        if random.random() < 0.04 and others:
            data = blind.mixed(data, random.choice(others), random)
        else:
            data = random.choice(chosen)(data, random)
        data = data[:LARGEST_FILE]
    return data
