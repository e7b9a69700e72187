"""Search for files that break the reading path, led by the lines that they reach.

    .venv/bin/python tests/fuzz/coverage_guided.py [libFuzzer options]

Needs the extra `fuzz` (atheris). Reads in this process, so that a codec that dies ends
the search and leaves the file as ``build/fuzz/crash-...``: give it as the only argument
to see it again. What was reached is kept in ``build/fuzz/corpus`` for the next time.
"""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["cbmir_gui.imaging", "pydicom"]):
    from cbmir_gui.imaging import dicom, raster
    from cbmir_gui.imaging.content import file_format

from mutations import mutate
from seeds import seeds

from cbmir_gui.core.errors import ImageReadError

BUILD = Path(__file__).resolve().parents[2] / "build" / "fuzz"
# Under coverage, on a busy machine, a second's work may take many.
LIMITS = ["-timeout=25", "-rss_limit_mb=1024", "-max_len=65536", "-close_fd_mask=3"]
_SEEDS = seeds()


def read(data: bytes) -> None:
    """Read one file; anything but an `ImageReadError` is a finding."""
    kind = file_format(data)
    try:
        if kind == "DICOM":
            dicom.read_dicom(data, "fuzz", overlays=True)
        elif kind:
            raster.read_raster(data, "fuzz", kind)
    except ImageReadError:
        return


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Mutate as libFuzzer does, or as one who knows how files are built."""
    random = Random(seed)
    if random.random() < 0.3:
        return bytes(atheris.Mutate(data, max_size))
    return mutate(data, list(_SEEDS.values()), random)[:max_size]


def main() -> None:
    """Run libFuzzer."""
    corpus = BUILD / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, data in _SEEDS.items():
        (corpus / f"seed {name}").write_bytes(data)
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    arguments = [sys.argv[0], *LIMITS, f"-artifact_prefix={BUILD}/", *sys.argv[1:]]
    if not named:
        arguments.append(str(corpus))
    atheris.Setup(arguments, read, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
