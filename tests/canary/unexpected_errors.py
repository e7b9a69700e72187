"""Lets errors happen that nobody catches, with a patient's data in them.

python unexpected_errors.py FILE
"""

import logging
import sys
import threading
from pathlib import Path

from cbmir_gui.core.logs import open_log
from cbmir_gui.core.privacy import keep_private
from cbmir_gui.imaging.patient import read_patient

keep_private()
open_log("unexpected")
patient = read_patient(Path(sys.argv[1]))
assert patient.name
assert patient.patient_id
assert patient.birth_date


class Unwilling:
    """Cannot be deleted in peace."""

    def __del__(self) -> None:
        raise ValueError(f"{patient.name} is still needed")


def fail() -> None:
    raise KeyError(patient.name)


def fail_with_cause() -> None:
    try:
        fail()
    except KeyError as error:
        raise RuntimeError(f"cannot use {patient.patient_id}") from error


def fail_in_context() -> None:
    try:
        fail()
    except KeyError:
        raise ValueError(patient)  # noqa: B904 - as careless code does


def fail_in_small_letters() -> None:
    raise KeyError(f"no {patient.name.casefold()} in {Path(sys.argv[1]).stem}")


for work in (fail, fail_with_cause, fail_in_context, fail_in_small_letters):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
unwilling = Unwilling()
del unwilling
try:
    fail_with_cause()
except RuntimeError:
    logging.getLogger("somebody").exception("It failed.")
raise OSError(5, f"{patient.name} {patient.birth_date}", f"/x/{patient.name}/1.dcm")
