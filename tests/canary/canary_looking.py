"""Looks for planted identifiers in everything that a program wrote.

Text is looked for as UTF-8, UTF-16 and Latin-1, in any case; packed and structured
files are also looked into: gzip, ZIP, SQLite, HDF5, and the packed text of PNG.
"""

import contextlib
import gzip
import io
import json
import re
import sqlite3
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from canary_patients import PATIENTS, typed_words
from canary_planting import FILE_WORD, FIRST_YEAR, NUMBER, WORD, Planted

_NAMES = re.compile(rf"{FILE_WORD}[a-z]+".encode(), re.IGNORECASE)
_YEARS = "|".join(str(FIRST_YEAR + number) for number in range(20))


@dataclass(frozen=True)
class Leak:
    """One identifier that was found."""

    identifier: str
    place: str
    file: str


def looked_for(planted: Planted) -> tuple[re.Pattern[bytes], ...]:
    """Return what finds the identifiers, and the plain hashes of patients."""
    patterns = []
    dates = {
        form
        for identifier in planted.identifiers
        if re.fullmatch(rf"({_YEARS})[0-9]{{4}}", identifier)
        for form in _date_forms(identifier)
    }
    for patient in PATIENTS:
        dates |= set(_date_forms(patient.birth_date))
    date = "|".join(re.escape(form) for form in sorted(dates))
    for text in (
        rf"{WORD}[A-Z]{{4,5}}",
        rf"{NUMBER}[0-9]{{0,4}}",
        rf"(?<![0-9.])(?:{date})(?![0-9])",
    ):
        patterns.append(re.compile(text.encode(), re.IGNORECASE))
    for word in typed_words():
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            pattern = re.escape(word.encode(encoding))
            patterns.append(re.compile(pattern, re.IGNORECASE))
    for digest in planted.digests:
        patterns.append(re.compile(digest.encode(), re.IGNORECASE))
    return tuple(patterns)


def look(roots: list[Path], planted: Planted) -> tuple[list[Leak], int, int]:
    """Return what was found below `roots`, how many files were read, and their bytes.

    What was planted itself is left out, and whole images that a library was given in an
    archive: README says that it keeps them.
    """
    leaks: list[Leak] = []
    num_files = num_bytes = 0
    patterns = looked_for(planted)
    for path in written_files(roots, planted.folder):
        if "imported" in path.parts:
            continue
        data = path.read_bytes()
        num_files += 1
        num_bytes += len(data)
        wanted = (*patterns, _NAMES) if "logs" in path.parts else patterns
        found = {match for text in views(data) for match in search(text, wanted)}
        for match in sorted(found):
            is_name = match.casefold().startswith(FILE_WORD)
            other = "name of a file" if is_name else "part of an identifier"
            place = planted.identifiers.get(match.upper(), other)
            leaks.append(Leak(match, place, str(path)))
    return leaks, num_files, num_bytes


def written_files(roots: list[Path], planted: Path) -> Iterator[Path]:
    """Yield every file below `roots` that is not one of the planted ones."""
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink() and planted not in path.parents:
                yield path


def search(data: bytes, patterns: tuple[re.Pattern[bytes], ...]) -> set[str]:
    """Return the identifiers in bytes, in whichever of the encodings."""
    found = set()
    wide = (data[start::2] for start in (0, 1)) if b"\0" in data else ()
    for text in (data, *wide):
        for pattern in patterns:
            found |= {
                match.decode("utf-8", "replace") for match in pattern.findall(text)
            }
    return found


def views(data: bytes) -> Iterator[bytes]:
    """Yield a file as it is, and what is packed in it."""
    yield data
    if data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from views(archive.read(name))
    elif data.startswith(b"SQLite format 3"):
        yield _tables(data)
    elif data.startswith(b"\x89HDF"):
        yield _arrays(data)
    elif data.startswith(b"\x89PNG"):
        yield from _png_texts(data)
    elif data[:1] in b"[{":
        yield _unescaped(data)


def others_can_read(roots: list[Path], planted: Path) -> list[Path]:
    """Return files, and folders of the program's own, that are not private."""
    files = [
        path
        for path in written_files(roots, planted)
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    folders = [
        path
        for root in roots
        for path in root.rglob("*")
        if path.is_dir()
        and planted not in (path, *path.parents)
        and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    return files + folders


def _date_forms(date: str) -> tuple[str, ...]:
    year, month, day = date[:4], date[4:6], date[6:]
    return (
        date,
        f"{year}-{month}-{day}",
        f"{year}.{month}.{day}",
        f"{day}.{month}.{year}",
        f"{month}/{day}/{year}",
        f"{int(day)}.{int(month)}.{year}",
    )


def _tables(data: bytes) -> bytes:
    parts: list[bytes] = []
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(data)
        names = [
            row[0]
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
        ]
        for name in names:
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                parts += [
                    value if isinstance(value, bytes) else str(value).encode()
                    for value in row
                ]
    return b"\n".join(parts)


def _arrays(data: bytes) -> bytes:
    parts: list[bytes] = []

    def note(name: str, node: h5py.Dataset | h5py.Group) -> None:
        parts.append(name.encode())
        parts.extend(str(value).encode() for value in node.attrs.values())
        if isinstance(node, h5py.Dataset) and node.dtype.kind in "OSU":
            parts.extend(str(value).encode() for value in np.ravel(node[()]))

    with h5py.File(io.BytesIO(data), "r") as file:
        note("", file)
        file.visititems(note)
    return b"\n".join(parts)


def _png_texts(data: bytes) -> Iterator[bytes]:
    place = 8
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind in {b"zTXt", b"iTXt", b"eXIf"}:
            body = data[place + 8 : place + 8 + length]
            yield body
            packed = body.partition(b"\0")[2][1:]
            try:
                yield zlib.decompress(packed)
            except zlib.error:
                yield packed
        place += 12 + length


def _unescaped(data: bytes) -> bytes:
    """Return the texts of a JSON file with their escapes undone."""
    try:
        return json.dumps(json.loads(data), ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        )
    except ValueError:  # lines of JSON, or something else
        return data
