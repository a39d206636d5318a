"""own-tests: the learner's tests notice when the site breaks."""

import json
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from acceptance.asserting import asserting_nothing, without_assertion
from acceptance.own_tests import ALONE
from acceptance.support import expect, fail, patience

LOOK = "tests/"
LEAST = 5
SECONDS = 50
FAULTS = {
    "": "it works",
    "home": "the home page lists no place",
    "place": "the page of a place shows nothing of it",
    "status": "an unknown place answers 200 in place of 404",
    "walk": "walk_text(60) gives “60 min on foot”",
}

# Breaks the site inside a run of the learner's tests, and counts what came of them.
PLUGIN = """
import json
import os

FAULT = os.environ["FAULT"]
COUNTS = {"passed": 0, "failed": 0, "error": 0, "own": [], "first": ""}


def pytest_configure(config):
    from django.conf import settings

    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "path_faults.break_pages"]
    if FAULT == "walk":
        from guide.places import walk_text

        def broken(minutes):
            return f"{minutes} min on foot" if minutes else "at the station"

        walk_text.__code__ = broken.__code__
        walk_text.__defaults__ = None


def break_pages(get_response):
    def answer(request):
        response = get_response(request)
        place = request.path.startswith("/places/")
        blank = FAULT == "home" and request.path == "/" or FAULT == "place" and place
        if blank and response.status_code == 200:
            response.content = b"<!DOCTYPE html><main><h1>Guide</h1></main>"
        if FAULT == "status" and place and response.status_code == 404:
            response.status_code = 200
        return response

    return answer


def pytest_runtest_logreport(report):
    if report.when == "call" or report.failed:
        kind = report.outcome if report.when == "call" else "error"
        COUNTS[kind] = COUNTS.get(kind, 0) + 1
        if report.when == "call" and "test_smoke.py" not in report.nodeid:
            COUNTS["own"].append(report.nodeid)
        if kind in ("failed", "error") and not COUNTS["first"]:
            COUNTS["first"] = report.nodeid


def pytest_collectreport(report):
    if report.failed:
        COUNTS["error"] += 1
        COUNTS["first"] = COUNTS["first"] or report.nodeid


def pytest_sessionfinish(session):
    with open(os.environ["COUNTS"], "w", encoding="utf-8") as file:
        json.dump(COUNTS, file)
"""


def run(root: Path, folder: Path, fault: str) -> dict:
    """What came of the learner's tests while the site had this fault."""
    counts = folder / f"{fault or 'none'}.json"
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PATH_REPORT" and not name.startswith("PYTEST_")
    } | {
        "FAULT": fault,
        "COUNTS": str(counts),
        "DATABASE_URL": "sqlite://:memory:",
        "PYTHONPATH": os.pathsep.join(
            filter(None, (str(folder), str(root), os.environ.get("PYTHONPATH")))
        ),
    }
    command = [sys.executable, "-m", "pytest", "tests", *ALONE, "-p", "path_faults"]
    seconds = patience(SECONDS)
    did = "Ran pytest tests" + (" with the site broken on purpose" if fault else "")
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        fail(
            did=did,
            wanted=f"an end within {seconds:g} seconds",
            got="the tests were still running",
            look=LOOK,
        )
    if not counts.is_file():
        lines = (done.stdout + done.stderr).strip().splitlines()
        fail(
            did=did,
            wanted="that the tests run",
            got=lines[-1] if lines else "nothing",
            look=LOOK,
        )
    return json.loads(counts.read_text(encoding="utf-8"))


_runs: dict[str, Future] = {}


@pytest.fixture
def came_of(root, tmp_path):
    """A function: what came of the learner's tests under a fault; all run at once."""

    def wait(fault: str) -> dict:
        if not _runs:
            (tmp_path / "path_faults.py").write_text(PLUGIN, encoding="utf-8")
            with ThreadPoolExecutor(len(FAULTS)) as pool:
                for name in FAULTS:
                    _runs[name] = pool.submit(run, root, tmp_path, name)
        return _runs[fault].result()

    return wait


def test_there_are_tests_and_they_pass(came_of, root):
    """NFR-4: five tests of the learner's own, all of them green."""
    counts = came_of("")
    bad = counts["failed"] + counts["error"]
    expect(
        not bad,
        did="Ran pytest tests",
        wanted="that all tests pass while the site works",
        got=f"{bad} did not, the first of them {counts['first']}",
        look=counts["first"].split("::")[0] or LOOK,
    )
    empty = asserting_nothing(counts["own"], root)
    count = len(counts["own"]) - len(empty)
    expect(
        count >= LEAST,
        did="Ran pytest tests",
        wanted=f"{LEAST} tests or more besides those of tests/test_smoke.py (NFR-4)",
        got=f"{count} of them" + (f", and {without_assertion(empty)}" if empty else ""),
        look=LOOK,
    )


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault])
def test_a_broken_site_is_noticed(came_of, fault):
    """NFR-4: a test fails while the site is broken."""
    counts = came_of(fault)
    expect(
        counts["failed"],
        did=f"Broke the site on purpose, so that {FAULTS[fault]}, and ran pytest tests",
        wanted="at least one test that fails then (NFR-4)",
        got="no test noticed"
        if not counts["error"]
        else f"an error outside any test, at {counts['first']}",
        look=LOOK,
    )
