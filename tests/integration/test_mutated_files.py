"""Mutated files through the real decoder process: a few of those of `make fuzz`.

What was found to kill the decoder, to hang it or to take too much memory stands in
the unit tests of the module that mended it.
"""

import math
import queue
from collections.abc import Iterator
from pathlib import Path
from random import Random

import dicom_elements
import dicom_maker
import fuzzing
import mutations
import numpy as np
import pytest
import seeds
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cbmir_gui.core.errors import (
    DecoderCrashedError,
    DecoderTimeoutError,
    ImageReadError,
)
from cbmir_gui.engine.decoder_client import DecoderClient
from cbmir_gui.engine.preview_client import PreviewClient, PreviewRequest

SEEDS = seeds.seeds()
LIMIT_S = 90.0
"""Wide: the machine of the tests may be busy. `tests/fuzz/run.py` has the real one."""

SAME_EACH_TIME = settings(
    deadline=None,
    derandomize=True,
    # The folder of the personal data is one for each test, and not used here.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""The suite looks for what was lost, not for what is new: `tests/fuzz/run.py` does."""

names = st.sampled_from(sorted(SEEDS))
numbers = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderClient]:
    """Yield the client that all examples share."""
    with DecoderClient(timeout_s=LIMIT_S) as client:
        client.start()
        yield client


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file that is written anew for each example."""
    return tmp_path_factory.mktemp("mutated") / "CANARY^NAME.bin"


def read(decoder: DecoderClient, path: Path, data: bytes) -> None:
    """Read `data`; it gives an image or an error that names the file."""
    path.write_bytes(data)
    refusal: ImageReadError | None = None
    try:
        image = decoder.decode(path, thumbnail=True, max_side_px=64)
    except ImageReadError as error:
        refusal = error
    if refusal is None:
        assert image.pixels.dtype == np.uint8
        assert image.info.width * image.info.height > 0
        return
    assert not isinstance(refusal, DecoderCrashedError | DecoderTimeoutError)
    assert str(refusal).startswith(f"'{path.name}' cannot be read: ")
    assert str(path.parent) not in str(refusal)


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_every_seed_is_read(decoder: DecoderClient, path: Path, name: str) -> None:
    path.write_bytes(SEEDS[name])
    assert decoder.decode(path).pixels.size


@settings(SAME_EACH_TIME, max_examples=400)
@given(name=names, number=numbers)
@example(name="jpeg lossless", number=0)
def test_structured_mutations_never_kill_the_decoder(
    decoder: DecoderClient, path: Path, name: str, number: int
) -> None:
    data = mutations.mutate(SEEDS[name], list(SEEDS.values()), Random(number))
    read(decoder, path, data)


@settings(SAME_EACH_TIME, max_examples=150)
@given(name=names, start=st.integers(0, 4000), new=st.binary(max_size=64), keep=numbers)
def test_bytes_put_anywhere_never_kill_the_decoder(
    decoder: DecoderClient, path: Path, name: str, start: int, new: bytes, keep: int
) -> None:
    data = SEEDS[name]
    read(decoder, path, data[:start] + new + data[start + keep % 80 :])


@settings(SAME_EACH_TIME, max_examples=100)
@given(name=names, length=st.integers(1, 12_000))
def test_files_cut_anywhere_never_kill_the_decoder(
    decoder: DecoderClient, path: Path, name: str, length: int
) -> None:
    read(decoder, path, SEEDS[name][:length])


@settings(SAME_EACH_TIME, max_examples=100)
@given(
    attributes=st.dictionaries(
        st.sampled_from(
            [
                "Rows",
                "Columns",
                "BitsAllocated",
                "BitsStored",
                "HighBit",
                "PixelRepresentation",
                "SamplesPerPixel",
                "PlanarConfiguration",
            ]
        ),
        st.integers(0, 65_535) | st.sampled_from([1, 3, 8, 16, 24, 32, 64]),
        min_size=1,
    ),
    dtype=st.sampled_from(["u1", "i2", "u4", "f4"]),
)
def test_any_image_description_is_read_or_refused(
    decoder: DecoderClient, path: Path, attributes: dict[str, object], dtype: str
) -> None:
    read(decoder, path, dicom_maker.dicom(dicom_maker.ramp(dtype), **attributes))


@settings(SAME_EACH_TIME, max_examples=100)
@given(
    sizes=st.lists(st.integers(0, 300), max_size=8),
    frames=st.integers(-2, 9),
    name=st.sampled_from(["rle 8", "jpeg", "jpegls 8", "jpeg2000 8", "jpeg lossless"]),
    drop=st.booleans(),
)
def test_any_fragments_are_read_or_refused(
    decoder: DecoderClient,
    path: Path,
    sizes: list[int],
    frames: int,
    name: str,
    drop: bool,
) -> None:
    data = SEEDS[name]
    items = [e for e in dicom_elements.elements(data) if e.tag == 0xFFFEE000]
    stream = data[items[-1].value :]
    pieces = []
    for size in sizes:
        pieces.append(b"\xfe\xff\x00\xe0" + size.to_bytes(4, "little") + stream[:size])
        stream = stream[size:]
    tail = b"" if drop else b"\xfe\xff\xdd\xe0\0\0\0\0"
    read(decoder, path, data[: items[0].start] + b"".join(pieces) + tail)


def test_previews_of_mutated_files_are_answered_once_each(tmp_path: Path) -> None:
    corpus, answers = fuzzing.Corpus(), queue.SimpleQueue[tuple[int, str]]()
    client = PreviewClient()

    def submit(number: int) -> None:
        path = tmp_path / f"{number}"
        path.write_bytes(corpus.file(number))
        client.submit(
            PreviewRequest(str(path), overlays=True),
            on_result=lambda _: answers.put((number, "image")),
            on_error=lambda error: answers.put((number, type(error).__name__)),
            on_cancelled=lambda: answers.put((number, "cancelled")),
        )

    for number in range(40):
        submit(number)
    answered = [answers.get(timeout=120) for _ in range(40)]
    client.close()
    assert [number for number, _ in answered] == list(range(40))
    kinds = {kind for _, kind in answered}
    assert {"image", "DamagedImageError"} <= kinds
    assert not kinds & {"EngineError", "cancelled", "DecoderCrashedError"}
    assert answers.empty()


def test_the_command_counts_what_becomes_of_each_file(tmp_path: Path) -> None:
    counts = fuzzing.run(range(40), math.inf, tmp_path)
    assert counts.files == 40
    assert counts.read + sum(counts.refused.values()) == 40
    assert counts.window_crashes == 0
    assert counts.read > 5
    assert fuzzing.document(counts)["over 1 GB"] == 0


def test_file_number_n_is_always_the_same() -> None:
    assert fuzzing.Corpus().file(7) == fuzzing.Corpus().file(7)
    assert fuzzing.Corpus().file(7) != fuzzing.Corpus().file(8)


def test_a_file_that_takes_the_decoder_down_is_counted_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: object, **_options: object) -> None:
        raise DecoderCrashedError("mutated")

    monkeypatch.setattr(DecoderClient, "decode", crash)
    keep = tmp_path / "kept"
    keep.mkdir()
    counts = fuzzing.run(range(2), math.inf, keep)
    assert counts.refused == {"DecoderCrashedError": 2}
    assert sorted(path.name for path in keep.iterdir()) == ["0", "1"]
