"""Zip files, model cards and whole models of Keras at the door of ``models import``."""

import base64
import hashlib
import io
import json
import marshal
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cbmir_gui.core.paths import models_dir
from cbmir_gui.networks.loading import load_network
from cbmir_gui.services.model_import import import_model
from tests.hostile.conftest import Guard, Trap
from tests.hostile.test_hdf5 import SOUND

Write = Callable[[zipfile.ZipFile, Trap], None]
WEIGHTS = (SOUND / "weights.h5").read_bytes()
CARD = json.loads((SOUND / "card.json").read_text()) | {"name": "evil"}


def write_sound(archive: zipfile.ZipFile, card: bytes = b"") -> None:
    archive.writestr("card.json", card or json.dumps(CARD))
    archive.writestr("weights.h5", WEIGHTS)


def escape(name: str) -> Write:
    def write(archive: zipfile.ZipFile, trap: Trap) -> None:
        write_sound(archive)
        archive.writestr(name.replace("CANARY", str(trap.canary)), b"escaped")

    return write


def link(archive: zipfile.ZipFile, trap: Trap) -> None:
    archive.writestr("card.json", json.dumps(CARD))
    entry = zipfile.ZipInfo("weights.h5")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, str(trap.other))


def link_then_file_behind_it(archive: zipfile.ZipFile, trap: Trap) -> None:
    write_sound(archive)
    entry = zipfile.ZipInfo("folder")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, str(trap.canary.parent))
    archive.writestr("folder/canary", b"escaped")


def duplicate_names(archive: zipfile.ZipFile, _: Trap) -> None:
    write_sound(archive)
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("card.json", json.dumps(CARD | {"name": "other"}))


def bomb(archive: zipfile.ZipFile, _: Trap) -> None:
    archive.writestr("card.json", json.dumps(CARD))
    with archive.open("weights.h5", "w") as stream:
        for _number in range(128):
            stream.write(bytes(2**20))


def card_bomb(archive: zipfile.ZipFile, _: Trap) -> None:
    archive.writestr("card.json", b'{"a": "' + b" " * (64 * 2**20) + b'"}')
    archive.writestr("weights.h5", WEIGHTS)


def nested_archive(archive: zipfile.ZipFile, _: Trap) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as nested:
        write_sound(nested)
    archive.writestr("evil.cbmir", inner.getvalue())


def many_members(archive: zipfile.ZipFile, _: Trap) -> None:
    for number in range(5_000):
        archive.writestr(f"{number}", b"")
    write_sound(archive)


ARCHIVES: dict[str, tuple[Write, str]] = {
    "a path above": (escape("../../canary"), "CVE-2025-12060"),
    "an absolute path": (escape("CANARY"), "CVE-2025-12060"),
    "a path of Windows": (escape("..\\..\\canary"), "CVE-2025-12060"),
    "a drive": (escape("C:\\canary"), "CVE-2025-12060"),
    "a folder": (escape("runs/canary"), "GHSA-hqp4-2352-xf5r"),
    "a module": (escape("__init__.py"), ""),
    "a link": (link, "keras-team/keras#23015"),
    "a link and a file behind it": (link_then_file_behind_it, "keras-team/keras#22973"),
    "duplicate names": (duplicate_names, ""),
    "a bomb": (bomb, "keras-team/keras#23010"),
    "a bomb as card": (card_bomb, "keras-team/keras#23010"),
    "an archive in it": (nested_archive, ""),
    "thousands of members": (many_members, ""),
}


def attempt_import(archive: Path) -> Callable[[], None]:
    def attempt() -> None:
        try:
            import_model(archive)
        finally:
            left = [path.name for path in models_dir().iterdir()]
            assert left == [], "nothing is left of it"

    return attempt


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_is_refused(name: str, guard: Guard, tmp_path: Path) -> None:
    models_dir().mkdir(parents=True)
    write, advisory = ARCHIVES[name]
    path = tmp_path / "evil.cbmir"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive, guard.trap)
    guard.refuses("models import", attempt_import(path), advisory)


