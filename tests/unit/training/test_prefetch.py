import threading
from collections.abc import Iterator

import pytest

from cbmir_gui.training.prefetch import prefetch


def test_items_come_in_order() -> None:
    assert list(prefetch(range(50))) == list(range(50))


def test_an_error_of_the_items_is_raised_where_they_are_read() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    reader = prefetch(items())
    assert next(reader) == 1
    with pytest.raises(ValueError, match="no more"):
        next(reader)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    reader = prefetch(range(10_000), depth=2)
    assert next(reader) == 0
    reader.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
