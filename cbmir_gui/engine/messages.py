"""What two processes say to each other: length-checked JSON and raw arrays.

::

    message = header length   4 bytes, big-endian unsigned
              header          that many bytes of UTF-8 JSON
                              {"ticket": int, "kind": str, "payload": object,
                               "blobs": [{"dtype": "|u1", "shape": [512, 512]}, ...]}
              blobs           the bytes of each array in turn, C order

Kinds to a child: ``call`` (payload ``op`` and ``args``), ``cancel``, and ``warm``
(load what the first call would wait for; no answer). Kinds from
a child: ``ready`` once after its start, then ``progress`` (``done``, ``total``,
``text``), ``result``, ``error`` (``name``, ``message``) and ``cancelled``. Nothing
is ever unpickled, and every size is checked before memory is taken for it.
"""

import json
import math
import struct
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import (
    Any,
    BinaryIO,
    ClassVar,
    Literal,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
from numpy.typing import NDArray

from cbmir_gui.core.errors import EngineError

MAX_HEADER_BYTES = 64 * 2**20
MAX_BLOB_BYTES = 2**30
MAX_BLOBS = 64

_LENGTH = struct.Struct(">I")
_DTYPES = frozenset(
    np.dtype(code).str
    for code in ("b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")
)

Payload = dict[str, Any]
Record = TypeVar("Record", bound="DataclassInstance")


class DataclassInstance(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One message; the header's blobs and the arrays are in the same order."""

    ticket: int
    """Which request this belongs to; 0 for none."""
    kind: str
    payload: Payload = field(default_factory=dict)
    blobs: tuple[NDArray[Any], ...] = ()


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write one message and flush.

    Raises
    ------
    EngineError
        It is larger than a reader would accept.
    OSError
        The other side is gone.
    """
    blobs = tuple(np.ascontiguousarray(blob) for blob in message.blobs)
    described = [{"dtype": blob.dtype.str, "shape": blob.shape} for blob in blobs]
    header = json.dumps(
        {
            "ticket": message.ticket,
            "kind": message.kind,
            "payload": message.payload,
            "blobs": described,
        },
        separators=(",", ":"),
    ).encode("utf-8")
    if len(header) > MAX_HEADER_BYTES:
        raise EngineError(
            f"A message of {len(header)} bytes is too long; at most "
            f"{MAX_HEADER_BYTES} bytes can be sent. Ask for less at once."
        )
    for entry in described:
        _blob_layout(entry)
    stream.write(_LENGTH.pack(len(header)) + header)
    for blob in blobs:
        if blob.size:
            stream.write(blob.reshape(-1).view(np.uint8).data)
    stream.flush()


def read_message(stream: BinaryIO) -> Message | None:
    """Read one message; None at the end of the stream.

    Raises
    ------
    EngineError
        What arrived is not a message, is too large, or stops in the middle.
    """
    prefix = stream.read(_LENGTH.size)
    if not prefix:
        return None
    if len(prefix) < _LENGTH.size:
        raise EngineError("A message from another process stops in its length.")
    (length,) = _LENGTH.unpack(prefix)
    if length > MAX_HEADER_BYTES:
        raise EngineError(f"A message header of {length} bytes is too long.")
    raw = stream.read(length)
    if len(raw) < length:
        raise EngineError("A message from another process stops in its header.")
    ticket, kind, payload, described = _parse_header(raw)
    blobs = tuple(_read_blob(stream, entry) for entry in described)
    return Message(ticket, kind, payload, blobs)


def _parse_header(raw: bytes) -> tuple[int, str, Payload, list[Any]]:
    try:
        header: Any = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise EngineError("A message from another process is not JSON.") from error
    if not isinstance(header, dict):
        raise EngineError("A message header is not a JSON object.")
    ticket, kind = header.get("ticket"), header.get("kind")
    payload, described = header.get("payload"), header.get("blobs")
    if (
        not isinstance(ticket, int)
        or not isinstance(kind, str)
        or not isinstance(payload, dict)
        or not isinstance(described, list)
        or len(described) > MAX_BLOBS
    ):
        raise EngineError("A message header lacks ticket, kind, payload or blobs.")
    return ticket, kind, payload, described


def _blob_layout(entry: Any) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """Check the description of a blob before memory is taken for it."""
    if not isinstance(entry, dict) or entry.get("dtype") not in _DTYPES:
        raise EngineError("A message holds an array of a type that is not sent.")
    shape = entry.get("shape")
    if not isinstance(shape, list | tuple) or not all(
        type(side) is int and side >= 0 for side in shape
    ):
        raise EngineError("A message holds an array of an impossible shape.")
    dtype = np.dtype(entry["dtype"])
    if math.prod(shape) * dtype.itemsize > MAX_BLOB_BYTES:
        raise EngineError(
            f"A message holds an array of shape {tuple(shape)}; at most "
            f"{MAX_BLOB_BYTES} bytes can be sent."
        )
    return dtype, tuple(shape)


def _read_blob(stream: BinaryIO, entry: Any) -> NDArray[Any]:
    dtype, shape = _blob_layout(entry)
    array = np.empty(shape, dtype=dtype)
    if not array.size:
        return array
    target = array.reshape(-1).view(np.uint8).data
    filled = 0
    while filled < len(target):
        received = stream.readinto(target[filled:])  # type: ignore[attr-defined]
        if not received:
            raise EngineError("A message from another process stops in an array.")
        filled += received
    return array


def encode_record(record: DataclassInstance) -> Payload:
    """Turn a record of `core` into JSON types."""
    return {
        entry.name: _encode_value(getattr(record, entry.name))
        for entry in fields(record)
    }


def _encode_value(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return encode_record(value)
    if isinstance(value, tuple | list):
        return [_encode_value(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _encode_value(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    return value


def decode_record(record_class: type[Record], values: Payload) -> Record:
    """Rebuild a record from JSON types, every value checked against its annotation.

    Raises
    ------
    EngineError
        A field is missing, unknown or of another type.
    """
    name = record_class.__name__
    if not isinstance(values, dict):
        raise EngineError(f"Expected the fields of {name}, received something else.")
    hints = _field_types(record_class)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise EngineError(f"{name} has no field '{unknown[0]}'.")
    decoded = {
        key: _decode_value(hints[key], value, f"{name}.{key}")
        for key, value in values.items()
    }
    try:
        return record_class(**decoded)
    except TypeError as error:
        raise EngineError(f"{name} arrived without all its fields.") from error


@cache
def _field_types(record_class: type[DataclassInstance]) -> dict[str, Any]:
    hints = get_type_hints(record_class)
    return {entry.name: hints[entry.name] for entry in fields(record_class)}


def _decode_value(hint: Any, value: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin is tuple and isinstance(value, list):
        return tuple(
            _decode_value(inner, item, where)
            for inner, item in zip(_tuple_types(hint, value), value, strict=True)
        )
    if origin is dict and isinstance(value, dict):
        inner = get_args(hint)[1]
        return {key: _decode_value(inner, item, where) for key, item in value.items()}
    if origin in {Union, UnionType}:
        inner = next((kind for kind in get_args(hint) if kind is not NoneType), Any)
        return None if value is None else _decode_value(inner, value, where)
    if origin is Literal and value in get_args(hint):
        return value
    if is_dataclass(hint) and isinstance(hint, type):
        return decode_record(hint, value)
    if hint is float and type(value) in {int, float}:
        return float(value)
    if hint is Any or (isinstance(hint, type) and type(value) is hint):
        return value
    raise EngineError(f"{where} received a {type(value).__name__}.")


def _tuple_types(hint: Any, value: list[Any]) -> tuple[Any, ...]:
    inner = get_args(hint)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return (inner[0],) * len(value)
    if len(inner) != len(value):
        raise EngineError(f"Expected {len(inner)} values, received {len(value)}.")
    return inner
