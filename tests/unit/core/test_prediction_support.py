import pytest

from cbmir_gui.core.prediction_support import is_contradicted
from cbmir_gui.core.search_records import Hit, Prediction, SearchResults


def results_of(
    classes: list[str], predicted: str = "leg_mr", class_filter: str = "off"
) -> SearchResults:
    hits = tuple(
        Hit(rank, f"{rank}", "a.png", name, "", "", "", 0.1, 0.9)
        for rank, name in enumerate(classes, start=1)
    )
    return SearchResults(
        query_name="q",
        image_id="q",
        model="m",
        layer="l",
        metric="cosine",
        predicted=(Prediction(predicted, 1.0),) if predicted else (),
        hits=hits,
        class_filter=class_filter,
        library_size=9,
        timings_ms={},
    )


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["pet"] * 5, True),
        (["pet"] * 4 + ["leg_mr"], False),
        (["pet"] * 5 + ["leg_mr"], True),
        (["", "", "pet"], True),
        ([""] * 5, False),
        ([], False),
    ],
)
def test_the_nearest_images_decide(classes: list[str], expected: bool) -> None:
    assert is_contradicted(results_of(classes)) is expected


def test_nothing_is_said_without_a_free_search_and_a_prediction() -> None:
    assert not is_contradicted(results_of(["pet"], class_filter="leg_mr"))
    assert not is_contradicted(results_of(["pet"], predicted=""))
