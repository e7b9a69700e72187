"""What ends the walk through a data set that has no end, or none that is near.

pydicom reads zeros as elements without a value, 8 bytes at a time. A copy that stopped
in a file whose place was already taken ends in megabytes of them.
"""

from typing import BinaryIO, cast

from pydicom.tag import BaseTag

from cbmir_gui.core.errors import DamagedImageError

MAX_ELEMENTS = 100_000
"""Of a data set, without those of its sequences; real ones have a few thousand."""
MAX_EMPTY_HEADERS = 512
"""4 KiB of zeros may fill the last sector of a medium."""
_EMPTY_HEADER = bytes(8)
_COPY_AGAIN = "Copy or export it again."


class ElementStream:
    """A stream that refuses to be read where only zeros follow, at any depth.

    Every header of an element or item is a read of 8 bytes; a value of 8 zeros stands
    behind a header that is not zero.
    """

    def __init__(self, stream: BinaryIO, file_name: str) -> None:
        self._read = stream.read
        self._file_name = file_name
        self._num_empty = 0
        self.seek = stream.seek
        self.tell = stream.tell

    def read(self, size: int = -1) -> bytes:
        """Read as the stream does.

        Raises
        ------
        DamagedImageError
            More than `MAX_EMPTY_HEADERS` in a row are zero.
        """
        data = self._read(size)
        if size == len(_EMPTY_HEADER):
            self._num_empty = self._num_empty + 1 if data == _EMPTY_HEADER else 0
            if self._num_empty > MAX_EMPTY_HEADERS:
                raise DamagedImageError(
                    self._file_name,
                    "it is cut off: only zeros follow where its data should be",
                    _COPY_AGAIN,
                )
        return data


def watched(stream: BinaryIO, file_name: str) -> BinaryIO:
    """Return what pydicom may read an untrusted data set from."""
    return cast("BinaryIO", ElementStream(stream, file_name))


class StopAt:
    """Tell pydicom to stop before one of some elements, counting those it passes."""

    def __init__(self, tags: frozenset[int], file_name: str) -> None:
        self._tags = tags
        self._file_name = file_name
        self._num_elements = 0

    def __call__(self, tag: BaseTag, _vr: str | None, _length: int) -> bool:
        """Return whether to stop.

        Raises
        ------
        DamagedImageError
            There are more than `MAX_ELEMENTS`.
        """
        self._num_elements += 1
        if self._num_elements > MAX_ELEMENTS:
            raise DamagedImageError(
                self._file_name,
                f"its data set has more than {MAX_ELEMENTS:,} elements",
                _COPY_AGAIN,
            )
        return tag in self._tags
