"""Messages between processes, whole and broken."""

import io
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from cbmir_gui.core.errors import EngineError
from cbmir_gui.core.records import (
    EpochReport,
    ExtractorInfo,
    ImageInfo,
    IndexSummary,
    LibraryInfo,
    ModelInfo,
    TrainRequest,
)
from cbmir_gui.core.records import FailedFile as Failed
from cbmir_gui.core.search_records import Hit, Prediction, SearchRequest, SearchResults
from cbmir_gui.engine.messages import (
    MAX_BLOB_BYTES,
    MAX_HEADER_BYTES,
    Message,
    decode_record,
    encode_record,
    read_message,
    write_message,
)


def sent(message: Message) -> bytes:
    """Return the bytes of a message."""
    stream = io.BytesIO()
    write_message(stream, message)
    return stream.getvalue()


def raw(header: object, tail: bytes = b"") -> bytes:
    """Return a message with any header."""
    text = json.dumps(header).encode()
    return struct.pack(">I", len(text)) + text + tail


def header(**changes: object) -> dict[str, object]:
    """Return a sound header, with changes."""
    return {"ticket": 1, "kind": "call", "payload": {}, "blobs": [], **changes}


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.uint8).reshape(3, 4),
        np.arange(24, dtype=np.float32).reshape(2, 3, 4)[:, ::-1],
        np.zeros((0, 5), np.int64),
        np.array(7.5, np.float16),
        np.array([True, False]),
    ],
)
def test_arrays_arrive_as_they_were_sent(array: np.ndarray[Any, Any]) -> None:
    message = Message(7, "result", {"a": [1, "ü"]}, (array, array))
    arrived = read_message(io.BytesIO(sent(message)))
    assert arrived is not None
    assert (arrived.ticket, arrived.kind, arrived.payload) == (
        7,
        "result",
        {"a": [1, "ü"]},
    )
    for blob in arrived.blobs:
        assert blob.dtype == array.dtype
        np.testing.assert_array_equal(blob, array)


def test_messages_follow_each_other_until_the_stream_ends() -> None:
    stream = io.BytesIO(sent(Message(1, "a")) + sent(Message(2, "b")))
    kinds = [message.kind for message in iter(lambda: read_message(stream), None)]
    assert kinds == ["a", "b"]


def test_a_message_that_stops_anywhere_is_an_error() -> None:
    data = sent(Message(1, "result", {}, (np.arange(9),)))
    for length in range(1, len(data)):
        with pytest.raises(EngineError, match="stops in"):
            read_message(io.BytesIO(data[:length]))


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I", MAX_HEADER_BYTES + 1),
        struct.pack(">I", 3) + b"{]}",
        struct.pack(">I", 4) + b"\xff\xfe\xff\xfe",
        raw([1, 2]),
        raw(header(ticket="1")),
        raw(header(payload=[])),
        raw(header(blobs=[{}] * 65)),
        raw(header(blobs=["<f4"])),
        raw(header(blobs=[{"dtype": "|O", "shape": [1]}])),
        raw(header(blobs=[{"dtype": "|V999999999", "shape": [1]}])),
        raw(header(blobs=[{"dtype": "|u1", "shape": [-1]}])),
        raw(header(blobs=[{"dtype": "|u1", "shape": [True]}])),
        raw(header(blobs=[{"dtype": "|u1", "shape": 5}])),
        raw(header(blobs=[{"dtype": "|u1", "shape": [MAX_BLOB_BYTES + 1]}])),
        raw(header(blobs=[{"dtype": "<f8", "shape": [2**62, 2**62]}])),
    ],
)
def test_what_is_not_a_message_is_refused_before_memory_is_taken(data: bytes) -> None:
    with pytest.raises(EngineError):
        read_message(io.BytesIO(data))


def test_what_could_not_be_read_is_not_sent() -> None:
    with pytest.raises(EngineError, match="of a type that is not sent"):
        sent(Message(1, "result", {}, (np.array(["text"]),)))


RECORDS = [
    ImageInfo("ab:1", "a.dcm", 4, 3, patient_digest="cd"),
    SearchRequest("lib", query_path="/x/é.png", top=5),
    SearchResults(
        "q.png",
        "ab:1",
        "m",
        "l",
        "cosine",
        (Prediction("ct", 0.5),),
        (Hit(1, "ab:1", "/x", "ct", "", "CT", "", 0.25, 0.75, is_query=True),),
        "off",
        1,
        {"decode": 1.5, "total": 2.0},
    ),
    IndexSummary("lib", 1, 2, 3, (Failed("/x", "why"),), 1.5, 0.0, cancelled=True),
    LibraryInfo(
        "n",
        "/f",
        1,
        1,
        {"ct": 1},
        {},
        (ExtractorInfo("m", "l", 4, "cosine", "k"),),
        "k",
        0,
        9,
    ),
    ModelInfo(
        "n", "vgg16", "/f", ("a",), ("l",), "l", "cosine", "2026-01-01", {"p": 1.0}
    ),
    TrainRequest("data", splits=("train", "val")),
    EpochReport(1, 2, 0.5, 0.5, 0.9, 0.9, 1.0, 10.0, 96, 1),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_record_survives_the_journey(record: Any) -> None:
    travelled = json.loads(json.dumps(encode_record(record)))
    assert decode_record(type(record), travelled) == record


def test_numpy_scalars_are_sent_as_numbers() -> None:
    encoded = encode_record(Prediction("ct", np.float32(0.5)))  # type: ignore[arg-type]
    assert json.dumps(encoded) == '{"class_name": "ct", "probability": 0.5}'


def test_a_whole_number_may_stand_for_a_float_but_not_the_other_way() -> None:
    assert (
        decode_record(Prediction, {"class_name": "a", "probability": 1}).probability
        == 1
    )
    with pytest.raises(EngineError, match=r"SearchRequest.top received a float"):
        decode_record(SearchRequest, {"library": "a", "top": 2.5})


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({}, "without all its fields"),
        ({"library": "a", "colour": 1}, "no field 'colour'"),
        ({"library": 1}, "SearchRequest.library received a int"),
        ({"library": "a", "top": True}, "SearchRequest.top received a bool"),
        ([], "Expected the fields of SearchRequest"),
    ],
)
def test_a_record_with_wrong_fields_is_refused(values: Any, match: str) -> None:
    with pytest.raises(EngineError, match=match):
        decode_record(SearchRequest, values)


@dataclass(frozen=True)
class Pair:
    """A record with the rarer kinds of annotation."""

    ends: tuple[int, str]
    note: str | None = None


def test_fixed_tuples_and_optional_values_are_checked() -> None:
    assert decode_record(Pair, {"ends": [1, "a"], "note": None}) == Pair((1, "a"))
    with pytest.raises(EngineError, match="Expected 2 values, received 1"):
        decode_record(Pair, {"ends": [1]})
