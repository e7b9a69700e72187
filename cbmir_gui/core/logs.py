"""Log files without patient data: where they are, and what they leave out."""

import builtins
import logging
import os
import re
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path, PurePath
from types import TracebackType

from cbmir_gui.core.durability import make_private
from cbmir_gui.core.paths import logs_dir

_LEVELS = {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARNING": logging.WARNING}
_OWN_PACKAGE = "cbmir_gui"
_MAX_BYTES = 1_000_000
_NUM_OLD_FILES = 3
# Quoted words and paths inside the message of a foreign exception may name a patient,
# and both may hold spaces and apostrophes: rather too much of a line goes than a name
# stays.
_PRIVATE = re.compile(r"'.*'|\".*\"|\S*[/\\].*")
# Of what is left only plain words and small numbers stay: names have capital letters or
# a caret, numbers and dates of patients are long.
_WORD = re.compile(r"[^\s()\[\]{},;:=<>]+")
_PLAIN = re.compile(r"[a-z]+[.!?…]?|[+-]?[0-9]{1,4}(\.[0-9]+)?[.!?]?|[^\w]+|…")
_KNOWN_WORDS = frozenset(
    {"Errno", "NoneType", "GPU", "CPU", "A", "An", "The", "This", "No", "Not", "Cannot"}
    | {"Could", "Expected", "Failed", "Input", "Invalid", "Missing", "Operation"}
    | {"Permission", "Resource", "Unable", "Unexpected", "Unknown"}
    | set(dir(builtins))
)


def open_log(name: str) -> None:
    """Write everything from level INFO to ``<name>.log`` in the folder of the logs.

    ``CBMIR_LOG_LEVEL=DEBUG`` has more written. Folder and files are the user's alone.
    Where that folder cannot be written the program goes on without a log.
    """
    root = logging.getLogger()
    root.setLevel(_LEVELS.get(os.environ.get("CBMIR_LOG_LEVEL", ""), logging.INFO))
    try:
        logs_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
        make_private(logs_dir())
        handler = _QuietHandler(
            logs_dir() / f"{name}.log",
            maxBytes=_MAX_BYTES,
            backupCount=_NUM_OLD_FILES,
            encoding="utf-8",
            errors="backslashreplace",  # names of files need not be text
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return
    handler.setFormatter(PrivateFormatter("%(asctime)s %(levelname)s %(message)s"))
    root.addHandler(handler)


class _QuietHandler(RotatingFileHandler):
    """A handler that loses a line on a full disk; it does not print it instead."""

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        make_private(Path(self.baseFilename))
        return stream

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's
        """Do nothing: the line may not be shown unredacted."""


class PrivateFormatter(logging.Formatter):
    """A formatter whose lines name no file, no folder and no patient.

    Messages of other packages are redacted, and so are errors and paths in our own. A
    traceback is kept as module file, line and function of each frame. What an
    exception says is left out, for nobody knows what it quotes.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format anew: the record may keep the full traceback of another formatter."""
        kept, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatMessage(  # noqa: N802 - the name is logging's
        self, record: logging.LogRecord
    ) -> str:
        """Put the redacted message into the line."""
        record.message = _private_message(record)
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - the name is logging's
        self,
        ei: (
            tuple[type[BaseException], BaseException, TracebackType | None]
            | tuple[None, None, None]
        ),
    ) -> str:
        """Return the frames and what was raised, one line each."""
        error = ei[1]
        lines: list[str] = []
        while error is not None:
            for frame in traceback.extract_tb(error.__traceback__):
                file_name = re.split(r"[/\\]", frame.filename)[-1]
                lines.append(f"  {file_name}:{frame.lineno} {frame.name}")
            lines.append(f"  {_private_name(error)}")
            error = error.__cause__
            if error is not None:
                lines.append("  caused by")
        return "\n".join(lines)


def _private_message(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] != _OWN_PACKAGE:
        return redact(record.getMessage())
    if not isinstance(record.args, tuple) or not record.args:
        return record.getMessage()
    values = [
        redact(str(value)) if isinstance(value, BaseException | PurePath) else value
        for value in record.args
    ]
    return str(record.msg) % tuple(values)


def _private_name(error: BaseException) -> str:
    """Return the type of an error; of those of the operating system the cause, too."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"{type(error).__name__}: {os.strerror(error.errno)}"
    return type(error).__name__


def redact(text: str) -> str:
    """Replace what may name a patient or a folder by an ellipsis.

    Small letters and small numbers stay: where even these may be a patient's, the text
    must not be logged at all.
    """
    return _WORD.sub(_redact_word, _PRIVATE.sub("…", text))


def _redact_word(match: re.Match[str]) -> str:
    word = match.group()
    is_plain = _PLAIN.fullmatch(word) or word.rstrip(".!?") in _KNOWN_WORDS
    return word if is_plain else "…"
