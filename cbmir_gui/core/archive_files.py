"""Which files are taken for archives of images, in the window and behind it."""

from pathlib import Path

_SIGNATURE = b"PK\x03\x04"


def is_archive(path: Path) -> bool:
    """Tell by its name, or without a suffix by its start, if a file is a ZIP archive.

    Documents of many programs are ZIP archives, too, but nobody means their parts.
    """
    suffix = path.suffix.lower()
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as stream:
            starts_so = stream.read(len(_SIGNATURE)) == _SIGNATURE
        return suffix == ".zip" or (not suffix and starts_so)
    except OSError:
        return False
