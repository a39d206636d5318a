"""After a pass: which other tests are run too, what came of them, what CI would say.

A check of one task says nothing of the others, and a box that is ticked is a promise
that CI looks at. So the tests of other ticked tasks are run as well, as far as they
cost little: those first whose files have changed since the last pass. The seconds that
each took are kept in `.path/runs.json`, which Git ignores.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .parts import part
from .project import Project, Task
from .repository import HOME, ME, ROOT
from .tasks_file import replaced
from .text import Trouble, count, wrapped

MEMORY = HOME / "runs.json"
# Their tests start processes of their own, which several of them share and the first
# pays for: they run all or none, and not until it is known how long they take.
LONG = ("Testing", "Deployment")
# Of so many tasks the names are told.
MOST = 6
# Folders without code of the learner's, besides those whose names begin with a dot.
ELSEWHERE = {"__pycache__", "acceptance", "docs", "env", "media", "node_modules"} | {
    "static", "staticfiles", "tasks", "venv",
}  # fmt: skip

# How a run of tests is asked for: their files, and a plan.
RunTests = Callable[..., dict[str, Any]]


class Memory:
    """What earlier runs have told, of each file of tests.

    Attributes:
        files: by its path: ``reading``, the seconds to read it; ``tests``, the seconds
            of each of its tests and the number of the check in which it ran last;
            ``red``, whether one failed then; ``plain``, when the file was written that
            only plain pytest can run.
        checks: how many there have been.
        start: the least seconds that a check needs before its first test.
        at: the time of the last pass.
    """

    def __init__(self) -> None:
        data: Any = None
        with contextlib.suppress(OSError, ValueError, RecursionError):
            data = json.loads(MEMORY.read_text(encoding="utf-8"))
        data = data if isinstance(data, dict) and data.get("format") == 1 else {}
        files = data.get("files")
        self.files: dict[str, dict[str, Any]] = {
            file: known | {"tests": tests_of(known)}
            for file, known in (files.items() if isinstance(files, dict) else ())
            if isinstance(known, dict)
        }
        self.checks = int(number(data.get("checks")) or 0)
        self.start = number(data.get("start"))
        self.at = number(data.get("at"))

    def of(self, file: str) -> dict[str, Any]:
        """What is known of a file, to be written to."""
        return self.files.setdefault(file, {"tests": {}})

    def tests(self, file: str) -> dict[str, tuple[float, int]]:
        """The seconds of its tests, and when each ran last."""
        found: dict[str, tuple[float, int]] = self.files.get(file, {}).get("tests", {})
        return found

    def total(self, file: str) -> float | None:
        """The seconds of all its tests; None where nobody knows them."""
        known = self.tests(file)
        return sum(seconds for seconds, _ in known.values()) if known else None

    def learn(self, report: dict[str, Any]) -> None:
        """A run has told how long each test took."""
        self.checks += 1
        for test, seconds in (report.get("seconds") or {}).items():
            file, _, name = test.partition("::")
            tests = self.of(file)["tests"]
            # One that is the first of its class pays for all: it may be so again.
            before = tests[name][0] if name in tests else seconds
            tests[name] = round(max(seconds, (before + seconds) / 2), 4), self.checks

    def save(self) -> None:
        """Keeps it; what cannot be written is not remembered."""
        kept = {file: known for file, known in self.files.items() if exists(file)}
        data = {"format": 1, "checks": self.checks, "start": self.start, "at": self.at}
        with contextlib.suppress(OSError):
            replaced(MEMORY, json.dumps(data | {"files": kept}).encode())


def tests_of(known: dict[str, Any]) -> dict[str, tuple[float, int]]:
    """The tests of a file as they were kept; what cannot be read is left out."""
    tests = known.get("tests")
    found = {}
    for name, pair in tests.items() if isinstance(tests, dict) else ():
        if isinstance(pair, list) and len(pair) == 2:
            seconds, run = map(number, pair)
            if seconds is not None and run is not None:
                found[name] = seconds, int(run)
    return found


def number(value: object) -> float | None:
    """A number of the file; None where something else stands there."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if good and 0 <= float(value) < 1e12 else None  # type: ignore[arg-type]


def exists(file: str) -> bool:
    """Whether there is such a file in the repository."""
    with contextlib.suppress(OSError, ValueError):
        return (ROOT / file).is_file()
    return False


# ------------------------------------------------------------------------ what is run


