"""What came of the tests of a run, as path.py reads it; conftest.py keeps it here."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from acceptance.support import described

BAD = ("failed", "error")

# Each test that ran, in their order; and the seconds of each, without what the whole
# session shares, such as the database.
TESTS: list[dict[str, Any]] = []
SECONDS: dict[str, float] = {}


def outcome(tests: list[dict[str, Any]]) -> str:
    """What came of them all: one of them is enough for a failure."""
    if any(test["outcome"] in BAD for test in tests):
        return "failed"
    ran = any(test["outcome"] == "passed" for test in tests)
    return "passed" if ran else "nothing"


def report(**more: Any) -> dict[str, Any]:
    """The report of the run, so far."""
    own = {"outcome": outcome(TESTS), "tests": list(TESTS), "crash": None}
    return own | {"seconds": dict(SECONDS)} | more


def broken(file: str, error: BaseException | None, text: str = "") -> dict[str, Any]:
    """What stands for a file of tests that could not be read."""
    return {
        "file": file,
        "name": "",
        "outcome": "error",
        "when": "collect",
        "notyet": None,
        "error": described(error) if error else None,
        "text": text,
    }


def write(path: Path, data: dict[str, Any]) -> None:
    """Writes a report whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(data, file)
    Path(name).replace(path)
