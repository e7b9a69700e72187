"""What a phantom is: the words that the drawing modules and the writer share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.records import FloatArray

NUM_PATIENTS = 12
"""Patients per kind; two seeds with the same remainder share a patient."""

Photometric = Literal["MONOCHROME1", "MONOCHROME2", "RGB"]
Attributes = Mapping[str, str | float]
"""DICOM attributes by keyword."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """One image in the unit of its modality, before it is rounded for storage."""

    values: FloatArray
    """(height, width) in modality units, or (height, width, 3) RGB from 0 to 255."""
    spacing_mm: float
    window: tuple[float, float] = (0.0, 0.0)
    """Center and width in modality units; width 0: none is written."""
    bits_stored: int = 12
    slope: float = 1.0
    """RescaleSlope: modality value = slope * stored value + intercept."""
    intercept: float = 0.0
    photometric: Photometric = "MONOCHROME2"
    inverted: bool = False
    """Shown dark on white, by a VOI LUT in place of the window."""
    attributes: Attributes = field(default_factory=dict)
    """Further attributes of the DICOM file."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Random streams of one image: one for the body, one for the exposure."""

    anatomy: np.random.Generator
    """The same for every image of the patient."""
    exposure: np.random.Generator
    """Differs from image to image: position, slice, noise."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of phantoms."""

    name: str
    """Class name, as the trained models spell it."""
    title: str
    """Stands in the patient's name, e.g. CT HEAD."""
    modality: str
    """DICOM Modality (0008,0060)."""
    body_part: str
    """DICOM BodyPartExamined (0018,0015)."""
    sop_class: str
    """Keyword of the SOP Class; empty where no DICOM file is written."""
    suffixes: tuple[str, ...]
    """.dcm, .png or .jpg, taken in turn by seed."""
    draw: Callable[[Patient], Drawing]


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """One image ready to be written."""

    kind: Kind
    seed: int
    pixels: NDArray[np.uint16]
    """Stored values: (height, width), or (height, width, 3) RGB from 0 to 255."""
    drawing: Drawing
    """How stored values become what is shown."""

    @property
    def patient_number(self) -> int:
        """From 1 to `NUM_PATIENTS`."""
        return self.seed % NUM_PATIENTS + 1

    @property
    def group(self) -> str:
        """Name of the patient in a manifest."""
        return f"{self.kind.name}-p{self.patient_number:02d}"
