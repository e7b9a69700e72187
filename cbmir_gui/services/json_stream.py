"""Reads a JSON file value by value, so that a large one is never in memory whole."""

import json
import re
from typing import Any, NoReturn, TextIO

_CHUNK = 2**16
_SPACE = re.compile(r"[ \t\r\n]*")


class JsonError(Exception):
    """The text is not JSON, or a value is longer than it may be; says what is wrong."""


class JsonStream:
    """A text of JSON, read from its start.

    Parameters
    ----------
    stream
        Read in chunks; stays the caller's to close.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        self._text = ""
        self._position = 0
        self._has_ended = False

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end.

        Raises
        ------
        JsonError
            The text is not UTF-8.
        """
        while True:
            match = _SPACE.match(self._text, self._position)
            self._position = match.end() if match else self._position
            if self._position < len(self._text):
                return self._text[self._position]
            if self._has_ended:
                return ""
            self._read(_CHUNK)

    def take(self, expected: str) -> None:
        """Step over one character that must be the next.

        Raises
        ------
        JsonError
        """
        found = self.peek()
        if found != expected:
            raise JsonError(f"'{expected}' is missing" if found else "it is cut off")
        self._position += 1

    def value(self, max_chars: int) -> Any:
        """Read one value.

        Parameters
        ----------
        max_chars
            Length that it may have.

        Raises
        ------
        JsonError
        """
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._position)
            except RecursionError as error:
                raise JsonError("it is nested too deeply") from error
            except ValueError as error:
                if self._has_ended:
                    raise JsonError("it is cut off, or no JSON") from error
            else:
                # A number at the end of what was read may go on.
                if end < len(self._text) or self._has_ended:
                    self._position = end
                    return value
            held = len(self._text) - self._position
            if held > max_chars:
                raise JsonError("a value is too long, or no JSON")
            self._read(max(held, _CHUNK))

    def _read(self, num_chars: int) -> None:
        try:
            text = self._stream.read(num_chars)
        except UnicodeDecodeError as error:
            raise JsonError("it is not text in UTF-8") from error
        self._has_ended = not text
        self._text = self._text[self._position :] + text
        self._position = 0


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
