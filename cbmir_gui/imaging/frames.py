"""Which frame of a file is meant: one rule for search, libraries, and training."""

from cbmir_gui.core.errors import FrameNotFoundError
from cbmir_gui.core.records import MIDDLE_FRAME


def choose_frame(file_name: str, frame: int, num_frames: int) -> int:
    """Return the frame to be read, from 1.

    A volume or a film shows most in its middle: where no frame is named, the middle
    one stands for the file, and of an even number the one before the middle.

    Parameters
    ----------
    frame
        From 1, or `MIDDLE_FRAME`.
    num_frames
        At least 1.

    Raises
    ------
    FrameNotFoundError
        The file has fewer frames.
    """
    if frame == MIDDLE_FRAME:
        return (num_frames + 1) // 2
    if not 1 <= frame <= num_frames:
        raise FrameNotFoundError(file_name, frame, num_frames)
    return frame
