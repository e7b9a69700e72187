"""Look whether everything is there that the program needs, and what to do if not."""

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import psutil

from cbmir_gui.core import paths
from cbmir_gui.core.errors import CbmirError
from cbmir_gui.core.records import ModelInfo
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.networks.precision import BFLOAT16_FLAGS, compute_dtype, cpu_flags
from cbmir_gui.services.models import list_models
from cbmir_gui.services.system_libraries import (
    describe_missing,
    has_display,
    missing_packages,
)

Status = Literal["ok", "warning", "failed"]

# Least versions; those of keras and pydicom close published vulnerabilities.
PACKAGES = {
    "numpy": (2, 0),
    "h5py": (3, 12),
    "keras": (3, 13, 2),
    "pydicom": (3, 0, 2),
    "matplotlib": (3, 9),
    "platformdirs": (4, 2),
    "psutil": (6,),
    "opencv-python-headless": (4, 10),
    "PySide6-Essentials": (6, 8),
}
# PySide6 6.12.0 loses a reference on every signal and aborts after some hundred.
_FIRST_BAD_PYSIDE = (6, 12)
_TENSORFLOW = ("tensorflow", "tensorflow-cpu")
_PLUGINS = {
    "PIL": ("pillow", "JPEG"),
    "gdcm": ("python-gdcm", "lossless JPEG"),
    "openjpeg": ("pylibjpeg-openjpeg", "JPEG 2000"),
    "jpeg_ls": ("pyjpegls", "JPEG-LS"),
}
_LOW_DISK_BYTES = 2 * 2**30
_LEAST_DISK_BYTES = 200 * 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    status: Status
    detail: str
    cure: str = ""
    """What to do about it; empty if it is ok."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was looked at."""

    ok: bool
    """Nothing failed; warnings do not count."""
    precision: str
    """Arithmetic of the networks: bfloat16 or float32."""
    checks: tuple[Check, ...]


def examine() -> Report:
    """Look at everything; starts the decoder process once, and no network."""
    checks = (
        check_python(),
        *check_packages(),
        check_processor(),
        check_plugins(),
        check_decoder(),
        check_models(list_models()),
        check_display(),
        *check_folders(),
        check_disk(),
    )
    ok = all(check.status != "failed" for check in checks)
    return Report(ok, compute_dtype(), checks)


def check_python() -> Check:
    """Check the interpreter."""
    detail = (
        f"{platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"cbmir {metadata.version('cbmir')}"
    )
    if (3, 11) <= sys.version_info < (3, 14):
        return Check("Python", "ok", detail)
    return Check("Python", "warning", detail, "Use Python 3.11, 3.12 or 3.13.")


def check_packages() -> Iterator[Check]:
    """Check versions without importing anything."""
    for name, least in PACKAGES.items():
        yield check_package(name, installed_version(name), least)
    found = {name: installed_version(name) for name in _TENSORFLOW}
    present = [f"{name} {version}" for name, version in found.items() if version]
    if present:
        yield Check("TensorFlow", "ok", ", ".join(present))
    else:
        yield Check(
            "TensorFlow", "failed", "not installed", "Install the program anew."
        )
    if installed_version("opencv-python"):
        yield Check(
            "opencv-python",
            "warning",
            "installed; its own Qt plugins disturb the window",
            "Run: pip uninstall opencv-python; pip install --force-reinstall "
            "opencv-python-headless",
        )


def check_package(name: str, version: str, least: tuple[int, ...]) -> Check:
    """Compare an installed version (empty: none) with the least one."""
    wanted = ".".join(map(str, least))
    cure = f"Run: pip install '{name}>={wanted}'"
    if not version:
        return Check(name, "failed", "not installed", cure)
    numbers = parse_version(version)
    if numbers < least:
        return Check(name, "failed", f"{version}, needs {wanted} or newer", cure)
    if name == "PySide6-Essentials" and numbers >= _FIRST_BAD_PYSIDE:
        return Check(
            name, "failed", version, "Run: pip install 'PySide6-Essentials<6.12'"
        )
    return Check(name, "ok", version)


