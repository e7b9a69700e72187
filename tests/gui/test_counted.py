import pytest

from cbmir_gui.engine.operation_answers import DataLook, LookedImage
from cbmir_gui.gui.counted import classes_text, counted, images_text
from cbmir_gui.gui.retrain.findings import look_findings


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 dogs of Ann"), (1, "1 dog of Ann"), (2, "2 dogs of Ann")],
)
def test_one_and_many_both_read_right(count: int, text: str) -> None:
    assert counted(count, "1 dog of {name}", "{n} dogs of {name}", name="Ann") == text


def test_images_and_classes_are_counted() -> None:
    assert [images_text(n) for n in (1, 2)] == ["1 image", "2 images"]
    assert [classes_text(n) for n in (1, 2)] == ["1 class", "2 classes"]


def test_a_single_finding_is_no_plural() -> None:
    pair = (LookedImage("/x/1.png"), LookedImage("/x/2.png"))
    first, second = look_findings(DataLook((), (), (pair,), (pair,)))
    assert first.text.startswith("1 pair looks nearly the same")
    assert second.text.startswith("1 image is a copy of another")
