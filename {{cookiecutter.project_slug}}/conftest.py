"""What pytest does here: your own tests, and the acceptance tests of ticked tasks.

A test of a task that is not ticked yet is not collected, unless it is named on the
command line: `pytest acceptance/test_post_list.py`. Where TASKS.md shows no task of the
project, a run that would choose by it fails: it would be green with nothing run.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the learner's Python may be older
    sys.exit(
        f"This repository needs Python 3.11 or newer, this is {sys.version_info[0]}."
        f"{sys.version_info[1]}. Activate the virtual environment, or make it anew."
    )

import json
import os
import random
import time
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from acceptance import results  # noqa: E402
from acceptance.support import NotYet, Some, Visitor, described, unheard  # noqa: E402

SEED = int(os.environ.get("PATH_SEED") or random.SystemRandom().randrange(10**6))


# -------------------------------------------------------------------- which tests run


# Resolved, as ROOT is: pytest names files as they were opened, through a symbolic link
# or a mapped drive.
ACCEPTANCE = (ROOT / "acceptance").resolve()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves the tests of tasks that are not ticked out."""
    if not collection_path.name.startswith("test_"):
        return None
    if _resolved(collection_path.parent) != ACCEPTANCE:
        return None
    slug = collection_path.stem.removeprefix("test_").replace("_", "-")
    return not boxes().get(slug, False)


_resolved = cache(Path.resolve)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Fails where TASKS.md is to choose the tests and shows no task."""
    if not chooses(session.config) or not (slugs := tasks()):
        return
    if not boxes().keys() & slugs:
        raise pytest.UsageError(
            f"TASKS.md {_state()}, and its ticks say which acceptance tests run, so "
            "none of them would. python path.py says how to get it back."
        )


def chooses(config: pytest.Config) -> bool:
    """Whether a whole folder is to be run in which the acceptance tests stand."""
    here = config.invocation_params.dir
    places = [(here / arg.partition("::")[0]).resolve() for arg in config.args]
    return any(ACCEPTANCE.is_relative_to(place) for place in places)


@cache
def tasks() -> list[str]:
    """The slugs of the project's tasks; none where nothing says them."""
    try:
        data = json.loads((ROOT / ".path/project.json").read_text(encoding="utf-8"))
        return [str(task["slug"]) for task in data["tasks"]]
    except (OSError, ValueError, TypeError, LookupError):
        return []


@cache
def task_lines() -> Any:
    """The module `.path/task_lines.py`, which needs no other."""
    spec = util.spec_from_file_location("task_lines", ROOT / ".path/task_lines.py")
    assert spec is not None
    assert spec.loader is not None
    lines = util.module_from_spec(spec)
    spec.loader.exec_module(lines)
    return lines


@cache
def boxes() -> dict[str, bool]:
    """The tasks that TASKS.md shows, and whether each is ticked."""
    try:
        text = (ROOT / "TASKS.md").read_bytes()
    except OSError:
        return {}
    found: dict[str, bool] = task_lines().boxes(text)
    return found


def _state() -> str:
    """What is wrong with a TASKS.md that shows no task."""
    try:
        text = (ROOT / "TASKS.md").read_bytes()
    except FileNotFoundError:
        text = None
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return str(task_lines().shows_nothing(text))


# ----------------------------------------------------------------------- what it says


def pytest_report_header(config: pytest.Config) -> str:
    """Names the seed of the random data."""
    return f"random data: seed {SEED} (PATH_SEED={SEED} repeats it)"


def pytest_terminal_summary(
    terminalreporter: Any, exitstatus: int, config: pytest.Config
) -> None:
    """Names tasks without a line; the seed after a failure, as the header is off."""
    if chooses(config) and (gone := [s for s in tasks() if s not in boxes()]):
        names = ", ".join(gone[:3]) + f" and {len(gone) - 3} more" * (len(gone) > 3)
        terminalreporter.write_line(
            f"TASKS.md has no line for {names}: not run. python path.py gives it back."
        )
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        terminalreporter.write_line(f"PATH_SEED={SEED} repeats this run")


_shared: list[float] = []  # seconds of fixtures of the session, since the last phase


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Any:
    """Has a sentence tell what Django has only logged."""
    __tracebackhide__ = True
    with unheard():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keeps what came of a test for path.py."""
    report = yield
    seconds = results.SECONDS.get(item.nodeid, 0) + call.duration - sum(_shared)
    results.SECONDS[item.nodeid] = max(seconds, 0)
    _shared.clear()
    if report.when == "call" or report.outcome != "passed":
        results.TESTS.append(
            {
                "file": _within(item.path),
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


def _within(path: Path) -> str:
    """A file's path inside the repository, with slashes; its whole path elsewhere."""
    resolved = path.resolve()
    if resolved.is_relative_to(ROOT):
        return resolved.relative_to(ROOT).as_posix()
    return str(path)


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


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Any:
    """Counts what the whole session shares, such as the database, to no test."""
    begun = time.perf_counter()
    try:
        return (yield)
    finally:
        if fixturedef.scope == "session":
            _shared.append(time.perf_counter() - begun)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Keeps what went wrong while a file of tests was read."""
    if report.failed:
        text = report.longreprtext
        results.TESTS.append(results.broken(report.nodeid, None, text))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the report that path.py asked for."""
    if target := os.environ.get("PATH_REPORT"):
        results.write(Path(target), results.report(seed=SEED))


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
