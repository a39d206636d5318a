"""What pytest does here: your own tests, and the acceptance tests of ticked tasks.

A test of a task that is not ticked yet is not collected, unless it is named on the
command line: `pytest acceptance/test_post_list.py`.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the learner's Python may be older
    sys.exit(
        f"This repository needs Python 3.11 or newer, this is {sys.version_info[0]}."
        f"{sys.version_info[1]}. Activate the virtual environment, or make it anew."
    )

import os
import random
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from acceptance.__main__ import write  # noqa: E402
from acceptance.support import NotYet, Some, Visitor, described  # noqa: E402

SEED = int(os.environ.get("PATH_SEED") or random.SystemRandom().randrange(10**6))


# -------------------------------------------------------------------- which tests run


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves the tests of tasks that are not ticked out."""
    if collection_path.parent != ROOT / "acceptance":
        return None
    if not collection_path.name.startswith("test_"):
        return None
    return collection_path.stem.removeprefix("test_").replace("_", "-") not in done()


@cache
def done() -> frozenset[str]:
    """The slugs of the ticked tasks; none where TASKS.md cannot be read."""
    spec = util.spec_from_file_location("task_lines", ROOT / ".path/task_lines.py")
    assert spec is not None
    assert spec.loader is not None
    lines = util.module_from_spec(spec)
    spec.loader.exec_module(lines)
    try:
        return frozenset(lines.ticked((ROOT / "TASKS.md").read_bytes()))
    except OSError:
        return frozenset()


# ----------------------------------------------------------------------- what it says


def pytest_report_header(config: pytest.Config) -> str:
    """Names the seed of the random data."""
    return f"random data: seed {SEED} (PATH_SEED={SEED} repeats it)"


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int) -> None:
    """Names the seed after a failure, where the header is off."""
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        terminalreporter.write_line(f"PATH_SEED={SEED} repeats this run")


_tests: list[dict[str, Any]] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keeps what came of a test for path.py."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        _tests.append(
            {
                "file": item.path.relative_to(ROOT).as_posix()
                if item.path.is_relative_to(ROOT)
                else str(item.path),
                "name": item.name,
                "outcome": report.outcome if report.when == "call" else _off(report),
                "when": report.when,
                "notyet": _not_yet(call.excinfo.value) if call.excinfo else None,
                "error": described(call.excinfo.value)
                if call.excinfo and report.failed
                else None,
                "text": report.longreprtext,
            }
        )
    return report


def _off(report: pytest.TestReport) -> str:
    return "skipped" if report.outcome == "skipped" else "error"


def _not_yet(error: BaseException) -> dict[str, str] | None:
    if not isinstance(error, NotYet):
        return None
    return {
        "did": error.did,
        "wanted": error.wanted,
        "got": error.got,
        "look": error.look,
    }


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Keeps what went wrong while a file of tests was read."""
    if report.failed:
        _tests.append(
            {
                "file": report.nodeid,
                "name": "",
                "outcome": "error",
                "when": "collect",
                "notyet": None,
                "error": None,
                "text": report.longreprtext,
            }
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the report that path.py asked for."""
    target = os.environ.get("PATH_REPORT")
    if not target:
        return
    bad = any(test["outcome"] in ("failed", "error") for test in _tests)
    ran = any(test["outcome"] == "passed" for test in _tests)
    outcome = "failed" if bad else "passed" if ran else "nothing"
    report = {"outcome": outcome, "tests": _tests, "crash": None, "seed": SEED}
    write(Path(target), report)


# --------------------------------------------------------------------------- fixtures


@pytest.fixture
def root() -> Path:
    """The folder of this repository."""
    return ROOT


@pytest.fixture
def some(request: pytest.FixtureRequest) -> Some:
    """Random titles, words, names and numbers."""
    # A test's data does not depend on which tests ran before it.
    return Some(random.Random(f"{SEED} {request.node.nodeid}").randrange(2**32))


@pytest.fixture
def visitor(db: None) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor()


@pytest.fixture
def make_user(db: None, some: Some) -> Any:
    """A function that makes users: `make_user()`, `make_user("ada", is_staff=True)`."""
    from django.contrib.auth import get_user_model

    def make_one(username: str = "", **fields: Any) -> Any:
        # Hashing a password takes a third of a second: only where a test gives one.
        manager = get_user_model()._default_manager
        return manager.create_user(username=username or some.name(), **fields)

    return make_one
