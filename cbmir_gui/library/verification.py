"""Checking a whole library: what it consists of, and whether its images are there."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cbmir_gui.core.errors import LibraryDamagedError, LibraryUnreadableError
from cbmir_gui.core.progress import Progress
from cbmir_gui.library.catalogue_features import FeatureCatalogue
from cbmir_gui.library.entries import FeatureLayout, KnownFile, Misplaced, SegmentInfo
from cbmir_gui.library.imported import left_overs
from cbmir_gui.library.maintenance import orphans
from cbmir_gui.library.segments import read_image_ids, segment_path, verify_segment


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is not as it should be."""

    num_images: int
    num_segments: int
    num_dead_rows: int
    catalogue: tuple[str, ...]
    """What SQLite says."""
    damaged: tuple[tuple[SegmentInfo, str], ...]
    """Segments, and what is wrong with each."""
    unreadable: tuple[tuple[SegmentInfo, str], ...]
    """Segments that the disk or share does not give now, and what it says."""
    misplaced: tuple[Misplaced, ...]
    has_default: bool
    num_missing: int
    """Images without features of the default extractor."""
    damaged_thumbnails: tuple[str, ...]
    no_thumbnails: tuple[str, ...]
    """image_ids."""
    orphans: tuple[str, ...]
    """Names of files that no commit names; see `all_orphans`."""
    moved: tuple[KnownFile, ...]
    """Images of which no file is where it was, each with its first file."""
    changed: tuple[KnownFile, ...]
    """Images whose only files there are have another size by now."""


def inspect(catalogue: FeatureCatalogue, progress: Progress) -> Findings:
    """Read everything that a library consists of, and look for its images' files.

    Raises
    ------
    LibraryDamagedError
        The catalogue itself cannot be read.
    Cancelled
        `progress` asked to stop.
    """
    segments = catalogue.segments()
    damaged: list[tuple[SegmentInfo, str]] = []
    unreadable: list[tuple[SegmentInfo, str]] = []
    for done, segment in enumerate(segments):
        progress(done, len(segments), "segments")
        path = segment_path(catalogue.folder, segment.extractor.key, segment.number)
        try:
            verify_segment(path, segment, catalogue.folder.name)
        except LibraryDamagedError as error:
            damaged.append((segment, error.cause))
        except LibraryUnreadableError as error:
            unreadable.append((segment, error.cause))
    layouts = [
        layout
        for extractor in catalogue.extractors()
        if (layout := catalogue.feature_layout(extractor.key)) is not None
    ]
    bad = {segment.number for segment, _ in (*damaged, *unreadable)}
    misplaced = [
        found for layout in layouts for found in _misplaced(catalogue, layout, bad)
    ]
    thumbnails = _thumbnails(catalogue, progress)
    moved, changed = _moved(catalogue, progress)
    default = catalogue.default_extractor()
    keys = {info.key for info in catalogue.extractors()}
    num_rows = sum(segment.num_rows for segment in segments)
    return Findings(
        num_images=catalogue.num_images(),
        num_segments=len(segments),
        num_dead_rows=num_rows - sum(len(layout.places) for layout in layouts),
        catalogue=tuple(catalogue.self_check()),
        damaged=tuple(damaged),
        unreadable=tuple(unreadable),
        misplaced=tuple(misplaced),
        has_default=default in keys or (not default and not keys),
        num_missing=catalogue.num_missing(default) if default in keys else 0,
        damaged_thumbnails=tuple(thumbnails["damaged"]),
        no_thumbnails=tuple(thumbnails["none"]),
        orphans=tuple(path.name for path in all_orphans(catalogue)),
        moved=tuple(moved),
        changed=tuple(changed),
    )


def all_orphans(catalogue: FeatureCatalogue) -> list[Path]:
    """Return what interrupted changes have left: features, catalogues, images."""
    return [*orphans(catalogue), *left_overs(catalogue)]


def _misplaced(
    catalogue: FeatureCatalogue, layout: FeatureLayout, bad: set[int]
) -> Iterator[Misplaced]:
    """Compare what catalogue and segments say about which row is whose."""
    folder, key = catalogue.folder, layout.extractor.key
    rows: dict[int, dict[str, int]] = {}
    for segment in layout.segments:
        if segment.number in bad:
            continue  # it is reported as a whole
        # A moment ago it was sound.
        with contextlib.suppress(LibraryDamagedError, LibraryUnreadableError):
            path = segment_path(folder, key, segment.number)
            ids = read_image_ids(path, segment, folder.name)
            rows[segment.number] = {image_id: row for row, image_id in enumerate(ids)}
    known = {segment.number for segment in layout.segments}
    for image_id, (number, row) in zip(layout.image_ids, layout.places, strict=True):
        right = rows.get(number, {}).get(image_id, -1)
        is_checked = number in rows or number not in known
        if is_checked and right != row:
            yield Misplaced(image_id, key, right)


def _thumbnails(
    catalogue: FeatureCatalogue, progress: Progress
) -> dict[str, list[str]]:
    num_images = catalogue.num_images()
    found: dict[str, list[str]] = {"damaged": [], "none": []}
    for done, (image_id, state) in enumerate(catalogue.thumbnail_states()):
        progress(done, num_images, "thumbnails")
        if state in found:
            found[state].append(image_id)
    return found


def _moved(
    catalogue: FeatureCatalogue, progress: Progress
) -> tuple[list[KnownFile], list[KnownFile]]:
    """Return images none of whose files is there, and those whose files changed."""
    files: dict[str, list[KnownFile]] = {}
    for known in catalogue.known_files():
        files.setdefault(known.image_id, []).append(known)
    moved: list[KnownFile] = []
    changed: list[KnownFile] = []
    for done, candidates in enumerate(files.values()):
        progress(done, len(files), "files of the images")
        states = [_state(known) for known in candidates]
        if "sound" in states:
            continue
        (changed if "changed" in states else moved).append(candidates[0])
    return moved, changed


def _state(known: KnownFile) -> str:
    try:
        status = Path(known.file.path).stat()
    except (OSError, ValueError):
        return "moved"
    return "sound" if status.st_size == known.file.size_bytes else "changed"
