"""CT of the head, brain window."""

import numpy as np

from cbmir_gui.sources.phantoms import ct, texture
from cbmir_gui.sources.phantoms.brain import make_head
from cbmir_gui.sources.phantoms.geometry import make_grid, paint
from cbmir_gui.sources.phantoms.phantom import Drawing, Patient


def draw(patient: Patient) -> Drawing:
    """Draw an axial slice; some patients bleed."""
    rng = patient.exposure
    grid = make_grid(ct.SIZE, ct.SIZE, 0.88)
    head = make_head(grid, patient)
    hu = np.full(grid.shape, ct.AIR, np.float32)
    mottle = texture.smooth(patient.anatomy, grid.shape, 5)
    paint(hu, 10.0, head.skin)
    paint(hu, ct.FAT + 25 * mottle, head.fat)
    paint(hu, ct.MUSCLE, head.muscle)
    paint(hu, ct.CORTEX, head.skull)
    paint(hu, 520 + 140 * mottle, head.diploe)
    paint(hu, 8.0, head.dura)
    paint(hu, 26.0, head.brain)
    paint(hu, 38.0, head.gray * head.brain)
    paint(hu, 8.0, 0.75 * head.sulci * head.brain)
    paint(hu, 5.0, head.fluid)
    paint(hu, 18.0, 0.8 * head.edema * head.brain)
    paint(hu, 72.0, head.lesion * head.brain)
    if rng.uniform() < 0.7:
        ct.add_couch(hu, grid, rng.uniform(98, 104), 0.0055)
    # Beam hardening: what the skull encloses looks denser near the bone.
    hu += 14 * texture.blur(head.skull - head.dura, 5.0) * head.dura
    level = (40.0 + rng.uniform(-3, 3), 80.0 + rng.uniform(-5, 10))
    return ct.scan(hu, grid, rng, 3.2, level, {"ConvolutionKernel": "BRAIN"})
