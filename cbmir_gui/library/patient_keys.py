"""What a library stores of a patient or a group: a hash with the library's own key.

Groups are often patient ids, and nothing but their equality matters.
"""

import hashlib
import hmac
import re

_GROUP_KEY = re.compile(r"group-[0-9a-f]{64}")


def patient_key(patient_digest: str, key: bytes) -> str:
    """Return what stands for a patient.

    Parameters
    ----------
    patient_digest
        `ImageInfo.patient_digest`; "" gives "".
    key
        The library's `patient_hash_key`.
    """
    return _keyed_hash(patient_digest, key) if patient_digest else ""


def group_key(group: str, key: bytes) -> str:
    """Return what stands for a group; it is no patient's key.

    What stands for one already, in this library or another, stays: a library that was
    exported knows its groups again.
    """
    if not group or _GROUP_KEY.fullmatch(group):
        return group
    return f"group-{_keyed_hash(f'group {group}', key)}"


def group_of_patient(patient_key: str) -> str:
    """Return the group of an image that was given none: its patient."""
    return f"group-{patient_key}" if patient_key else ""


def _keyed_hash(text: str, key: bytes) -> str:
    # A manifest may hold bytes that are no text.
    message = text.encode("utf-8", "surrogateescape")
    return hmac.new(key, message, hashlib.sha256).hexdigest()