def installed_version(name: str) -> str:
    """Return the version of an installed distribution; empty if there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def parse_version(version: str) -> tuple[int, ...]:
    """Return the leading numbers: ``3.13.2rc1`` is (3, 13)."""
    numbers = []
    for part in version.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def check_processor() -> Check:
    """Say which arithmetic the networks use, and why."""
    found = sorted(BFLOAT16_FLAGS & cpu_flags())
    native = f"bfloat16 in hardware ({', '.join(found)})" if found else "no bfloat16"
    memory_gib = psutil.virtual_memory().total / 2**30
    detail = (
        f"{os.cpu_count()} cores, {memory_gib:.0f} GiB memory, {native}; "
        f"networks compute in {compute_dtype()}"
    )
    return Check("Processor", "ok", detail)


def check_plugins() -> Check:
    """Check the decoders of compressed DICOM pixels."""
    missing = [
        f"{distribution} ({what})"
        for module, (distribution, what) in _PLUGINS.items()
        if importlib.util.find_spec(module) is None
    ]
    if missing:
        names = " ".join(entry.split()[0] for entry in missing)
        return Check(
            "DICOM plugins",
            "warning",
            f"missing: {', '.join(missing)}",
            f"Run: pip install {names}",
        )
    optional = importlib.util.find_spec("libjpeg") is not None
    extra = "with" if optional else "without"
    return Check(
        "DICOM plugins",
        "ok",
        f"JPEG, lossless JPEG, JPEG 2000, JPEG-LS, RLE ({extra} the optional "
        f"GPL-3 'jpeg-gpl')",
    )


def check_decoder() -> Check:
    """Start the decoder process once."""
    try:
        with DecoderClient() as decoder:
            decoder.start()
    except CbmirError as error:
        return Check("Decoder", "failed", str(error), "Install the program anew.")
    return Check("Decoder", "ok", "the decoder process starts")


def check_models(models: Sequence[ModelInfo]) -> Check:
    """Check that there is a trained model, and that cards and files are whole."""
    broken = [f"{model.name}: {model.problem}" for model in models if model.problem]
    if broken:
        cure = "Run 'cbmir models verify NAME', or delete it and import it again."
        return Check("Trained models", "warning", "; ".join(broken), cure)
    if not models:
        cure = "Train one with 'cbmir train', or import one with 'cbmir models import'."
        return Check("Trained models", "warning", "there are none", cure)
    return Check("Trained models", "ok", ", ".join(model.name for model in models))


def check_display() -> Check:
    """Check what the window needs of the system."""
    packages = missing_packages(with_x11=has_display())
    if packages:
        return Check(
            "Window",
            "failed" if has_display() else "warning",
            f"system libraries are missing: {', '.join(packages)}",
            describe_missing(packages),
        )
    if not has_display():
        return Check(
            "Window",
            "warning",
            "there is no display (DISPLAY and WAYLAND_DISPLAY are not set)",
            "The command line works without; 'cbmir-gui' then works offscreen.",
        )
    return Check("Window", "ok", "display and system libraries are there")


def check_folders() -> Iterator[Check]:
    """Check that the program's folders can be written."""
    for name, folder in (
        ("Libraries", paths.libraries_dir()),
        ("Models", paths.models_dir()),
        ("Logs", paths.logs_dir()),
    ):
        if os.access(existing_parent(folder), os.W_OK):
            yield Check(name, "ok", str(folder))
        else:
            yield Check(
                name,
                "failed",
                f"{folder} cannot be written",
                "Change its permissions, or set CBMIR_HOME to another folder.",
            )


def check_disk() -> Check:
    """Check the free space where libraries are kept."""
    free = shutil.disk_usage(existing_parent(paths.libraries_dir())).free
    detail = f"{free / 2**30:.1f} GiB free"
    cure = "Free some space, or set CBMIR_HOME to a folder on another disk."
    if free < _LEAST_DISK_BYTES:
        return Check("Disk", "failed", detail, cure)
    if free < _LOW_DISK_BYTES:
        return Check("Disk", "warning", detail, cure)
    return Check("Disk", "ok", detail)


def existing_parent(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
