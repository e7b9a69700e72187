"""What `cbmir train` asks for."""

from pathlib import Path

import pytest

from cbmir_gui.cli.main import build_parser
from cbmir_gui.cli.train import request_of


@pytest.mark.parametrize(
    ("given", "is_path"),
    [
        ("none", False),
        ("imagenet", False),
        ("lung", False),
        ("copy.h5", True),
        ("runs/earlier", True),
        ("both", True),
    ],
)
def test_a_path_to_start_from_is_absolute_and_a_name_is_kept(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    is_path: bool,
) -> None:
    for name in ("lung", "both"):
        (home / "trained_models" / name).mkdir(parents=True)
        (home / "trained_models" / name / "card.json").write_text("{}")
    (tmp_path / "both").mkdir()  # a run of a model's name
    (tmp_path / "both" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    arguments = build_parser().parse_args(["train", "d", "--weights", given])
    expected = str(tmp_path / given) if is_path else given
    assert request_of(arguments).weights == expected
