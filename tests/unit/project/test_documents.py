"""The documents and the lists of the project agree with its code."""

import configparser
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from cbmir_gui.cli.main import build_parser

PROJECT = Path(__file__).resolve().parents[3]
PACKAGES = sorted(
    path.parent.relative_to(PROJECT / "cbmir_gui").as_posix()
    for path in (PROJECT / "cbmir_gui").rglob("__init__.py")
    if path.parent.name != "cbmir_gui"
)


@pytest.fixture(scope="module")
def configuration() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(PROJECT / "setup.cfg", encoding="utf-8")
    return parser


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_named_in_architecture(package: str) -> None:
    assert re.search(rf"`{re.escape(package)}`", read("ARCHITECTURE.md"))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_in_one_sentence_what_it_does(package: str) -> None:
    source = read(f"cbmir_gui/{package}/__init__.py")
    assert re.fullmatch(r'"""[^"]+\."""\n', source)


def requirements(text: str) -> set[str]:
    """Return the names in a block of requirements, without versions."""
    lines = (line.strip() for line in text.splitlines())
    return {re.split(r"[ \[<>=;]", line)[0] for line in lines if line}


def test_every_dependency_has_a_reason(
    configuration: configparser.ConfigParser,
) -> None:
    text = read("ARCHITECTURE.md").partition("## Dependencies")[2]
    blocks = [configuration["options"]["install_requires"]]
    blocks += configuration["options.extras_require"].values()
    for name in set().union(*map(requirements, blocks)):
        assert name in text, name


def test_every_dependency_is_pinned(
    configuration: configparser.ConfigParser,
) -> None:
    pinned = {
        re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower()
        for line in read("constraints.txt").splitlines()
        if "==" in line
    }
    blocks = [configuration["options"]["install_requires"]]
    blocks += configuration["options.extras_require"].values()
    wanted = {name.lower() for name in set().union(*map(requirements, blocks))}
    assert wanted <= pinned


def test_the_build_tool_is_pinned() -> None:
    system = tomllib.loads(read("pyproject.toml"))["build-system"]
    assert all("setuptools" in entry for entry in system["requires"])
    assert "\nsetuptools==" in read("constraints.txt")


def test_the_shipped_models_are_the_same_for_git_and_pip(
    configuration: configparser.ConfigParser,
) -> None:
    installed = {
        Path(target).name
        for target in configuration["options.data_files"]
        if "trained_models/" in target
    }
    committed = set(re.findall(r"^!trained_models/([^/]+)/$", read(".gitignore"), re.M))
    assert installed == committed


def test_every_command_is_in_the_readme() -> None:
    text = read("README.md")
    for action in build_parser()._actions:
        if isinstance(action.choices, dict):
            for name in action.choices:
                assert f"cbmir {name}" in text, name


def test_every_make_target_has_a_help_line() -> None:
    text = read("Makefile")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.M)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## \S", text, re.M), target


def test_the_changelog_names_this_version_or_what_is_unreleased() -> None:
    text = read("CHANGELOG.md")
    assert f"[{metadata.version('cbmir')}]" in text or "[Unreleased]" in text


def test_readme_says_what_the_program_is_not_for() -> None:
    assert "not for diagnosis" in read("README.md").lower()
