"""own-tests: the learner's own tests pass, and fail when the code is broken."""

import json
import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest

from acceptance.support import ROOT, expect, fail

LOOK = "tests/test_blog.py"
GIVEN = "tests/test_smoke.py"
SECONDS = 40

# Loaded by pytest into the process that runs the learner's tests. It replaces one
# method in memory, hashes passwords quickly, and writes down what came of each test.
PLUGIN = """
import json, os
from pathlib import Path

tests = []


def pytest_collection_finish(session):
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    kind = os.environ["OWN_TESTS_BREAK"]
    if kind == "published":
        from blog.models import PostQuerySet

        PostQuerySet.published = lambda self, *args, **kwargs: self.all()
    if kind == "can_be_edited_by":
        from blog.models import Post

        Post.can_be_edited_by = lambda self, *args, **kwargs: True


def pytest_collectreport(report):
    if report.failed:
        note(report, "error")


def pytest_runtest_logreport(report):
    if report.when == "call":
        note(report, report.outcome)
    elif report.failed:
        note(report, "error")
    elif report.skipped:
        note(report, "skipped")


def note(report, outcome):
    crash = getattr(report.longrepr, "reprcrash", None)
    told = str(report.longrepr or "").strip().splitlines()
    text = crash.message if crash else told[-1].removeprefix("E ") if told else ""
    tests.append({"name": report.nodeid, "outcome": outcome, "text": text})


def pytest_sessionfinish(session):
    Path(os.environ["OWN_TESTS_REPORT"]).write_text(json.dumps(tests), encoding="utf-8")
"""
BROKEN = {
    "published": "PostQuerySet.published returns every post",
    "can_be_edited_by": "Post.can_be_edited_by returns True for everybody",
}


@cache
def runs():
    """{what is broken: (tests, output)}; all three run side by side, once."""
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "own_tests_plugin.py").write_text(PLUGIN, encoding="utf-8")
        started = {kind: start(folder, kind) for kind in ("", *BROKEN)}
        end = time.monotonic() + SECONDS
        for kind, process in started.items():
            try:
                output, _ = process.communicate(
                    timeout=max(end - time.monotonic(), 0.1)
                )
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
                output = f"{output.rstrip()}\nstill running after {SECONDS} seconds"
            report = folder / f"{kind}.json"
            tests = json.loads(report.read_text("utf-8")) if report.exists() else None
            found[kind] = tests, output.strip()
    return found


def start(folder, kind):
    """The learner's tests in a process of their own, with a database of their own."""
    ours = ("PATH_", "PYTEST_")
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(ours)
    }
    env |= {
        "DATABASE_URL": f"sqlite:///{(folder / kind).as_posix()}.sqlite3",
        "OWN_TESTS_BREAK": kind,
        "OWN_TESTS_REPORT": str(folder / f"{kind}.json"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [env_path()])]),
    }
    options = ["-q", "-p", "no:cacheprovider", "-p", "own_tests_plugin"]
    options += ["-x"] if kind else []  # one that fails is enough
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "tests", *options],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def env_path():
    return os.environ.get("PYTHONPATH", "")


def own(kind=""):
    """The results of the learner's own tests, the given one left out."""
    __tracebackhide__ = True
    tests, output = runs()[kind]
    if tests is None:
        fail(
            did="Ran pytest tests",
            wanted="your own tests run",
            got=output.splitlines()[-1] if output else "pytest said nothing",
            look=LOOK,
        )
    return [test for test in tests if not test["name"].startswith(GIVEN)]


def short(test):
    """One result in a line."""
    text = " ".join(test["text"].split())
    return f"{test['name']}: {text[:160]}" if text else test["name"]


def test_they_pass():
    """NFR-6: the learner's own tests are green, all of them."""
    own()
    tests, output = runs()[""]
    bad = [test for test in tests if test["outcome"] in ("failed", "error")]
    expect(
        not bad and tests,
        did="Ran pytest tests",
        wanted="every test passed (NFR-6)",
        got="; ".join(short(test) for test in bad[:3]) or output.splitlines()[-1],
        look=bad[0]["name"].split("::")[0] if bad else LOOK,
    )


def test_there_are_eight():
    """NFR-6: at least eight tests besides the given one."""
    passed = [test for test in own() if test["outcome"] == "passed"]
    expect(
        len(passed) >= 8,
        did="Ran pytest tests",
        wanted=f"at least eight tests of your own that pass, besides {GIVEN} (NFR-6)",
        got=f"{len(passed)}",
        look=LOOK,
    )


@pytest.mark.parametrize("kind", list(BROKEN))
def test_they_notice(kind):
    """NFR-6: a test is worth its lines if it fails when the thing breaks."""
    before = {test["name"] for test in own() if test["outcome"] == "passed"}
    noticed = [
        test
        for test in own(kind)
        if test["name"] in before and test["outcome"] in ("failed", "error")
    ]
    expect(
        noticed,
        did=f"Ran pytest tests while {BROKEN[kind]}",
        wanted="at least one of your tests failed (NFR-6)",
        got=f"all {len(before)} passed" if before else "there is no test of your own",
        look=LOOK,
    )
