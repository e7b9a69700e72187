"""MR of the brain, axial: T1, T2 and FLAIR."""

from collections.abc import Callable

import numpy as np

from cbmir_gui.sources.phantoms import mr, texture
from cbmir_gui.sources.phantoms.brain import make_head
from cbmir_gui.sources.phantoms.geometry import make_grid, paint
from cbmir_gui.sources.phantoms.mr import Tissue
from cbmir_gui.sources.phantoms.phantom import Attributes, Drawing, Patient

_SEQUENCES: tuple[tuple[str, float, float, float, float], ...] = (
    # description; TR, TE, TI in ms; signal shown as white
    ("T1 SE", 520.0, 12.0, 0.0, 0.70),
    ("T2 TSE", 4200.0, 100.0, 0.0, 0.62),
    ("FLAIR", 9000.0, 100.0, 2450.0, 0.30),
)


def draw(patient: Patient) -> Drawing:
    """Draw an axial slice; some patients have a tumor that takes up contrast."""
    rng = patient.exposure
    grid = make_grid(256, 256, 0.86)
    head = make_head(grid, patient)
    name, tr, te, ti, white = _SEQUENCES[rng.choice(3, p=(0.6, 0.2, 0.2))]
    signal = _equation(tr, te, ti)
    image = np.zeros(grid.shape, np.float32)
    mottle = texture.smooth(patient.anatomy, grid.shape, 4)
    paint(image, signal(mr.MUSCLE), head.skin)
    paint(image, signal(mr.FAT) * (0.92 + 0.06 * mottle), head.fat)
    paint(image, signal(mr.MUSCLE), head.muscle)
    paint(image, signal(mr.BONE), head.skull)
    paint(image, signal(mr.MARROW) * (0.6 + 0.15 * mottle), head.diploe)
    paint(image, signal(mr.FLUID), head.dura)
    paint(image, signal(mr.WHITE_MATTER) * (1 + 0.012 * mottle), head.brain)
    paint(image, signal(mr.GRAY_MATTER), head.gray * head.brain)
    paint(image, signal(mr.FLUID), 0.85 * head.sulci * head.brain)
    paint(image, signal(mr.FLUID), head.fluid)
    paint(image, signal(mr.EDEMA), 0.85 * head.edema * head.brain)
    paint(image, signal(mr.TUMOR), head.lesion * head.brain)
    if name == "T1 SE":
        # Gadolinium shortens T1 where the vessels of the tumor leak.
        paint(image, 1.15 * signal(mr.FAT), 0.9 * head.rim * head.brain)
    image *= mr.receive_field(rng, grid, 0.07)
    times: Attributes = {
        "RepetitionTime": tr,
        "EchoTime": te,
        "SeriesDescription": name,
    }
    return mr.scan(image, grid, rng, white, 0.02, times)


def _equation(tr: float, te: float, ti: float) -> Callable[[Tissue], float]:
    if ti:
        return lambda tissue: mr.flair(tissue, tr, te, ti)
    return lambda tissue: mr.spin_echo(tissue, tr, te)
