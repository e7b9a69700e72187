"""What pydicom may say and raise while it reads a file that may hold anything."""

import contextlib
import logging
import warnings
from collections.abc import Iterator

import pydicom.config

from cbmir_gui.core.errors import CbmirError, DamagedImageError
from cbmir_gui.imaging.dicom_header import EXPORT_AGAIN

# Values are judged here, one by one; pydicom's warnings and log lines quote them,
# and they may be a patient's.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)


@contextlib.contextmanager
def translated_errors(file_name: str) -> Iterator[None]:
    """Turn whatever pydicom raises in the block into a `DamagedImageError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (CbmirError, MemoryError):
        raise
    except Exception as error:  # pydicom and the codecs raise anything at all
        raise DamagedImageError(
            file_name, "its DICOM data are damaged or not as declared", EXPORT_AGAIN
        ) from error
