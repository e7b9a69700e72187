"""Every kind of phantom, and how one is made from a seed."""

import zlib

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.sources.phantoms import (
    abdomen_ct,
    abdomen_ultrasound,
    blood_smear,
    brain_mri,
    breast_ultrasound,
    cardiac_mri,
    chest_ct,
    chest_xray,
    dermoscopy,
    fundus,
    hand_xray,
    head_ct,
    knee_xray,
    leg_mri,
    mammography,
    pet,
    spine_mri,
)
from cbmir_gui.sources.phantoms.phantom import (
    NUM_PATIENTS,
    Drawing,
    Kind,
    Patient,
    Phantom,
)

_CT, _MR = "CTImageStorage", "MRImageStorage"
_DX = "DigitalXRayImageStorageForPresentation"
_MG = "DigitalMammographyXRayImageStorageForPresentation"
_PT, _US = "PositronEmissionTomographyImageStorage", "UltrasoundImageStorage"
_OP = "OphthalmicPhotography8BitImageStorage"
_DCM, _JPG, _PNG = (".dcm",), (".jpg",), (".png",)

_ALL = (
    Kind("abdomen_ct", "CT ABDOMEN", "CT", "ABDOMEN", _CT, _DCM, abdomen_ct.draw),
    Kind(
        "abdomen_ultrasound",
        "US ABDOMEN",
        "US",
        "ABDOMEN",
        _US,
        _DCM,
        abdomen_ultrasound.draw,
    ),
    Kind("blood_smear", "SM BLOOD", "SM", "BLOOD", "", _PNG, blood_smear.draw),
    Kind("brain_mri", "MR BRAIN", "MR", "BRAIN", _MR, _DCM, brain_mri.draw),
    Kind(
        "breast_ultrasound",
        "US BREAST",
        "US",
        "BREAST",
        _US,
        _DCM,
        breast_ultrasound.draw,
    ),
    Kind("cardiac_mri", "MR HEART", "MR", "HEART", _MR, _DCM, cardiac_mri.draw),
    Kind("chest_ct", "CT CHEST", "CT", "CHEST", _CT, _DCM, chest_ct.draw),
    Kind("chest_xray", "DX CHEST", "DX", "CHEST", _DX, _DCM, chest_xray.draw),
    Kind("hand_xray", "DX HAND", "DX", "HAND", _DX, _DCM, hand_xray.draw),
    Kind("head_ct", "CT HEAD", "CT", "HEAD", _CT, _DCM, head_ct.draw),
    Kind("knee_xray", "DX KNEE", "DX", "KNEE", _DX, _DCM, knee_xray.draw),
    Kind("leg_mri", "MR THIGH", "MR", "THIGH", _MR, _DCM, leg_mri.draw),
    Kind("mammography", "MG BREAST", "MG", "BREAST", _MG, _DCM, mammography.draw),
    Kind("pet", "PT WHOLEBODY", "PT", "WHOLEBODY", _PT, _DCM, pet.draw),
    Kind("retinal_fundus", "OP EYE", "OP", "EYE", _OP, _DCM + _JPG, fundus.draw),
    Kind("skin_dermoscopy", "XC SKIN", "XC", "SKIN", "", _JPG, dermoscopy.draw),
    Kind("spine_mri", "MR LSPINE", "MR", "LSPINE", _MR, _DCM, spine_mri.draw),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}


def make_phantom(kind: str, seed: int) -> Phantom:
    """Draw one phantom; the same kind and seed always give the same pixels.

    Seeds that differ by a multiple of `NUM_PATIENTS` show the same patient again.

    Raises
    ------
    KeyError
        No such kind; `KINDS` has them all.
    """
    chosen = KINDS[kind]
    origin = zlib.crc32(kind.encode())
    patient = Patient(
        anatomy=np.random.default_rng((origin, 1, seed % NUM_PATIENTS)),
        exposure=np.random.default_rng((origin, 2, seed)),
    )
    drawing = chosen.draw(patient)
    return Phantom(chosen, seed, _stored(drawing), drawing)


def _stored(drawing: Drawing) -> NDArray[np.uint16]:
    """Round modality values to the integers that a file holds."""
    levels = np.rint((drawing.values - drawing.intercept) / drawing.slope)
    highest = 2**drawing.bits_stored - 1
    return np.asarray(np.clip(levels, 0, highest), np.uint16)
