"""Arrays of a teacher (.npz): no pickles, no bombs, no claims."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cbmir_gui.features.frozen_mobilenet import FrozenMobileNet
from cbmir_gui.networks.arrays_file import read_arrays
from cbmir_gui.networks.mobilenetv2 import load_mobilenetv2
from tests.hostile.conftest import Guard, Trap

Build = Callable[[Path, Trap], None]
MAX_BYTES = 64_000_000


class Canary:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self._path), "w")


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    size = len(text).to_bytes(2 if version[0] == 1 else 4, "little")
    return b"\x93NUMPY" + version + size + text + data


def member(content: bytes, name: str = "Conv1/kernel.npy") -> Build:
    def build(path: Path, _: Trap) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)

    return build


def pickled_file(path: Path, trap: Trap) -> None:
    path.write_bytes(pickle.dumps(Canary(trap.canary)))


def pickled_member(path: Path, trap: Trap) -> None:
    objects = np.empty(1, object)
    objects[0] = Canary(trap.canary)
    stream = io.BytesIO()
    np.lib.format.write_array(stream, objects, allow_pickle=True)
    member(stream.getvalue())(path, trap)


def code_in_the_header(path: Path, trap: Trap) -> None:
    member(npy(f"open({str(trap.canary)!r}, 'w')"))(path, trap)


def bomb(path: Path, _: Trap) -> None:
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (268435456,)}"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("Conv1/kernel.npy", "w") as stream,
    ):
        stream.write(npy(header))
        for _number in range(256):
            stream.write(bytes(2**20))


def many_bombs(path: Path, _: Trap) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(100):
            archive.writestr(f"{number}.npy", bytes(2**20))


def claim(shape: str, descr: str = "'<f4'") -> Build:
    return member(
        npy(
            f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}", bytes(64)
        )
    )


def same_name_twice(path: Path, _: Trap) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", b"")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.npy", b"")


def other_arrays(path: Path, _: Trap) -> None:
    np.savez(path, a=np.zeros(3, np.float32))


ATTACKS: dict[str, tuple[Build, str]] = {
    "a pickle": (pickled_file, "CVE-2019-6446"),
    "a pickled array": (pickled_member, "CVE-2019-6446"),
    "code in a header": (code_in_the_header, ""),
    "a bomb": (bomb, "keras-team/keras#23016"),
    "many bombs": (many_bombs, "keras-team/keras#23016"),
    "a claim of a tebibyte": (claim("(274877906944,)"), "keras-team/keras#23016"),
    "a claim beyond all integers": (claim("(9223372036854775807, 4)"), ""),
    "a negative shape": (claim("(-4, 4)"), ""),
    "a deep shape": (claim("(" + "1, " * 200 + ")"), ""),
    "objects": (claim("(4,)", "'|O'"), "CVE-2019-6446"),
    "records": (claim("(4,)", "[('a', '<f4')]"), ""),
    "text": (claim("(4,)", "'<U4'"), ""),
    "a long header": (member(npy("{" + " " * 60_000 + "}")), ""),
    "another version": (member(npy("{}", version=b"\x09\x09")), ""),
    "no header": (member(b"evil"), ""),
    "the same name twice": (same_name_twice, ""),
    "no archive": (lambda path, _: path.write_bytes(b"evil" * 100) and None, ""),
    "nothing": (lambda path, _: path.write_bytes(b"") and None, ""),
    "other arrays": (other_arrays, ""),
}


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize(
    ("door", "load"),
    [("--teacher FILE", load_mobilenetv2), ("--imagenet FILE", FrozenMobileNet)],
)
def test_hostile_arrays_are_refused(
    door: str, load: Callable[[Path], object], name: str, guard: Guard, tmp_path: Path
) -> None:
    build, advisory = ATTACKS[name]
    path = tmp_path / "evil.npz"
    build(path, guard.trap)
    guard.refuses(door, lambda: load(path), advisory)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8"])
@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_sound_arrays_come_back(
    write: Callable[..., None], dtype: str, order: str, tmp_path: Path
) -> None:
    array = np.asarray(np.arange(24).reshape(2, 3, 4), dtype, order=order)
    path = tmp_path / "good.npz"
    write(path, **{"a/kernel": array, "scalar": np.array(2.5, dtype)})
    found = read_arrays(path, MAX_BYTES)
    np.testing.assert_array_equal(found["a/kernel"], array)
    assert found["a/kernel"].dtype == np.float32
    assert found["scalar"] == 2.5
