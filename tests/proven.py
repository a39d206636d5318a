"""Lets the suite run what is not proven yet, and a sample of what is.

A test that is marked ``ledger`` and whose parameters name a project is a check of that
project: a proof of a cut, a trial, or one of the checks that take a whole bake. Where
the project's ledger holds its key it is left out, unless it is drawn. What was green is
written into the ledger at the end. ``PROOF_ALL=1`` believes no ledger, and
``PROOF_PROJECT=…`` leaves out all that checks no project, or another one.

The suite's other tests are in no ledger, and run in every fresh clone. What was green
here is remembered beside pytest's cache, with the state of all files, and left out of
the next run of the whole suite in that state. A test that is marked ``only_projects``
reads the folders of these projects alone: a change in another one does not bring it
back. Where it opens a file of another, or bakes another, it fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from djangopath import catalogue
from djangopath.errors import SpecError
from tools import ledger
from tools.examples import all_slugs
from tools.ledger import Check
from tools.trials import Trial, trials

MARKS = (
    "ledger: a check of a project, left out where its ledger holds its key",
    "only_projects(*slugs): a test that reads the folders of these projects alone",
)
ONLY = "only_projects"
BAKED = "djangopath.baked"  # an event of sys.audit, with the project
OWN = ""  # in the place of a project's slug: tests that are in no ledger
MEMORY = "green.txt"
PARAMETERS = ("slug", "project_slug")
PACE = 60.0  # seconds from one forecast to the next
ENOUGH = 20  # tests by whose time the rest is forecast
WHY = {
    "all": "checks of projects, since no ledger is believed",
    "new": "not proven in this state",
    "drawn": "proven, and drawn for the sample",
    "own": "of the suite's own",
}


def project_of(item: pytest.Item) -> str | None:
    """The project that a test checks, where the ledger keeps its checks."""
    if item.get_closest_marker("ledger") is None:
        return None
    parameters = getattr(item, "callspec", None)
    for name in PARAMETERS:
        slug = parameters.params.get(name) if parameters else None
        if isinstance(slug, str) and slug in all_slugs():
            return slug
    place = item.path.relative_to(catalogue.ROOT).parts
    return place[1] if place[0] == "specs" and place[1] in all_slugs() else None


def check_of(item: pytest.Item, slug: str) -> Check:
    """What a test checks, and on what its verdict depends."""
    project = catalogue.load(slug)
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    kind = kind_of(item)
    if kind == "proof" and "done" in parameters:
        return ledger.cut_check(project, parameters["done"])
    if kind == "proof" and isinstance(parameters.get("trial"), Trial):
        return ledger.trial_check(project, parameters["trial"])
    name = re.sub(r"\s+", "-", item.name)
    return ledger.whole_check(project, kind, name, item.path)


def own_check(item: pytest.Item) -> Check:
    """A test of the suite's own, and on what its verdict depends."""
    name = re.sub(r"\s+", "-", item.nodeid.partition("::")[2])
    return ledger.own_check(kind_of(item), name, only_projects(item))


def only_projects(item: pytest.Item) -> set[str] | None:
    """The projects that a test says it reads, and that of its parameters; or None."""
    if item.get_closest_marker(ONLY) is None:
        return None
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    given = {
        slug for name in PARAMETERS if (slug := parameters.get(name)) in all_slugs()
    }
    return given.union(*(mark.args for mark in item.iter_markers(ONLY)))


def kind_of(item: pytest.Item) -> str:
    """The module of a test in letters alone; names of tests have no blanks.

    The lines of a ledger are read so.
    """
    kind = item.path.stem.removeprefix("test_")
    return re.sub(r"[^a-z]", "", kind.lower()) or "check"


_watched: tuple[re.Pattern[str], set[str]] | None = None


