"""A trained model as one file.

A ``.cbmir`` file is a zip file with the files of the model's folder and nothing else::

    card.json  weights.h5  [history.csv]  [curves.png]
"""

import importlib.util
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from cbmir_gui.core.errors import ModelError, StorageError
from cbmir_gui.core.json_types import to_json
from cbmir_gui.networks import model_store
from cbmir_gui.networks.card import CARD_FILE, MAX_CARD_BYTES
from cbmir_gui.networks.weights_file import MAX_FILE_BYTES

Form = Literal["cbmir", "keras", "onnx", "card"]
FORMS: tuple[Form, ...] = get_args(Form)
FORM_OF_SUFFIX: dict[str, Form] = {
    ".cbmir": "cbmir",
    ".zip": "cbmir",
    ".keras": "keras",
    ".onnx": "onnx",
    ".json": "card",
}
_ONNX_CONVERTERS = ("tf2onnx", "onnx")
MAX_MEMBER_BYTES = {
    CARD_FILE: MAX_CARD_BYTES,
    model_store.WEIGHTS_FILE: MAX_FILE_BYTES,
    "history.csv": 2**20,
    "curves.png": 16 * 2**20,
}


def form_of(out: Path) -> Form:
    """Return the form that a file's name ends like.

    Raises
    ------
    ModelError
        It ends otherwise.
    """
    form = FORM_OF_SUFFIX.get(out.suffix.lower())
    if form is None:
        endings = ", ".join(FORM_OF_SUFFIX)
        raise ModelError(
            f"A model cannot be written to '{out.name}'. Let the name end with one of "
            f"{endings}."
        )
    return form


def export_model(name: str, out: Path, form: str = "") -> None:
    """Write a model to one file; verified first.

    Parameters
    ----------
    out
        Nothing may be there.
    form
        cbmir: all of the model, for `model_import`. keras: the network for Keras.
        onnx: the network for other frameworks. card: what the model is, as JSON text.
        Empty: as the file's name ends.

    Raises
    ------
    ModelError
        The model cannot be used, `out` is there already, there is no such form, or
        ONNX's converter is not installed.
    StorageError
        The file cannot be written.
    """
    form = form or form_of(out)
    write = _writer(form)
    if out.exists():
        raise ModelError(
            f"There is already a file '{out.name}'. Choose another name, or delete it."
        )
    if form == "onnx":
        _require_onnx_converters()
    if form != "card":
        model_store.verify_model(name)
    # Keras looks at how the name ends.
    temporary = out.with_name(f".{out.stem}.{os.getpid()}.new.keras")
    try:
        write(name, temporary)
        temporary.replace(out)
    except OSError as error:
        raise StorageError(f"'{out.name}'", error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _writer(form: str) -> Callable[[str, Path], None]:
    writers: dict[str, Callable[[str, Path], None]] = {
        "cbmir": _write_archive,
        "keras": _write_keras,
        "onnx": _write_onnx,
        "card": _write_card,
    }
    if form not in writers:
        raise ModelError(
            f"A model cannot be exported as '{form}'. Choose one of: "
            f"{', '.join(FORMS)}."
        )
    return writers[form]


def _write_archive(name: str, path: Path) -> None:
    folder = model_store.find_model(name)
    # The weights hardly shrink; storing them is as good and much faster.
    with zipfile.ZipFile(
        path, "w", zipfile.ZIP_STORED, strict_timestamps=False
    ) as archive:
        for file_name in MAX_MEMBER_BYTES:
            if (folder / file_name).is_file():
                archive.write(folder / file_name, file_name)


def _write_card(name: str, path: Path) -> None:
    card = to_json(model_store.load_card(name))
    text = json.dumps(card, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _write_keras(name: str, path: Path) -> None:
    from cbmir_gui.networks.export import write_keras

    write_keras(name, path)


def _write_onnx(name: str, path: Path) -> None:
    from cbmir_gui.networks.export import write_onnx

    write_onnx(name, path)


def _require_onnx_converters() -> None:
    """Look before Keras is loaded for nothing."""
    missing = [n for n in _ONNX_CONVERTERS if importlib.util.find_spec(n) is None]
    if missing:
        raise ModelError(
            f"Writing ONNX needs the packages {' and '.join(_ONNX_CONVERTERS)}, but "
            f"{' and '.join(missing)} cannot be found. Install them where this program "
            f"is installed: pip install '.[onnx]'."
        )
