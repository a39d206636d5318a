"""After a task's tests have passed: those of other tasks, in the same process.

What costs most of a check is to start it: Python, Django, a database with its tables.
All that is there by then, so a few more tests cost little. Which ones are tried, and
in what order, `path.py` says in a plan; what fits is decided here, by the seconds that
each took before. The verdict on the task is written before the first of them runs, and
nothing that they do can change it.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from acceptance import results
from acceptance.support import told

# What more tests may cost, as a share of what the check has cost so far.
SHARE = 0.15
# And at the very most, as a share of the seconds that a check may take.
LIMIT = 1 / 12
# What is taken for the seconds of a test, and of reading a file, that nobody knows.
TEST, FILE = 0.05, 0.05


class Candidate(NamedTuple):
    """A file of tests that may be run.

    Attributes:
        file: its path in the repository.
        whole: whether all its tests run or none.
        reading: the seconds that it took to read it; None where nobody knows.
        tests: the seconds of its tests, and the number of the check in which each ran
            last, by their names.
    """

    file: str
    whole: bool
    reading: float | None
    tests: dict[str, tuple[float, int]]

    def order(self, name: str) -> int:
        """By what its tests are put in order: who waits longest comes first."""
        return self.tests[name][1] if name in self.tests else -1


class Plan(NamedTuple):
    """What `path.py` asks for.

    Attributes:
        candidates: the files to try, the most important first.
        known: the seconds of the start, and of the task's own tests, as they were
            before; None where nobody knows.
        manage: commands of manage.py to look at, of those in `MANAGE`.
    """

    candidates: list[Candidate]
    known: float | None
    manage: list[str]


def read_plan(file: Path) -> Plan:
    """Reads the file that `path.py` wrote."""
    data = json.loads(file.read_text(encoding="utf-8"))
    candidates = [Candidate(*each) for each in data["candidates"]]
    return Plan(candidates, data["known"], data["manage"])


def name_of(item: pytest.Item) -> str:
    """A test's name in its file."""
    return item.nodeid.partition("::")[2]


class Further:
    """A plugin of pytest: it runs the task's tests, and then what the plan says.

    Attributes:
        began: whether the task's tests have passed and others are under way.
    """

    def __init__(
        self,
        plan: Plan,
        report: Path,
        started: float,
        limit: float,
        watch: threading.Timer,
    ) -> None:
        """
        Args:
            plan: what to run.
            report: where the report goes.
            started: when the process began.
            limit: how many seconds the other tests may take at most.
            watch: ends a run of the task's own tests that takes too long.
        """
        self._plan, self._report, self._started = plan, report, started
        self._limit, self._watch = limit, watch
        self.began = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Takes the place of pytest's own loop, which would end with the first tests:
        the database of the run would go."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        run_items(session)
        report = results.report()
        if report["outcome"] == "passed" and alone():
            self._run_others(session, report)
        return True

    def _run_others(self, session: pytest.Session, report: dict[str, Any]) -> None:
        spent = time.perf_counter() - self._started
        known = self._plan.known
        budget = SHARE * (spent if known is None else known)
        further: dict[str, Any] = {"files": {}, "now": None, "manage": {}}
        report |= {"start": spent, "further": further}
        del os.environ["PATH_REPORT"]  # conftest.py would write it anew
        results.write(self._report, report)
        self.began = True
        self._watch.cancel()
        watch = threading.Timer(self._limit, self._give_up, [report])
        watch.daemon = True
        watch.start()
        try:
            for candidate in self._plan.candidates:
                reading = FILE if candidate.reading is None else candidate.reading
                total = sum(seconds for seconds, _ in candidate.tests.values())
                if reading + total * candidate.whole < budget:
                    budget -= reading
                    budget -= self._run_some(session, candidate, budget, further)
            for name in self._plan.manage:
                further["manage"][name] = look(name)
        finally:
            watch.cancel()
            report["seconds"] = dict(results.SECONDS)
            results.write(self._report, report)

    def _run_some(
        self,
        session: pytest.Session,
        candidate: Candidate,
        budget: float,
        further: dict[str, Any],
    ) -> float:
        """Runs the tests of a file that fit; how much of the budget they were worth.

        It goes by what they took before, and not by what they take: a machine that is
        busy just now runs the same tests.
        """
        begun = time.perf_counter()
        told = further["files"][candidate.file] = {"ran": [], "left": [], "tests": []}
        before = len(results.TESTS)
        try:
            session.perform_collect([candidate.file])
        except (Exception, SystemExit, pytest.UsageError) as error:
            results.TESTS.append(results.broken(candidate.file, error))
            session.items = []
        told["reading"] = time.perf_counter() - begun
        worth, chosen = 0.0, []
        for item in sorted(
            session.items, key=lambda item: candidate.order(name_of(item))
        ):
            seconds = candidate.tests.get(name_of(item), (TEST, 0))[0]
            fits = candidate.whole or worth + seconds <= budget
            told["ran" if fits else "left"].append(name_of(item))
            if fits:
                worth += seconds
                chosen.append(item.nodeid)
        # In the order that Django's databases need.
        session.items = [item for item in session.items if item.nodeid in chosen]
        further["now"] = candidate.file
        run_items(session)
        further["now"] = None
        tests = results.TESTS[before:]
        del results.TESTS[before:]
        session.testsfailed = 0
        told["tests"] = [test for test in tests if test["outcome"] in results.BAD]
        return worth

    def _give_up(self, report: dict[str, Any]) -> None:
        """One of them takes too long: what is known so far is all."""
        report["seconds"] = dict(results.SECONDS)
        results.write(self._report, report)
        os._exit(0)


def alone() -> bool:
    """Whether nothing is left running that would keep the process from its end.

    Then what is left running at the end is of other tests, and may be cut off.
    """
    here = threading.main_thread()
    return all(thread.daemon or thread is here for thread in threading.enumerate())


def run_items(session: pytest.Session) -> None:
    """Runs what is collected, and keeps what the session shares."""
    for place, item in enumerate(session.items):
        follows: Any = session.items[place + 1 : place + 2]
        # With the session as what follows, all that is less than the session is torn
        # down after the last test, and the database stays.
        following = follows[0] if follows else session
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)


# --------------------------------------------------------------------------- manage.py


def look(name: str) -> str:
    """What one of them would fail by; "" if by nothing."""
    try:
        return MANAGE[name]()
    except Exception as error:
        return told(error)


def system_check() -> str:
    """What `manage.py check --fail-level WARNING` would fail by; "" if by nothing."""
    from django.core import checks

    found = checks.run_checks()
    bad = [m for m in found if m.level >= checks.WARNING and not m.is_silenced()]
    return f"{bad[0].id}: {bad[0].msg}" if bad else ""


def missing_migrations() -> str:
    """What `manage.py makemigrations --check` would fail by; "" if by nothing.

    It asks no database.
    """
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
    from django.db.migrations.state import ProjectState

    loader = MigrationLoader(None, ignore_no_migrations=True)
    if conflicts := loader.detect_conflicts():
        return f"two last migrations in {', '.join(sorted(conflicts))}"
    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True),
    )
    apps_changed = sorted(detector.changes(graph=loader.graph))
    what = f"the models of {', '.join(apps_changed)} have changed"
    return f"{what} without a migration" if apps_changed else ""


MANAGE = {"check": system_check, "makemigrations": missing_migrations}
