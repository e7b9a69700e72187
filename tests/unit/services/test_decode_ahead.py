"""Results come in order, and an error of the work is not taken for patience."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from cbmir_gui.core.errors import DamagedImageError
from cbmir_gui.services.decode_ahead import NUM_AHEAD, await_result, decode_ahead


class LateFuture(Future):
    """A future whose result comes in the moment in which its waiter gives up."""

    def result(self, timeout: float | None = None) -> str:
        if not self.done():
            self.set_result("late")
            raise TimeoutError
        return super().result(timeout)


def test_a_result_that_comes_as_the_patience_ends_is_taken() -> None:
    future = LateFuture()

    def while_waiting() -> None:
        if not future.done():
            future.set_result("late")

    assert await_result(future, while_waiting) == "late"


@pytest.mark.parametrize("error", [TimeoutError("slow share"), ValueError("bug")])
def test_an_error_of_the_work_is_raised(error: Exception) -> None:
    def work(decoder: object, item: int) -> int:
        raise error

    with pytest.raises(type(error), match=str(error)):
        list(decode_ahead([1], [object()], work, lambda: None))


def test_a_file_that_cannot_be_read_is_a_result_and_the_rest_follows_in_order() -> None:
    def work(decoder: object, item: int) -> int:
        if item == 2:
            raise DamagedImageError("2.png", "it is cut")
        return 10 * item

    items = range(2 * NUM_AHEAD)
    found = list(decode_ahead(items, [object(), object()], work, lambda: None))
    assert [item for item, _ in found] == list(items)
    assert isinstance(found[2][1], DamagedImageError)
    assert found[-1][1] == 10 * items[-1]


def test_items_are_read_only_a_few_ahead() -> None:
    read: list[Path] = []

    def items():
        for number in range(100):
            read.append(Path(str(number)))
            yield read[-1]

    line = decode_ahead(items(), [object()], lambda decoder, item: item, lambda: None)
    next(line)
    assert len(read) == NUM_AHEAD
    line.close()
