"""A fixed story of changes to a library, told by a process that may be killed.

Run as ``python library_story.py FOLDER NUM_STEPS [SECONDS]``: it makes the changes and
prints the number of each step when its commit has returned; after SECONDS the system
kills it, wherever it is. `state_after` says what the library holds after some steps.
"""

import hashlib
import signal
import sys
from pathlib import Path

import numpy as np

from cbmir_gui.core.records import ExtractorInfo, ImageInfo, ImageSource
from cbmir_gui.library.entries import FileState, NewImage
from cbmir_gui.library.library import Library

FEATURE_DIM = 16
EXTRACTOR = ExtractorInfo("tiny", "pixels", FEATURE_DIM, "cosine", "tiny/1")
NUM_ADDED = 3

State = list[tuple[str, str]]
"""(image_id, class) in the library's order."""


def image_id_of(number: int) -> str:
    return f"{hashlib.sha256(str(number).encode()).hexdigest()}:1"


def features_of(image_id: str) -> np.ndarray:
    values = np.frombuffer(bytes.fromhex(image_id[: 2 * FEATURE_DIM]), np.uint8)
    return values.astype(np.float32)


def thumbnail_of(image_id: str) -> bytes:
    return image_id.encode() * 50


def new_image(number: int) -> NewImage:
    image_id = image_id_of(number)
    path = f"/images/{number}.dcm"
    return NewImage(
        ImageInfo(image_id, f"{number}.dcm", 8, 8),
        ImageSource(path, class_name="new"),
        FileState(path, number, number),
        thumbnail_of(image_id),
    )


def change_of(step: int) -> str:
    return ("add", "add", "remove", "add", "restore", "relabel", "compact")[step % 7]


def state_after(num_steps: int) -> State:
    """Return what the library holds when `num_steps` steps have been committed."""
    state: State = []
    before_removal: State = []
    for step in range(num_steps):
        change = change_of(step)
        if change == "add":
            numbers = range(NUM_ADDED * step, NUM_ADDED * (step + 1))
            added = [(image_id_of(number), "new") for number in numbers]
            state = state + added
            before_removal = before_removal + added
        elif change == "remove":
            before_removal = state
            state = state[2:]
        elif change == "restore":
            state = before_removal
        elif change == "relabel":
            state = [
                (image_id, f"class {step}") if row % 2 else (image_id, class_name)
                for row, (image_id, class_name) in enumerate(state)
            ]
    return state


def tell(library: Library, num_steps: int) -> None:
    undo = ""
    for step in range(num_steps):
        change = change_of(step)
        ids = library.catalogue.image_ids()
        if change == "add":
            numbers = range(NUM_ADDED * step, NUM_ADDED * (step + 1))
            images = [new_image(number) for number in numbers]
            rows = [features_of(image.info.image_id) for image in images]
            library.add(images, EXTRACTOR, np.array(rows))
        elif change == "remove":
            undo = library.remove(ids[:2]).undo
        elif change == "restore":
            library.restore(undo)
        elif change == "relabel":
            library.relabel(ids[1::2], f"class {step}")
        else:
            library.compact()
        sys.stdout.write(f"{step + 1}\n")
        sys.stdout.flush()


def main() -> None:
    with Library.open(Path(sys.argv[1])) as library:
        if len(sys.argv) > 3:
            # Nobody handles this signal, so it ends the process like kill -9.
            signal.setitimer(signal.ITIMER_REAL, float(sys.argv[3]))
        tell(library, int(sys.argv[2]))


if __name__ == "__main__":
    main()
