"""Look every pinned package up in the databases of known vulnerabilities.

    audit.py PIP-AUDIT CONSTRAINTS

Ends with 0 if all were looked up and none is known to be vulnerable, 1 if some are,
and 3 if packages could not be looked up: pip-audit takes a database that does not know
a package, or an index that has none, for good news.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SOUND, VULNERABLE, NOT_LOOKED_UP = 0, 1, 3
SERVICES = ("pypi", "osv")
TRY_AGAIN = (
    "The databases (https://pypi.org and https://api.osv.dev) may be out of reach from "
    "here. Try again with 'make audit' where they can be reached; constraints.txt and "
    "the tools in .venv/audit are all that is needed."
)


def look_up(tool: str, constraints: Path, service: str) -> dict[str, Any] | None:
    """Return what a database says of each package; None if it says nothing."""
    command = [tool, "--requirement", str(constraints), "--no-deps", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(
        [*command, "--vulnerability-service", service],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        document = json.loads(done.stdout)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def judge(documents: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Return the exit status and what is to be said.

    A package counts as looked up if one of the databases knows it.
    """
    names: set[str] = set()
    known: set[str] = set()
    found: dict[str, str] = {}
    for document in documents:
        for package in document["dependencies"]:
            names.add(package["name"])
            if "skip_reason" in package:
                continue
            known.add(package["name"])
            for entry in package.get("vulns", []):
                fixed = ", ".join(entry.get("fix_versions", [])) or "nothing yet"
                text = f"{package['name']} {package['version']}: {entry['id']}"
                found[text] = f"{text}, mended in {fixed}"
    unknown = sorted(names - known)
    lines = [found[key] for key in sorted(found)]
    lines.append(
        f"{len(known)} of {len(names)} packages looked up, {len(found)} known "
        f"vulnerabilities"
    )
    if found:
        return VULNERABLE, lines
    if unknown or not names:
        some = ", ".join(unknown[:5])
        lines.append(f"Not looked up: {some}{' ...' if len(unknown) > 5 else ''}")
        lines.append(TRY_AGAIN)
        return NOT_LOOKED_UP, lines
    return SOUND, lines


def main() -> int:
    """Ask one database after the other, until every package is known to one."""
    tool, constraints = sys.argv[1], Path(sys.argv[2])
    documents: list[dict[str, Any]] = []
    status, lines = judge(documents)
    for service in SERVICES:
        document = look_up(tool, constraints, service)
        if document is not None:
            documents.append(document)
            status, lines = judge(documents)
        if status != NOT_LOOKED_UP:
            break
    sys.stdout.write("\n".join(lines) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
