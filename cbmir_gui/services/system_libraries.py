"""Which system libraries the window needs on Linux, and which are missing.

The wheels of Qt bring Qt, but not what Qt itself is linked against. Without these
the import of PySide6 fails with the name of a file; a user needs that of a package.
"""

import ctypes
import os
import sys

_BASE = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
_X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def has_display() -> bool:
    """Whether a window can be shown; always so on Windows and macOS."""
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def missing_packages(with_x11: bool) -> tuple[str, ...]:
    """Return the Debian packages of the libraries that cannot be loaded, sorted.

    Parameters
    ----------
    with_x11
        Look also for what a window on an X11 display needs.
    """
    if sys.platform != "linux":
        return ()
    libraries = _BASE | _X11 if with_x11 else _BASE
    missing = {
        package for library, package in libraries.items() if not _can_load(library)
    }
    return tuple(sorted(missing))


def describe_missing(packages: tuple[str, ...]) -> str:
    """Say in one line what to install."""
    return (
        f"The window needs system libraries that are not installed. "
        f"Run: sudo apt-get install {' '.join(packages)}"
    )


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
