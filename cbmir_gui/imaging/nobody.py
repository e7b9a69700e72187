"""What stands in files in the place of a patient's name or id."""

import re

_NOBODY = frozenset(
    {"", "0", "ANON", "ANONYM", "ANONYMISED", "ANONYMIZED", "ANONYMOUS", "DEIDENTIFIED"}
    | {"DE-IDENTIFIED", "NA", "N/A", "NO NAME", "NONAME", "NOID", "NONE", "REMOVED"}
    | {"PATIENT", "UNKNOWN", "X", "XX", "XXX", "XXXX", "XXXXX", "XXXXXX"}
)


def is_nobody(value: str) -> bool:
    """Tell whether a name or an id names nobody.

    Files without an identity often share a word in its place: that makes them no
    patient of one. They may do so in each component of a name.
    """
    spaced = re.sub(r"[\s^=,]+", " ", value.upper()).strip()
    return spaced in _NOBODY or all(word in _NOBODY for word in spaced.split())