def sources() -> Iterator[tuple[str, float]]:
    """The learner's files, each with the time of its last change."""
    for folder, names, files in os.walk(ROOT):
        inside = Path(folder).relative_to(ROOT)
        names[:] = sorted(
            name for name in names if name not in ELSEWHERE and name[0] != "."
        )
        for name in sorted(files):
            with contextlib.suppress(OSError):
                time_of = (Path(folder) / name).stat().st_mtime
                yield (inside / name).as_posix(), time_of


def is_test(file: str) -> bool:
    """Whether pytest takes it for the learner's own tests, as it is set up here."""
    name = file.rpartition("/")[2]
    return bool(re.fullmatch(r"test_.*\.py|tests\.py", name))


def writers() -> dict[str, set[str]]:
    """The tasks that write to a file, by its path, as the reference has it."""
    try:
        files = part("reference").unpacked("reference.pack")["files"]
        return {
            file: set(re.findall(r"\btask ([a-z0-9-]+): (?:begin|was|line|file)", text))
            for file, text in files.items()
        }
    except (Trouble, LookupError, TypeError, AttributeError):
        return {}


class Further:
    """What is run after one task's test has passed.

    Attributes:
        others: the other ticked tasks, by their files of tests.
        own: the learner's own files of tests.
        near: how many files that each of them is about have changed since the last
            pass, by its path.
    """

    def __init__(self, project: Project, task: Task, ticked: Sequence[str]) -> None:
        self.task, self.memory = task, Memory()
        done = set(ticked) - {task.slug}
        self.others = {each.test: each for each in project.tasks if each.slug in done}
        self._files = dict(sources())
        self.own = [
            file
            for file in self._files
            if is_test(file) and self._plain(file) != self._state(file)
        ]
        self.near = self._near()

    def plan(self) -> dict[str, Any]:
        """What `acceptance/further.py` reads."""
        own, start = self.memory.total(self.task.test), self.memory.start
        known = None if own is None or start is None else own + start
        commands = part("ci").manage_commands()
        return {"candidates": self._ordered(), "known": known, "manage": commands}

    def _ordered(self) -> list[tuple[str, bool, float | None, dict[str, Any]]]:
        """All that may be run, the most important first.

        What failed last comes first, then what reads most of the files that have been
        changed since the last pass, then what waits longest.
        """
        ranks: list[tuple[Any, str]] = []
        for file in (*self.others, *self.own):
            task = self.others.get(file)
            tests = self.memory.tests(file)
            if task and task.phase in LONG and not tests:
                continue
            known = self.memory.files.get(file, {})
            waits = min((run for _, run in tests.values()), default=-1)
            near, late = self.near[file], -task.number if task else 0
            ranks.append(((not known.get("red"), -near, waits, late), file))
        candidates = []
        for _, file in sorted(ranks):
            task = self.others.get(file)
            whole = task is not None and task.phase in LONG
            reading = number(self.memory.files.get(file, {}).get("reading"))
            candidates.append((file, whole, reading, self.memory.tests(file)))
        return candidates

    def _near(self) -> dict[str, int]:
        since = self.memory.at
        changed = {
            f for f, at in self._files.items() if since is not None and at > since
        }
        wrote = writers() if changed else {}
        near = {file: len({file} & changed) for file in self.own}
        for file, task in self.others.items():
            near[file] = sum(task.slug in wrote.get(each, ()) for each in changed)
        return near

    def _plain(self, file: str) -> Any:
        return self.memory.files.get(file, {}).get("plain")

    def _state(self, file: str) -> float:
        return self._files[file]

    # -------------------------------------------------------------- what came of it

    def findings(self, report: dict[str, Any], run_tests: RunTests) -> str:
        """What there is to say of the others and of CI; "" if there is nothing."""
        further = report.get("further") or {}
        ran: dict[str, Any] = dict(further.get("files") or {})
        self._learn(report, further)
        ran.pop(further.get("now"), None)  # it did not come to its end
        red = [file for file, each in ran.items() if each["tests"]]
        broken = self._confirmed([f for f in red if f in self.others], run_tests)
        failing = self._failing_alone([f for f in red if f in self.own])
        self.memory.save()
        texts = [self._broken(broken)] if broken else []
        texts += filter(None, [self._told(ran, broken)])
        looks = [f"pytest: {each}" for each in failing]
        looks += part("ci").manage_findings(further.get("manage") or {})
        looks += part("ci").findings()
        if looks:
            listed = "\n".join(wrapped(look, "    ") for look in looks)
            texts.append(f"{wrapped('CI would fail now:', '  ')}\n{listed}")
        return "\n\n".join(texts)

    def _learn(self, report: dict[str, Any], further: dict[str, Any]) -> None:
        """Keeps what the run has told."""
        memory = self.memory
        memory.learn(report)
        memory.at = time.time()
        if spent := number(report.get("start")):
            start = max(spent - (memory.total(self.task.test) or 0), 0)
            memory.start = start if memory.start is None else min(memory.start, start)
        for file, each in (further.get("files") or {}).items():
            known = memory.of(file)
            known["red"] = bool(each["tests"])
            known["reading"] = number(each.get("reading"))
            here = {*each["ran"], *each["left"]}
            known["tests"] = {k: v for k, v in known["tests"].items() if k in here}
            # One of them took too long, and nobody knows which.
            if further.get("now") == file:
                known["tests"] |= dict.fromkeys(each["ran"], (3600.0, memory.checks))

    def _confirmed(self, files: list[str], run_tests: RunTests) -> dict[str, Any]:
        """The tasks that fail in a run of their own as well, with their tests.

        After the tests of another task the database may lack what migrations put there.
        """
        if not files:
            return {}
        report = run_tests(files)
        found: dict[str, Any] = {}
        for file in files:
            bad = [
                test
                for test in part("checking").bad_tests(report)
                if test["file"].partition("::")[0] == file
            ]
            if bad or report["outcome"] not in ("passed", "failed"):
                found[file] = bad
            else:
                self.memory.of(file)["red"] = False
        return found

    def _failing_alone(self, files: list[str]) -> list[str]:
        """The learner's own tests that fail as plain pytest runs them; a line each.

        Until then they ran without the learner's plugins and options.
        """
        lines = []
        for file in files:
            code, bad = run_plainly(file)
            known = self.memory.of(file)
            if code == 0:
                known |= {"red": False, "plain": self._state(file)}
            else:
                said = part("checking").in_brief(bad[:1]).strip() if bad else ""
                what = f"{file} fails" + (f": {said}" if said else "")
                lines.append(f"{what.rstrip('.')}. Run python -m pytest {file}")
        return lines

    def _broken(self, broken: dict[str, Any]) -> str:
        """Which ticked tasks no longer pass."""
        lines: list[str] = []
        for file, bad in broken.items():
            heading = self.others[file].heading
            lines.append(wrapped(f"No longer passes: {heading}", "  "))
            if bad:
                lines.append(part("checking").in_brief(bad[:1]))
        stays = "Its tick stays as it is" if len(broken) == 1 else "The ticks stay"
        first = self.others[next(iter(broken))].slug
        note = wrapped(f"{stays}. To see what is missing: {ME} check {first}", "  ")
        return "\n".join([*lines, note])

    def _told(self, ran: dict[str, Any], broken: dict[str, Any]) -> str:
        """Which of the others may be broken, unseen, and how to run them."""
        whole = {file for file, each in ran.items() if not each["left"]} | {*broken}
        left = [file for file in self.others if file not in whole]
        near = [self.others[file].slug for file in left if self.near[file]]
        if not left:
            return ""
        again = sum(len(ran[file]["ran"]) for file in self.others if file in ran)
        passes = "passes" if again == 1 else "pass"
        seen = (
            f"{count(again, 'test')} of other tasks still {passes}. " if again else ""
        )
        seen = "" if broken else seen
        if 0 < len(near) <= MOST:
            what = f"What you changed may matter to {listed(near)} as well"
            return wrapped(f"{seen}{what}: {ME} check {' '.join(near)}", "  ")
        what = "To run all" if seen else "To check the other ticked tasks as well"
        return wrapped(f"{seen}{what}: {ME} check --all", "  ")


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def remember(report: dict[str, Any]) -> None:
    """Keeps what a run has told of the tests."""
    memory = Memory()
    memory.learn(report)
    memory.save()


def run_plainly(file: str) -> tuple[int | None, list[dict[str, Any]]]:
    """Runs a file of the learner's own tests as pytest does it; what failed in it."""
    checking = part("checking")
    with TemporaryDirectory(prefix="path-", ignore_cleanup_errors=True) as folder:
        report = Path(folder, "report.json")
        os.environ["PATH_REPORT"] = str(report)
        try:
            arguments = ["-m", "pytest", "-q", file]
            seconds = checking.time_limit(1)
            code = checking.run_cold(arguments, Path(folder, "output"), seconds)
        finally:
            del os.environ["PATH_REPORT"]
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            data = json.loads(report.read_text(encoding="utf-8"))
            return code, checking.bad_tests(data)
        return code, []
