import io
import json
from typing import Any

import pytest

from cbmir_gui.services import json_stream
from cbmir_gui.services.json_stream import JsonError, JsonStream


def stream_of(text: str) -> JsonStream:
    return JsonStream(io.StringIO(text))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
def test_values_come_one_by_one_whatever_the_chunks(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    values: list[Any] = [1234567, "a\u00e4\ud83d\ude00", {"b": [1.5e-7, None]}, -12.25]
    stream = stream_of(" [ " + " ,\n".join(map(json.dumps, values)) + " ] ")
    stream.take("[")
    found = []
    while stream.peek() != "]":
        if found:
            stream.take(",")
        found.append(stream.value(1000))
    stream.take("]")
    assert found == json.loads(json.dumps(values))
    assert stream.peek() == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cut off"),
        ('{"a": 1', "cut off"),
        ("nonsense", "no JSON"),
        ("NaN", "no JSON"),
        ("Infinity", "no JSON"),
        ("[" * 100_000, "deeply|too long|cut off"),
        ("1" * 5000, "no JSON"),
    ],
)
def test_what_is_no_value_is_refused(text: str, message: str) -> None:
    with pytest.raises(JsonError, match=message):
        stream_of(text).value(10**6)


def test_a_value_may_not_be_longer_than_allowed() -> None:
    text = json.dumps("x" * 10**6)
    assert len(stream_of(text).value(10**6 + 2)) == 10**6
    with pytest.raises(JsonError, match="too long"):
        stream_of(text).value(10**5)


def test_another_character_than_expected_is_named() -> None:
    with pytest.raises(JsonError, match="':' is missing"):
        stream_of("  ,").take(":")
