"""ZIP archives from outside: what is unpacked, what is not, and why."""

import os
import stat
import struct
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from cbmir_gui.core.errors import Cancelled, DataError
from cbmir_gui.core.records import FailedFile
from cbmir_gui.sources import archive_opening, archives
from cbmir_gui.sources.archives import list_archive, unpack

posix = pytest.mark.skipif(os.name == "nt", reason="modes of files are POSIX")


class Tried:
    """An archive that was unpacked into a folder."""

    def __init__(self, archive: Path, folder: Path) -> None:
        self.failed: list[FailedFile] = []
        self.listing = list_archive(archive, folder, self.failed.append)
        self.written = unpack(archive, self.listing.members, folder, self.failed.append)
        self.names = sorted(
            path.relative_to(folder).as_posix() for path in self.written
        )
        self.reasons = {Path(entry.path).name: entry.reason for entry in self.failed}


def write_zip(path: Path, **contents: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return an empty folder with something beside it that must stay as it is."""
    (tmp_path / "outside").mkdir()
    folder = tmp_path / "outside" / "inside"
    folder.mkdir()
    return folder


def test_files_come_out_as_they_went_in(tmp_path: Path, place: Path) -> None:
    contents = {"a/b/1.dcm": b"\0\1" * 5000, "2 ä.png": b"", "a/3": b"x"}
    tried = Tried(write_zip(tmp_path / "x.zip", **contents), place)
    assert tried.names == ["2 ä.png", "a/3", "a/b/1.dcm"]
    assert {name: (place / name).read_bytes() for name in tried.names} == contents
    assert tried.failed == []


@posix
def test_only_the_user_may_read_them(tmp_path: Path, place: Path) -> None:
    Tried(write_zip(tmp_path / "x.zip", **{"a/b": b"1"}), place / "new")
    modes = [path.stat().st_mode & 0o777 for path in (place / "new").rglob("*")]
    assert sorted(modes) == [0o600, 0o700]
    assert (place / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/evil", "a/..", "C:/evil", "..\\evil", "a//evil", "."],
)
def test_no_name_leads_out(name: str, tmp_path: Path, place: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", **{name: b"1", "good": b"2"})
    tried = Tried(archive, place)
    assert tried.names == ["good"]
    assert [entry.reason for entry in tried.failed] == [
        "its name leads out of the archive, or is no name at all"
    ]
    assert [path.name for path in place.parent.rglob("*")] == ["inside", "good"]


def test_links_are_passed_over(tmp_path: Path, place: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good", "1")
    tried = Tried(tmp_path / "x.zip", place)
    assert tried.names == ["good"]
    assert tried.reasons == {"link": "it is a link or a device, not a file"}


def test_archives_inside_stay_closed(tmp_path: Path, place: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", a=b"1").read_bytes()
    tried = Tried(write_zip(tmp_path / "x.zip", **{"b/inner.ZIP": inner}), place)
    assert tried.names == []
    assert tried.reasons["inner.ZIP"].startswith("it is an archive inside")


def test_what_file_managers_leave_is_not_mentioned(tmp_path: Path, place: Path) -> None:
    names = ("__MACOSX/._a", ".DS_Store", "a/Thumbs.db", ".hidden/a", "good")
    tried = Tried(write_zip(tmp_path / "x.zip", **dict.fromkeys(names, b"1")), place)
    assert (tried.names, tried.failed) == (["good"], [])


def test_of_two_files_of_one_name_the_first_comes_out(
    tmp_path: Path, place: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a/1", b"first")
        archive.writestr("A/1", b"second")
        archive.writestr("a", b"a file where a folder is")
    tried = Tried(tmp_path / "x.zip", place)
    assert (place / "a" / "1").read_bytes() == b"first"
    assert tried.names == ["a/1"]
    assert set(tried.reasons.values()) == {"the archive has another file of this name"}


def test_encrypted_and_rare_members_are_named(tmp_path: Path, place: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("rare", b"1" * 100, zipfile.ZIP_LZMA)
        archive.writestr("secret", b"2")
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    tried = Tried(tmp_path / "x.zip", place)
    assert tried.reasons == {
        "rare": "it is compressed in a way that is not read",
        "secret": "it is encrypted",
    }


def test_a_member_that_holds_more_than_it_says_is_damaged(
    tmp_path: Path, place: Path
) -> None:
    path = write_zip(tmp_path / "x.zip", liar=b"\0" * 100_000, good=b"1")
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", data, data.index(signature) + offset, 1000)
    path.write_bytes(data)
    tried = Tried(path, place)
    assert tried.names == ["good"]
    assert tried.reasons["liar"].startswith("it is damaged inside the archive")
    assert not (place / "liar").exists()


def test_damage_spoils_one_member_only(tmp_path: Path, place: Path) -> None:
    noise = os.urandom(5000)
    path = write_zip(tmp_path / "x.zip", first=noise, second=b"1")
    data = bytearray(path.read_bytes())
    data[500] ^= 0xFF
    path.write_bytes(data)
    tried = Tried(path, place)
    assert tried.names == ["second"]
    assert sorted(path.name for path in place.iterdir()) == ["second"]


@pytest.mark.parametrize(
    ("module", "limit", "value", "words"),
    [
        (archive_opening, "MAX_MEMBERS", 2, "it holds 3 files"),
        (archives, "MAX_TOTAL_BYTES", 250, "it holds 0 GiB"),
        (archive_opening, "MAX_DIRECTORY_BYTES", 100, "it holds 3 files"),
    ],
)
def test_an_archive_beyond_a_limit_is_not_unpacked(
    module: ModuleType,
    limit: str,
    value: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write_zip(tmp_path / "x.zip", a=b"1" * 100, b=b"2" * 100, c=b"3" * 100)
    monkeypatch.setattr(module, limit, value)
    with pytest.raises(DataError, match=words):
        list_archive(path, tmp_path, pytest.fail)


def test_members_beyond_a_limit_are_named(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "x.zip", bomb=b"\0" * 500_000, good=os.urandom(2000))
    monkeypatch.setattr(archives, "RATIO_FROM_BYTES", 1000)
    tried = Tried(path, place)
    assert tried.names == ["good"]
    assert tried.reasons["bomb"].startswith("it is compressed so strongly")
    monkeypatch.setattr(archives, "MAX_MEMBER_BYTES", 1000)
    assert "500,000 bytes" in Tried(path, place / "b").reasons["bomb"]


def test_an_archive_that_grows_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = {str(number): b"\0" * 50_000 for number in range(9)}
    path = write_zip(tmp_path / "x.zip", **many)
    monkeypatch.setattr(archives, "TRAP_FROM_BYTES", 400_000)
    monkeypatch.setattr(archives, "MAX_RATIO", 100)
    with pytest.raises(DataError, match="0 MiB come out of it"):
        list_archive(path, tmp_path, pytest.fail)


def test_a_full_disk_is_said_before(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "x.zip", a=b"1")
    monkeypatch.setattr(archives, "SPARE_BYTES", 2**62)
    listing = list_archive(path, tmp_path, pytest.fail)
    with pytest.raises(DataError, match="not enough room"):
        unpack(path, listing.members, place, pytest.fail)


LONG_NAMES = ("/".join(["d" * 200] * 21), "n" * 256, "ä" * 128, "f/" * 60 + "x")


@pytest.mark.parametrize("name", LONG_NAMES, ids=["path", "name", "bytes", "depth"])
def test_a_name_that_is_too_long_spoils_one_member_only(
    name: str, tmp_path: Path, place: Path
) -> None:
    tried = Tried(write_zip(tmp_path / "x.zip", **{name: b"1", "good": b"2"}), place)
    assert tried.names == ["good"]
    (failed,) = tried.failed
    assert failed.reason.startswith("its name is too long")


@posix
def test_the_place_counts_for_the_length_of_a_name(tmp_path: Path) -> None:
    name = "/".join(["d" * 200] * 12)
    path = write_zip(tmp_path / "x.zip", **{name: b"1"})
    assert list_archive(path, tmp_path, pytest.fail).members
    failed: list[FailedFile] = []
    far = tmp_path.joinpath(*["p" * 250] * 6)
    assert not list_archive(path, far, failed.append).members
    assert len(failed) == 1


def test_a_disk_that_takes_shorter_names_spoils_one_member_only(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_NAME_BYTES", 1000)
    name = "n" * 300
    tried = Tried(write_zip(tmp_path / "x.zip", **{name: b"1", "good": b"2"}), place)
    assert tried.names == ["good"]
    assert tried.reasons[name].startswith("its name is too long")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello" * 100])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"'x\.zip' cannot be read"):
        list_archive(tmp_path / "x.zip", tmp_path, pytest.fail)


def test_unpacking_can_be_stopped(tmp_path: Path, place: Path) -> None:
    path = write_zip(tmp_path / "x.zip", a=b"1", b=b"2")
    listing = list_archive(path, tmp_path, pytest.fail)

    def stop(done: int, total: int, text: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        unpack(path, listing.members, place, pytest.fail, stop)


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    first = write_zip(tmp_path / "x.zip", a=b"1")
    same = write_zip(tmp_path / "y.zip", a=b"1")
    other = write_zip(tmp_path / "z.zip", a=b"2")
    prints = [
        list_archive(path, tmp_path, pytest.fail).fingerprint
        for path in (first, same, other)
    ]
    assert prints[0] == prints[1] != prints[2]
