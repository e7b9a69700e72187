"""ZIP archives from outside: listed, judged, and unpacked within limits.

Nothing is believed: names must stay below the folder, links and nested archives are
passed over, and no member may hold more than it announces. What is announced is
limited in number, size and ratio before a byte is unpacked; the number, and the
length of the list itself, by `archive_opening`.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.errors import DataError, StorageError
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import FailedFile
from cbmir_gui.sources.archive_opening import DAMAGE, open_archive, refused
from cbmir_gui.sources.folders import OnFailed, is_passed_over

MAX_TOTAL_BYTES = 2**36
MAX_MEMBER_BYTES = 2**31
MAX_RATIO = 200
"""Between a member's size and what it takes in the archive."""
RATIO_FROM_BYTES = 2**26
"""Smaller members may be nearly empty pictures, which shrink to nothing."""
TRAP_FROM_BYTES = 2**30
"""Of all members: beyond it, they may not grow more than `MAX_RATIO` together."""
SPARE_BYTES = 2**29
"""Left free on the disk."""
MAX_DEPTH = 50
"""Folders in folders."""
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4095
_FOLDER_BYTES = 256
"""Room for the name of the folder that an archive is unpacked to, with its "/"."""
_BLOCK_BYTES = 2**20
_TOO_LONG = (
    "its name is too long for the disk, or it lies in too many folders; unpack it by "
    "hand under a shorter name and add it from there"
)
_ARCHIVES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz"})
_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive that may be unpacked."""

    info: zipfile.ZipInfo
    parts: tuple[str, ...]
    """Folders and name, below where it is unpacked."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What an archive holds."""

    members: tuple[Member, ...]
    fingerprint: str
    """Of names, sizes and checksums of all members, in hex."""


def list_archive(path: Path, place: Path, on_failed: OnFailed) -> Listing:
    """Return the members that may be unpacked, in the archive's order.

    Parameters
    ----------
    place
        They will be unpacked to a folder in it.
    on_failed
        Told about each that may not, and why.

    Raises
    ------
    DataError
        It is no ZIP archive, or beyond a limit as a whole.
    """
    with open_archive(path) as archive:
        infos = archive.infolist()
    room = MAX_PATH_BYTES - len(os.fsencode(place.absolute())) - _FOLDER_BYTES - 1
    digest = hashlib.sha256()
    members: dict[tuple[str, ...], Member] = {}
    for info in infos:
        digest.update(f"{info.filename}\0{info.file_size}\0{info.CRC}\0".encode())
        if info.is_dir() or is_passed_over(info.filename):
            continue
        parts = tuple(info.filename.split("/"))
        reason = _refusal(info, parts, room)
        if not reason and tuple(map(str.casefold, parts)) in members:
            reason = "the archive has another file of this name"
        if reason:
            on_failed(FailedFile(str(path / parts[-1]), reason))
        else:
            members[tuple(map(str.casefold, parts))] = Member(info, parts)
    total = sum(member.info.file_size for member in members.values())
    if total > MAX_TOTAL_BYTES:
        raise refused(path, f"it holds {total / 2**30:,.0f} GiB")
    if total > max(TRAP_FROM_BYTES, MAX_RATIO * path.stat().st_size):
        raise refused(path, f"{total / 2**20:,.0f} MiB come out of it")
    return Listing(tuple(members.values()), digest.hexdigest())


def unpack(
    path: Path,
    members: tuple[Member, ...],
    folder: Path,
    on_failed: OnFailed,
    progress: Progress = no_progress,
) -> list[Path]:
    """Write members below `folder`, private to the user; return their paths.

    Parameters
    ----------
    on_failed
        Told about each member that is damaged.
    progress
        Told the MiB that are done; may raise `Cancelled`.

    Raises
    ------
    DataError
        The archive cannot be read any more.
    StorageError
        The disk is full, or `folder` cannot be written to.
    """
    total = sum(member.info.file_size for member in members)
    _require_room(path, folder, total)
    written: list[Path] = []
    done = 0
    text = f"MiB of {path.name} unpacked"
    with open_archive(path) as archive:
        for member in members:
            target = folder.joinpath(*member.parts)
            try:
                _make_folders(folder, target.parent)
                for num_bytes in _copy(archive, member.info, target):
                    done += num_bytes
                    progress(done >> 20, max(total >> 20, 1), text)
                written.append(target)
            except DAMAGE:
                target.unlink(missing_ok=True)
                reason = "it is damaged inside the archive, or longer than announced"
                on_failed(FailedFile(str(path / member.parts[-1]), reason))
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                reason = "the archive has another file of this name"
                on_failed(FailedFile(str(path / member.parts[-1]), reason))
            except OSError as error:
                with contextlib.suppress(OSError):  # the first error is the one to tell
                    target.unlink(missing_ok=True)
                if error.errno == errno.ENAMETOOLONG:  # some disks take less than most
                    on_failed(FailedFile(str(path / member.parts[-1]), _TOO_LONG))
                    continue
                raise StorageError(f"The content of '{path.name}'", error) from error
    return written


def _copy(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path
) -> Iterator[int]:
    """Write one member, and yield the size of each block that was written."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with archive.open(info) as source, os.fdopen(descriptor, "wb") as out:
        left = info.file_size
        while block := source.read(min(_BLOCK_BYTES, left + 1)):
            left -= len(block)
            if left < 0:
                raise zipfile.BadZipFile(info.filename)
            out.write(block)
            yield len(block)
        if left:
            raise zipfile.BadZipFile(info.filename)


def _refusal(info: zipfile.ZipInfo, parts: tuple[str, ...], room_bytes: int) -> str:
    """Return why a member may not be unpacked; empty if it may.

    Parameters
    ----------
    room_bytes
        What its folders and name may have together.
    """
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        return "it is a link or a device, not a file"
    if not all(map(_is_plain, parts)):
        return "its name leads out of the archive, or is no name at all"
    if max(map(_num_bytes, parts)) > MAX_NAME_BYTES or len(parts) > MAX_DEPTH:
        return _TOO_LONG
    if _num_bytes(info.filename) > room_bytes:
        return _TOO_LONG
    if Path(parts[-1]).suffix.lower() in _ARCHIVES:
        return "it is an archive inside the archive; unpack it and add it by itself"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in _COMPRESSIONS:
        return "it is compressed in a way that is not read"
    if info.file_size > MAX_MEMBER_BYTES:
        return f"it has {info.file_size:,} bytes, more than is read"
    is_large = info.file_size > RATIO_FROM_BYTES
    if is_large and info.file_size > MAX_RATIO * info.compress_size:
        return "it is compressed so strongly that it may be a trap"
    return ""


def _num_bytes(name: str) -> int:
    return len(os.fsencode(name))


def _is_plain(part: str) -> bool:
    """Tell whether a component is the name of something in the same folder."""
    if part.strip(". ") == "":
        return False
    return not any(letter in "\\:\0" or ord(letter) < 32 for letter in part)


def _make_folders(root: Path, folder: Path) -> None:
    """Make `folder` below `root`, each step private to the user."""
    if folder != root:
        _make_folders(root, folder.parent)
    # Another process may have swept away what `root` is in, empty as it was.
    folder.mkdir(mode=0o700, parents=folder == root, exist_ok=True)


def _require_room(path: Path, folder: Path, total: int) -> None:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if total + SPARE_BYTES > shutil.disk_usage(existing).free:
        raise DataError(
            f"There is not enough room on the disk for the {total / 2**30:,.1f} GiB in "
            f"'{path.name}'. Delete what is not needed, or unpack the archive on "
            f"another disk and add the folder."
        )