def test_a_member_that_lies_about_its_size_is_refused(
    guard: Guard, tmp_path: Path
) -> None:
    models_dir().mkdir(parents=True)
    path = tmp_path / "evil.cbmir"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("card.json", bytes(64 * 2**20))
        archive.writestr("weights.h5", WEIGHTS)
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 500)
    path.write_bytes(data)
    guard.refuses("models import", attempt_import(path), "keras-team/keras#23010")


def test_members_that_overlap_are_refused(guard: Guard, tmp_path: Path) -> None:
    models_dir().mkdir(parents=True)
    path = tmp_path / "evil.cbmir"
    with zipfile.ZipFile(path, "w") as archive:
        write_sound(archive)
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    path.write_bytes(data)
    guard.refuses("models import", attempt_import(path), "CVE-2024-0450")


def lambda_layer(trap: Trap) -> dict[str, Any]:
    code = compile(f"open({str(trap.canary)!r}, 'w')", "lambda", "exec")
    function = {
        "class_name": "__lambda__",
        "config": {
            "code": marshal.dumps(code).hex(),
            "defaults": None,
            "closure": None,
        },
    }
    return {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"name": "evil", "function": function},
    }


def function_of(module: str, name: str) -> Callable[[Trap], dict[str, Any]]:
    def layer(trap: Trap) -> dict[str, Any]:
        function = {
            "module": module,
            "class_name": "function",
            "config": name,
            "registered_name": "function",
        }
        return {
            "module": "keras.layers",
            "class_name": "Lambda",
            "config": {"function": function, "arguments": {"safe_mode": False}},
            "inbound_nodes": [{"args": [], "kwargs": {"inputs": str(trap.canary)}}],
        }

    return layer


def any_callable(trap: Trap) -> dict[str, Any]:
    return {
        "module": "os",
        "class_name": "function",
        "config": "system",
        "registered_name": "system",
        "inbound_nodes": [{"args": [f"touch '{trap.canary}'"], "kwargs": {}}],
    }


def vocabulary_file(trap: Trap) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": "StringLookup",
        "config": {"vocabulary": str(trap.secret)},
    }


def graph_of_tensorflow(trap: Trap) -> dict[str, Any]:
    return {
        "module": "keras.layers",
        "class_name": "TFSMLayer",
        "config": {"filepath": str(trap.other.parent), "call_endpoint": "serve"},
    }


