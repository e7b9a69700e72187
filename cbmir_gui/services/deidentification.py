"""Write DICOM images without their patients to a folder for others.

The new names are numbers: the old ones may be those of patients. No list of which file
became which is written, because it would undo the work.
"""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from cbmir_gui.core.durability import (
    make_folder,
    rename_and_sync,
    storage_errors,
    temporary_name,
    write_and_sync,
)
from cbmir_gui.core.errors import Cancelled, ImageReadError
from cbmir_gui.core.patient_records import (
    DeidentifiedFile,
    DeidentifyRequest,
    DeidentifySummary,
)
from cbmir_gui.core.progress import Progress, no_progress
from cbmir_gui.core.records import FailedFile
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.patient_files import ask_deidentified

KEY_BYTES = 32
_MODE = 0o600


def deidentify_files(
    request: DeidentifyRequest,
    decoder: DecoderClient,
    progress: Progress = no_progress,
) -> DeidentifySummary:
    """Write each file once, by the basic profile of DICOM PS3.15.

    Patients, studies, series and references between files stay recognisable within one
    call, under new names and UIDs; those of two calls have nothing in common.

    Parameters
    ----------
    progress
        May raise `Cancelled`: the summary then says so, and what is written stays.

    Raises
    ------
    StorageError
        The folder cannot be written.
    EngineError
        The decoder cannot be started.
    """
    folder = Path(request.folder).absolute()
    paths = list(dict.fromkeys(request.paths))
    key = secrets.token_bytes(KEY_BYTES)
    written: list[DeidentifiedFile] = []
    failed: list[FailedFile] = []
    with storage_errors(f"The folder '{folder.name}'"):
        make_folder(folder, mode=0o700)
    names = _free_names(folder)
    try:
        for done, path in enumerate(paths):
            progress(done, len(paths), "Removing patient data")
            try:
                data, burned_in = ask_deidentified(decoder, Path(path), key)
            except ImageReadError as error:
                failed.append(FailedFile(path, str(error)))
                continue
            target = next(names)
            _write(target, data)
            written.append(DeidentifiedFile(path, str(target), burned_in))
        progress(len(paths), len(paths))
        cancelled = False
    except Cancelled:
        cancelled = True
    return DeidentifySummary(str(folder), tuple(written), tuple(failed), cancelled)


def _free_names(folder: Path) -> Iterator[Path]:
    number = 0
    while True:
        number += 1
        path = folder / f"image-{number:04d}.dcm"
        if not path.exists():
            yield path


def _write(target: Path, data: bytes) -> None:
    temporary = temporary_name(target)
    with storage_errors(f"'{target.name}'"):
        temporary.unlink(missing_ok=True)
        temporary.touch(mode=_MODE, exist_ok=False)
        try:
            write_and_sync(temporary, data)
            rename_and_sync(temporary, target)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
