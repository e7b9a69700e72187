"""Which system libraries are missing."""

import sys

import pytest

from cbmir_gui.services import system_libraries
from cbmir_gui.services.system_libraries import (
    describe_missing,
    has_display,
    missing_packages,
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux lacks libraries of Qt"
)


def test_a_missing_library_is_named_by_its_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = {"libEGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0"}
    monkeypatch.setattr(system_libraries, "_can_load", lambda name: name not in missing)
    assert missing_packages(with_x11=False) == ("libegl1", "libglib2.0-0")


def test_x11_libraries_are_asked_for_only_with_a_display(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        system_libraries, "_can_load", lambda name: not name.startswith("libxcb")
    )
    assert missing_packages(with_x11=False) == ()
    assert "libxcb-cursor0" in missing_packages(with_x11=True)


def test_the_cure_is_one_line() -> None:
    message = describe_missing(("libegl1", "libgl1"))
    assert message.endswith("sudo apt-get install libegl1 libgl1")
    assert "\n" not in message


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_either_display_will_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_display()
    monkeypatch.setenv(name, ":0")
    assert has_display()
