import pytest

from cbmir_gui.gui.results.class_choice import MAX_CLASS_LETTERS, judge_class

CLASSES = ("ct_head", "chest_xray")


@pytest.mark.parametrize(
    ("text", "name", "problem", "note"),
    [
        ("ct_head", "ct_head", "", ""),
        ("  ct_head ", "ct_head", "", ""),
        ("mr_knee", "mr_knee", "", "This is a new class."),
        ("CT head", "CT head", "", "This is a new class, beside 'ct_head'."),
        ("", "", "", "Without a name the images will have no class."),
        ("chest_xray", "chest_xray", "This is the present class.", ""),
        ("Predicted", "Predicted", "A class cannot be called 'Predicted'.", ""),
        ("off", "off", "A class cannot be called 'off'.", ""),
        ("prior", "prior", "A class cannot be called 'prior'.", ""),
    ],
)
def test_a_class_is_judged_before_images_are_given_it(
    text: str, name: str, problem: str, note: str
) -> None:
    choice = judge_class(text, CLASSES, ["chest_xray", "chest_xray"])
    assert (choice.name, choice.problem, choice.note) == (name, problem, note)


def test_one_of_several_present_classes_can_be_given_to_all() -> None:
    assert not judge_class("chest_xray", CLASSES, ["chest_xray", "ct_head"]).problem


def test_a_name_that_no_training_takes_is_refused() -> None:
    longest = "a" * MAX_CLASS_LETTERS
    assert not judge_class(longest, CLASSES, [""]).problem
    assert "at most 100 letters" in judge_class(longest + "a", CLASSES, [""]).problem