@contextlib.contextmanager
def others_read(slugs: Iterable[str]) -> Iterator[set[str]]:
    """Collects what this process opens in the folders of projects, and bakes of them.

    What another process opens is not seen, but for the answer that a bake is given; the
    fixture ``bake`` tells of it as well, when it has the bake already.
    """
    global _watched
    names = "|".join(map(re.escape, sorted(slugs))) or "(?!)"
    place = re.escape(f"{catalogue.SPECS}{os.sep}")
    found: set[str] = set()
    # Only an interpreter's end takes such a hook away, so there is one.
    if _watched is None:
        sys.addaudithook(_audit)
    _watched = (
        re.compile(rf"{place}(?:{names}){re.escape(os.sep)}.*|project=(?:{names})"),
        found,
    )
    try:
        yield found
    finally:
        _watched = re.compile(r"(?!)"), set()


@contextlib.contextmanager
def held_to_its_mark(item: pytest.Item) -> Iterator[None]:
    """Fails a test that reads of another project than it says."""
    if (named := only_projects(item)) is None:
        yield
        return
    with others_read(set(all_slugs()) - named) as found:
        yield
    if found:
        pytest.fail(
            f"{', '.join(sorted(found))}: read, though {ONLY} does not name the "
            "project; name it, or take the mark away",
            pytrace=False,
        )


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        words = arguments[:1]
    elif event == "subprocess.Popen":
        words = arguments[1]
    elif event == BAKED:
        words = [f"project={arguments[0]}"]
    else:
        return
    if _watched is not None and not isinstance(words, (str, bytes)):
        pattern, found = _watched
        found.update(w for w in map(str, words) if pattern.fullmatch(w))


