"""Which images of a library a user means: by file, by image_id, or by class."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from cbmir_gui.core.errors import LibraryError
from cbmir_gui.library.catalogue import Catalogue


def select_images(
    folder: Path, names: Sequence[str] = (), class_name: str | None = None
) -> tuple[str, ...]:
    """Return the ids of the images that are meant, each once.

    Parameters
    ----------
    names
        Paths of files, or image_ids.
    class_name
        All images of this class too; None: no class is meant.

    Raises
    ------
    LibraryError
        The library cannot be read, or has no image that is meant by one of them.
    """
    with Catalogue.open(folder) as catalogue:
        chosen = _named(catalogue, names) if names else {}
        if class_name is not None:
            chosen |= dict.fromkeys(_of_class(catalogue, class_name))
    return tuple(chosen)


def _named(catalogue: Catalogue, names: Sequence[str]) -> dict[str, None]:
    by_path: dict[str, list[str]] = defaultdict(list)
    for record in catalogue.records():
        paths = catalogue.paths(record.image_id) if record.num_paths > 1 else ()
        for path in {record.path, *paths}:
            by_path[path].append(record.image_id)
    chosen: dict[str, None] = {}
    for name in names:
        is_id = catalogue.has_image(name)
        found = [name] if is_id else by_path.get(str(Path(name).absolute()))
        if not found:
            raise LibraryError(
                f"The library '{catalogue.name}' has no image '{Path(name).name}'. "
                f"Name a file that was added to it, or an image_id that a search "
                f"printed."
            )
        chosen |= dict.fromkeys(found)
    return chosen


def _of_class(catalogue: Catalogue, class_name: str) -> list[str]:
    records = catalogue.records(class_name=class_name)
    if not records:
        classes = ", ".join(filter(None, catalogue.class_counts())) or "none"
        raise LibraryError(
            f"The library '{catalogue.name}' has no images of the class "
            f"'{class_name}'. Its classes: {classes}."
        )
    return [record.image_id for record in records]
