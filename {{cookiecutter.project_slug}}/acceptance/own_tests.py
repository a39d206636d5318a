"""Runs your own tests, as they are and with something broken in memory on purpose.

A test is worth its lines if it fails when the thing that it guards breaks. Your files
are not changed; each run has a process and a database of its own, all side by side.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from acceptance.asserting import asserting_nothing, without_assertion
from acceptance.plain import PLAIN
from acceptance.support import ROOT, brief, expect, fail, patience

SECONDS = 60

# For tests that are run here: what they show must not depend on plugins that move tests
# to other processes, reorder, choose or repeat them.
ALONE = [*PLAIN]
for plugin in (
    *("xdist", "xdist.looponfail", "parallel", "run-parallel", "pytest_forked"),
    *("randomly", "random_order", "reverse", "pytest_order"),
    *("picked", "pytest-split", "pytest-shard", "pytest-testmon"),
    *("rerunfailures", "repeat", "flaky", "flakefinder", "pytest-retry"),
):
    ALONE += ["-p", f"no:{plugin}"]
# Their marks are unknown then.
ALONE += ["-W", "ignore::pytest.PytestUnknownMarkWarning"]

# Loaded by pytest into the process that runs the tests. It breaks one thing in memory,
# hashes passwords quickly, and writes down what came of each test.
PLUGIN = """
import json, os
from pathlib import Path

tests, classes = [], {}


def pytest_collection_finish(session):
    from django.conf import settings

    for item in session.items:
        bases = getattr(item.cls, "__mro__", ()) if hasattr(item, "cls") else ()
        classes[item.nodeid] = [f"{b.__module__}.{b.__qualname__}" for b in bases]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    exec(os.environ["OWN_TESTS_BREAK"], {})


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
    test = {"name": report.nodeid, "outcome": outcome, "text": text}
    tests.append({**test, "classes": classes.get(report.nodeid, [])})


def pytest_sessionfinish(session):
    Path(os.environ["OWN_TESTS_REPORT"]).write_text(json.dumps(tests), encoding="utf-8")