class Proven:
    """The plugin. Each of xdist's workers leaves out the same; one process writes."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        # A ledger speaks of one seed of the random data. Another is drawn to see more.
        self.kept = os.environ.get("PROOF_SEED", "") == ledger.SEED
        self.all = os.environ.get("PROOF_ALL", "") not in ("", "0") or not self.kept
        self.only = os.environ.get("PROOF_PROJECT", "")
        self.worker = hasattr(config, "workerinput")
        self.checks: dict[str, tuple[str, Check]] = {}  # by id of the test
        self.why: Counter[str] = Counter()
        self.left_out = 0
        self.believed: set[str] = set()  # ids of tests whose key a ledger holds
        self.green: dict[str, set[Check]] = {}
        self.red: dict[str, set[Check]] = {}
        self.notes: list[str] = []
        self.total = self.done = 0
        self.begun = self.told = time.monotonic()

    # ------------------------------------------------------------------- what is run

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leaves out what is proven and not drawn."""
        if self.only and self.only not in all_slugs():
            raise pytest.UsageError(
                f"there is no project {self.only!r}; there are {', '.join(all_slugs())}"
            )
        commit = ledger.commit_id()
        of_project: dict[str, list[pytest.Item]] = {}
        for item in items:
            if slug := project_of(item):
                of_project.setdefault(slug, []).append(item)
        if self.only:
            items[:] = of_project.get(self.only, [])
            of_project = {self.only: list(items)}
        known: dict[str, set[Check]] = {OWN: set()}
        try:
            if not self.only:
                known[OWN] = self._remembered(items)
            for slug in self._in_turn(sorted(of_project)):
                known[slug] = ledger.read(catalogue.load(slug))
                for test, check in self._checks(slug, of_project[slug]).items():
                    self.checks[test] = slug, check
            ledger.share()  # refuses a share that is none, also where nothing is drawn
        except SpecError as error:
            raise pytest.UsageError(str(error)) from None
        run, left_out = [], []
        for item in items:
            if item.nodeid not in self.checks:
                self.why["own"] += 1
                run.append(item)
                continue
            slug, check = self.checks[item.nodeid]
            if check in known[slug]:
                self.believed.add(item.nodeid)
            if self.all:
                self.why["all"] += 1
                run.append(item)
            elif check not in known[slug]:
                self.why["new" if slug else "own"] += 1
                run.append(item)
            elif ledger.sampled(check, commit):
                self.why["drawn"] += 1
                run.append(item)
            else:
                left_out.append(item)
        items[:] = run
        self.left_out = len(left_out)
        if left_out:
            self.config.hook.pytest_deselected(items=left_out)
        self.total = len(run)
        if not self.worker:
            self._tell(self._plan(dict(self.why), self.left_out, commit))
        elif self.config.workerinput["workerid"] == "gw0":
            plan = [dict(self.why), self.left_out, commit]
            self._file("plan").write_text(json.dumps(plan), "utf-8")

    def _memory(self) -> Path | None:
        """The file of what was green here; None where pytest keeps no cache."""
        cache = getattr(self.config, "cache", None)
        return cache.mkdir("proven") / MEMORY if cache is not None else None

    def _remembered(self, items: list[pytest.Item]) -> set[Check]:
        """What was green here, where the whole suite is run; notes all own checks.

        Whoever names a test wants to see it run.
        """
        memory = self._memory()
        own = [item for item in items if project_of(item) is None]
        if memory is None or not (own and self.kept):
            return set()
        try:
            self.checks |= {item.nodeid: (OWN, own_check(item)) for item in own}
        except SpecError as error:
            self.notes.append(f"nothing is remembered of this run: {error}")
            return set()
        if not os.environ["PROVEN_WHOLE"]:
            return set()
        return ledger.read_file(memory, str(memory))

    @staticmethod
    def _file(name: str) -> Path:
        """A file that the processes of this run share."""
        return Path(os.environ["PROVEN_FOLDER"], f"{name}.json")

    def _in_turn(self, slugs: list[str]) -> list[str]:
        """Projects in the order of this process; each worker starts elsewhere."""
        if not self.worker:
            return slugs
        number = int(self.config.workerinput["workerid"].removeprefix("gw"))
        start = number * len(slugs) // int(self.config.workerinput["workercount"])
        return slugs[start:] + slugs[:start]

    def _checks(self, slug: str, items: list[pytest.Item]) -> dict[str, Check]:
        """What the tests of a project check, by the id of the test.

        Keys take a while. Of several workers the first that comes to a project computes
        them, and the others read them.
        """
        if not self.worker:
            return {item.nodeid: check_of(item, slug) for item in items}
        file = self._file(slug)
        ids = {item.nodeid for item in items}
        with FileLock(f"{file}.lock"):
            try:
                told = json.loads(file.read_text("utf-8"))
                found = {test: Check(*fields) for test, fields in told.items()}
                if set(found) == ids:
                    return found
            except (OSError, ValueError, TypeError, AttributeError):
                pass  # not computed yet, or not to be read: it is computed
            found = {item.nodeid: check_of(item, slug) for item in items}
            told = {test: astuple(check) for test, check in found.items()}
            file.write_text(json.dumps(told), "utf-8")
            return found

    @staticmethod
    def _plan(why: dict[str, int], left_out: int, commit: str) -> str:
        """What is run and why, in one line."""
        run = ", ".join(
            f"{why[key]} {text}" for key, text in WHY.items() if why.get(key)
        )
        of = f"commit {commit[:12]}" if commit else "no commit, since Git names none"
        return f"ledger: run are {run or 'none'}; {left_out} are proven; drawn by {of}"

    # ---------------------------------------------------------- what is read of others

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Any:
        """Watches the fixtures that a test is the first to take."""
        with held_to_its_mark(item):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        """Watches the test itself."""
        with held_to_its_mark(item):
            return (yield)

    # ----------------------------------------------------------------- what was green

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Any:
        """Adds to a report what was checked, for the process that writes."""
        report = yield
        if item.nodeid in self.checks:
            slug, check = self.checks[item.nodeid]
            believed = item.nodeid in self.believed
            told = [slug, check.kind, check.name, check.key, believed]
            report.user_properties.append(("ledger", told))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keeps what was green; says at intervals how much is left."""
        if self.worker:
            return
        for name, told in report.user_properties:
            if name != "ledger":
                continue
            slug, kind, check_name, key, believed = told
            check = Check(kind, check_name, key)
            green = self.green.setdefault(slug, set())
            if report.when == "call" and report.passed:
                green.add(check)
            elif report.failed:
                green.discard(check)
                if believed:
                    self.red.setdefault(slug, set()).add(check)
        if report.when == "teardown":
            self.done += 1
            self._forecast()

    def _forecast(self) -> None:
        now = time.monotonic()
        if now - self.told < PACE or self.done < ENOUGH or self.done >= self.total:
            return
        self.told = now
        left = self.total - self.done
        minutes = (now - self.begun) / self.done * left / 60
        self._tell(
            f"{self.done} of {self.total} done, {left} left, about {minutes:.0f} min"
        )

    def _tell(self, text: str) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            # After the dots of xdist ensure_newline() sees no line that was begun.
            if reporter._tw.width_of_current_line:
                reporter.write_line("")
            reporter.write_line(text)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """What the workers have found out, told once."""
        file = self._file("plan")
        if not self.total and file.exists():
            self.total = len(ids)
            self.begun = self.told = time.monotonic()
            why, self.left_out, commit = json.loads(file.read_text("utf-8"))
            self._tell(self._plan(why, self.left_out, commit))

    # ----------------------------------------------------------------------- the end

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the ledgers; a drawn check that is red is a ledger that lies."""
        none = session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
        if none and self.left_out:  # all is proven, and that is no failure
            session.exitstatus = pytest.ExitCode.OK
        if self.worker or self.config.option.collectonly or not self.kept:
            return
        for slug in sorted({*self.green, *self.red}):
            green, red = self.green.get(slug, set()), self.red.get(slug, set())
            try:
                if slug == OWN:
                    self.remember(green, red)
                    continue
                names = known_checks(slug, green)
                ledger.write(catalogue.load(slug), green, names, red)
            except SpecError as error:
                self.notes.append(str(error))

    def remember(self, green: Iterable[Check], red: Iterable[Check] = ()) -> None:
        """Keeps what was green here, beside what was before.

        Which other tests there are is not known: some were not collected now, and where
        there are workers, this process has collected none.
        """
        if (memory := self._memory()) is None:
            return
        green = set(green)
        known = map(str, (*ledger.read_file(memory, str(memory)), *green))
        ledger.write_file(memory, str(memory), green, known, red)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Says what came of it."""
        for note in self.notes:
            terminalreporter.write_line(note)
        for slug, checks in sorted(self.red.items()):
            for check in sorted(checks):
                if slug == OWN:
                    terminalreporter.write_line(
                        f"{check} was green here with the very same files, and is red: "
                        "what it depends on is no file, or it fails once in a while"
                    )
                    continue
                terminalreporter.write_line(
                    f"THE LEDGER LIED: specs/{slug}/{ledger.NAME} held {check} with "
                    "the key of this state, and it is red. Something that it depends "
                    "on is in no key, or the line was not written by the prover. The "
                    "line is taken out; make test ALL=1 believes no ledger."
                )


def known_checks(slug: str, green: Iterable[Check]) -> set[str]:
    """``kind name`` of what a project's ledger may hold.

    Proofs and trials are those that there are today; of the others, whose tests this
    run may not have collected, those that the ledger holds already.
    """
    project = catalogue.load(slug)
    proofs = ledger.all_checks(project, trials(project))
    others = {
        check for check in ledger.read(project) if check.kind not in ("cut", "trial")
    }
    return {str(check) for check in (*proofs, *others, *green)}


def pytest_configure(config: pytest.Config) -> None:
    """Registers the plugin; called by conftest.py."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if not hasattr(config, "workerinput"):
        place = tempfile.mkdtemp(prefix="djangopath-proven-")
        config.add_cleanup(lambda: shutil.rmtree(place, ignore_errors=True))
        os.environ["PROVEN_FOLDER"] = place
        # A worker is told every path by name, so only this process knows.
        named = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
        option = config.option
        narrowed = named or option.keyword or option.markexpr
        os.environ["PROVEN_WHOLE"] = "" if narrowed else "1"
    config.pluginmanager.register(Proven(config), "proven")