class _Opens:
    """Makes a file when it is read back from a pickle."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self._path), "w")


def module_of_torch(trap: Trap) -> dict[str, Any]:
    module = base64.b64encode(pickle.dumps(_Opens(trap.canary))).decode()
    return {
        "module": "keras.layers",
        "class_name": "TorchModuleWrapper",
        "config": {"name": "evil", "module": module, "output_shape": None},
    }


CONFIGS: dict[str, tuple[Callable[[Trap], dict[str, Any]], str]] = {
    "Lambda layer with code": (lambda_layer, "CVE-2024-3660"),
    "any callable": (any_callable, "CVE-2025-1550"),
    "get_file as a function": (
        function_of("keras.utils", "get_file"),
        "CVE-2025-8747",
    ),
    "safe mode switched off": (
        function_of("keras.config", "enable_unsafe_deserialization"),
        "CVE-2025-9906",
    ),
    "load_model without safe mode": (
        function_of("keras.models", "load_model"),
        "CVE-2025-9906",
    ),
    "vocabulary of a file": (vocabulary_file, "CVE-2025-12058"),
    "a pickled module of Torch": (module_of_torch, "CVE-2025-49655"),
    "a graph of TensorFlow": (graph_of_tensorflow, "CVE-2026-1462"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_of_keras_is_not_taken_in(
    name: str, guard: Guard, tmp_path: Path
) -> None:
    models_dir().mkdir(parents=True)
    make_layer, advisory = CONFIGS[name]
    path = tmp_path / "evil.keras"
    config = {
        "class_name": "Sequential",
        "config": {"layers": [make_layer(guard.trap)]},
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("model.weights.h5", WEIGHTS)
    guard.refuses("models import", attempt_import(path), advisory)


@pytest.mark.parametrize("name", CONFIGS)
def test_code_in_a_card_is_only_text(name: str, guard: Guard) -> None:
    """Every entry of the card that is free may hold a layer; none is built from it."""
    make_layer, advisory = CONFIGS[name]
    layer = make_layer(guard.trap)
    folder = models_dir() / "evil"
    folder.mkdir(parents=True)
    (folder / "weights.h5").write_bytes(WEIGHTS)
    card = CARD | {"training": layer, "metrics": layer, "config": layer}
    (folder / "card.json").write_text(json.dumps(card))
    _, network = guard.survives(
        "trained_models folder", lambda: load_network("evil"), advisory
    )
    assert [type(layer).__name__ for layer in network.layers].count("Lambda") == 0


def card(**changes: Any) -> bytes:
    return json.dumps(CARD | changes).encode()


CARDS: dict[str, bytes] = {
    "a module as architecture": card(architecture="os.system"),
    "a path as architecture": card(architecture="../../evil"),
    "a path as variant": card(variant="../../evil"),
    "a path as name": card(name="../../evil"),
    "an absolute name": card(name="/tmp/evil"),
    "a reserved name": card(name="runs"),
    "a hidden name": card(name=".evil"),
    "an endless name": card(name="e" * 4000),
    "an object as name": card(name={"__class__": "str"}),
    "many classes": card(classes=[str(n) for n in range(200_000)]),
    "a dimension without end": card(layers={"latent": 2**62}),
    "a negative dimension": card(layers={"latent": -48}),
    "an embedding without end": card(
        layers={"embedding": 2**40}, default_layer="embedding"
    ),
    "a huge input": card(input_size_px=2**31),
    "another preprocessing": card(preprocessing="eval"),
    "a newer format": card(format_version=99),
    "no weights hash": card(weights_sha256=""),
    "the hash of other weights": card(weights_sha256="0" * 64),
    "endless nesting": b'{"training": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "an endless number": b'{"input_size_px": ' + b"9" * 100_000 + b"}",
    "no object": b"[]",
    "no JSON": b"\x80\x04\x95\x1a\x00\x00\x00cos\nsystem\n",
    "no UTF-8": b'{"name": "\xff"}',
    "half a surrogate": b'{"name": "\\ud800"}',
}


@pytest.mark.parametrize("name", CARDS)
def test_a_hostile_card_is_refused_on_import(
    name: str, guard: Guard, tmp_path: Path
) -> None:
    models_dir().mkdir(parents=True)
    path = tmp_path / "evil.cbmir"
    with zipfile.ZipFile(path, "w") as archive:
        write_sound(archive, CARDS[name])
    guard.refuses("models import", attempt_import(path))


NAMES = {name for name in CARDS if name.endswith("name") and "reserved" not in name}
FOLDER_DECIDES = {*NAMES, "a reserved name", "half a surrogate"}


@pytest.mark.parametrize("name", sorted(CARDS.keys() - FOLDER_DECIDES))
def test_a_hostile_card_in_the_folder_of_the_models_is_refused(
    name: str, guard: Guard
) -> None:
    folder = models_dir() / "evil"
    folder.mkdir(parents=True)
    (folder / "weights.h5").write_bytes(WEIGHTS)
    (folder / "card.json").write_bytes(CARDS[name])
    guard.refuses("trained_models folder", lambda: load_network("evil"))


def test_the_sound_archive_is_taken_in(guard: Guard, tmp_path: Path) -> None:
    path = tmp_path / "good.cbmir"
    with zipfile.ZipFile(path, "w") as archive:
        write_sound(archive)
    assert guard.survives("models import", lambda: import_model(path)) == "evil"
    assert hashlib.sha256(WEIGHTS).hexdigest() == CARD["weights_sha256"]
