"""`make audit` never takes a database out of reach for good news."""

import runpy
from pathlib import Path
from typing import Any

import pytest

AUDIT = runpy.run_path(str(Path(__file__).parents[3] / ".ci" / "audit.py"))
Document = dict[str, Any]


def package(name: str, *vulnerabilities: str, skipped: bool = False) -> Document:
    if skipped:
        return {"name": name, "skip_reason": "Dependency not found on PyPI"}
    entries = [{"id": key, "fix_versions": ["9.1"]} for key in vulnerabilities]
    return {"name": name, "version": "1.0", "vulns": entries}


def document(*packages: Document) -> Document:
    return {"dependencies": list(packages), "fixes": []}


def test_all_looked_up_and_sound() -> None:
    status, lines = AUDIT["judge"]([document(package("keras"), package("numpy"))])
    assert status == 0
    assert lines == ["2 of 2 packages looked up, 0 known vulnerabilities"]


def test_a_vulnerability_fails_and_is_named() -> None:
    bad = package("keras", "CVE-2026-1462")
    status, lines = AUDIT["judge"]([document(bad, package("numpy", skipped=True))])
    assert status == 1
    assert lines[0] == "keras 1.0: CVE-2026-1462, mended in 9.1"


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [document()],
        [document(package("keras", skipped=True), package("numpy", skipped=True))],
        [document(package("keras"), package("numpy", skipped=True))],
    ],
)
def test_what_was_not_looked_up_is_no_good_news(documents: list[Document]) -> None:
    status, lines = AUDIT["judge"](documents)
    assert status == 3
    assert "Try again with 'make audit'" in lines[-1]


def test_a_second_database_fills_the_gaps_of_the_first() -> None:
    first = document(package("keras"), package("numpy", skipped=True))
    second = document(package("keras"), package("numpy"))
    assert AUDIT["judge"]([first, second])[0] == 0


@pytest.mark.parametrize("answer", ["", "Traceback ...", "[]"])
def test_a_tool_that_fails_says_nothing(answer: str, tmp_path: Path) -> None:
    tool = tmp_path / "pip-audit"
    tool.write_text(f"#!/bin/sh\necho '{answer}'\nexit 1\n")
    tool.chmod(0o700)
    assert AUDIT["look_up"](str(tool), tmp_path / "constraints.txt", "osv") is None