"""

Run = tuple[list[dict[str, Any]] | None, str]
_runs: dict[tuple[tuple[str, ...], str], Run] = {}  # what ran, and what was broken


class OwnTests:
    """The tests below ``tests/``, run once as they are and once for each break.

    What several objects ask for in the same way runs once.
    """

    def __init__(
        self,
        breaks: Mapping[str, tuple[str, str]] | None = None,
        *,
        look: str,
        paths: tuple[str, ...] = ("tests",),
        given: tuple[str, ...] = ("tests/test_smoke.py",),
        within: str = "",
        seconds: int = SECONDS,
    ) -> None:
        """
        Args:
            breaks: by name, what is broken in words, and the Python that breaks it.
            look: where to look after a failure.
            paths: what pytest is told to run.
            given: files of tests that came with the project and do not count.
            within: the one file that counts, and runs where something is broken.
            seconds: how long all runs together may take; see ``patience``.
        """
        self.breaks = dict(breaks or {})
        self.look, self.paths, self.given = look, paths, given
        self.within, self.seconds = within, seconds

    def _what(self, kind: str) -> tuple[tuple[str, ...], str]:
        """What a run is told to run, and the Python that breaks something."""
        if not kind:
            return self.paths, ""
        return ((self.within,) if self.within else self.paths), self.breaks[kind][1]

    @cached_property
    def runs(self) -> dict[str, Run]:
        """(tests, output) by name of what is broken; "" is the run as they are."""
        kinds = ("", *self.breaks)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "own_tests_plugin.py").write_text(PLUGIN, encoding="utf-8")
            started = {
                kind: self._start(folder, kind)
                for kind in kinds
                if self._what(kind) not in _runs
            }
            seconds = patience(self.seconds)
            end = time.monotonic() + seconds
            for kind, process in started.items():
                try:
                    left = max(end - time.monotonic(), 0.1)
                    output, _ = process.communicate(timeout=left)
                except subprocess.TimeoutExpired:
                    process.kill()
                    output, _ = process.communicate()
                    late = f"still running after {seconds:g} seconds"
                    output = f"{output.rstrip()}\n{late}"
                file = folder / f"{kind}.json"
                tests = json.loads(file.read_text("utf-8")) if file.exists() else None
                _runs[self._what(kind)] = tests, output.strip()
        return {kind: _runs[self._what(kind)] for kind in kinds}

    def _start(self, folder: Path, kind: str) -> subprocess.Popen[str]:
        ours = ("PATH_", "PYTEST_", "REDIS_URL", "EMAIL_URL")
        env = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        before = env.get("PYTHONPATH", "")
        paths, broken = self._what(kind)
        env |= {
            "DATABASE_URL": f"sqlite:///{(folder / kind).as_posix()}.sqlite3",
            "OWN_TESTS_BREAK": broken,
            "OWN_TESTS_REPORT": str(folder / f"{kind}.json"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, [before])]),
        }
        options = [*ALONE, "-p", "own_tests_plugin"]
        options += ["-x"] if kind else []  # one that fails is enough
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *paths, *options],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def own(self, kind: str = "") -> list[dict[str, Any]]:
        """The results, those that do not count left out; or a sentence."""
        __tracebackhide__ = True
        tests, output = self.runs[kind]
        if tests is None:
            fail(
                did=self._did(kind),
                wanted="your own tests run",
                got=output.splitlines()[-1] if output else "pytest said nothing",
                look=self.look,
            )
        return [
            test
            for test in tests
            if test["name"].startswith(self.within)
            and not test["name"].startswith(self.given)
        ]

    def _did(self, kind: str = "") -> str:
        """What was done, in words."""
        ran = f"Ran pytest {' '.join(self._what(kind)[0])}"
        return f"{ran} while {self.breaks[kind][0]}" if kind else ran

    def expect_passed(self, *, wanted: str = "every test passed") -> None:
        """All of them pass, the given ones with them; or a sentence."""
        __tracebackhide__ = True
        self.own()
        tests, output = self.runs[""]
        bad = [test for test in tests or [] if test["outcome"] in ("failed", "error")]
        expect(
            not bad and tests,
            did=self._did(),
            wanted=wanted,
            got="; ".join(map(short, bad[:3])) or output.splitlines()[-1],
            look=bad[0]["name"].split("::")[0] if bad else self.look,
        )

    def expect_count(self, least: int, *, wanted: str = "") -> None:
        """There are so many that pass and assert something; or a sentence.

        The given ones are not counted.
        """
        __tracebackhide__ = True
        passed = [test["name"] for test in self.own() if test["outcome"] == "passed"]
        empty = asserting_nothing(passed, ROOT)
        count = len(passed) - len(empty)
        besides = f", besides {', '.join(self.given)}" if self.given else ""
        besides = f" in {self.within}" if self.within else besides
        expect(
            count >= least,
            did=self._did(),
            wanted=wanted or f"at least {least} tests of your own that pass{besides}",
            got=f"{count}" + (f", and {without_assertion(empty)}" if empty else ""),
            look=empty[0].split("[")[0] if empty else self.look,
        )

    def expect_class(self, *names: str, but: str = "-", wanted: str) -> None:
        """One that passes stands in a class derived from one of these; or a sentence.

        Args:
            names: whole names of classes; none where a function is wanted.
            but: a class that it may not be derived from.
            wanted: what a sentence says.
        """
        __tracebackhide__ = True
        passed = [test for test in self.own() if test["outcome"] == "passed"]
        expect(
            any(
                set(names) & set(test["classes"]) and but not in test["classes"]
                if names
                else not test["classes"]
                for test in passed
            ),
            did=f"{self._did()}, and looked where the tests stand",
            wanted=wanted,
            got=f"{len(passed)} tests that pass, none of this kind",
            look=self.look,
        )

    def expect_noticed(self, kind: str, *, wanted: str = "") -> None:
        """One of them fails while something is broken; or a sentence."""
        __tracebackhide__ = True
        before = {test["name"] for test in self.own() if test["outcome"] == "passed"}
        noticed = [
            test
            for test in self.own(kind)
            if test["name"] in before and test["outcome"] in ("failed", "error")
        ]
        none = "there is no test of your own"
        expect(
            noticed,
            did=self._did(kind),
            wanted=wanted or "at least one of your tests failed",
            got=f"all {len(before)} passed" if before else none,
            look=self.look,
        )


def short(test: dict[str, Any]) -> str:
    """One result in a line."""
    text = brief(test["text"], 160)
    return f"{test['name']}: {text}" if text else str(test["name"])
