"""make bench SCALE=19: how long the suite takes with so many projects.

In a copy of the template the projects of the catalogue stand again under other slugs,
until there are as many as asked for. There the pytest command of ``make test`` is timed
with nothing changed, with one line changed in a view of one project, and with all
checks (``ALL=1``). For the first two the copy's ledgers hold every key, as if all had
been proven: the keys are computed in a collection that runs nothing.

This module is also the plugin of that collection: ``pytest -p tools.bench_scale``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, cycle, islice
from pathlib import Path
from typing import Any

from djangopath import catalogue
from djangopath.catalogue import ROOT, Project
from djangopath.errors import SpecError
from djangopath.lay import code_files
from tools import environments, ledger
from tools.ledger import Check
from tools.trials import trials

# So many tasks the roadmap's nineteen projects are expected to have.
TASKS, PROJECTS = 350, 19
# What is timed, and the most minutes that it may take on two cores.
TARGETS = {"nothing": 10, "change": 15, "all": 80}
SAYS = {
    "nothing": "nothing changed",
    "change": "one line of a view changed",
    "all": "all checks (ALL=1)",
}
# The command of `make test`, without its number of workers.
OPTIONS = ["--dist", "worksteal", "-q", "--ignore", "tests/containers"]
# What a catalogue of copies cannot pass, with the reason. All of it takes seconds.
LEFT_OUT = {
    "tests/test_tracks.py": "a copy stands on no track of the roadmap",
    "tests/test_syllabus.py": "a copy stands in no syllabus",
    "tests/test_shared.py": "it finds copies",
}
NOT_COPIED = (
    ".git .venv .cache __pycache__ .*_cache .hypothesis bakes folders screenshots"
).split()
FIRST_FAILURES = 5
# The length of a line to which a comment can be added, and the comment.
SHORT = 70
COMMENT = "  # changed"

# A statement of one line, without a comment.
_STATEMENT = re.compile(r" +(?:return |\w+ = )[^#]*[\w)\]\"]")
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b")


@dataclass(frozen=True)
class Run:
    """What came of one run of the suite."""

    minutes: float
    processor: float  # minutes of all processors, which other work delays but little
    ran: int
    left_out: int
    failed: tuple[str, ...]
    code: int
    end: str  # the last lines that it wrote


# ----------------------------------------------------------------------------- the copy


def copies(sizes: Mapping[str, int], scale: int) -> list[str]:
    """The projects to copy, so that there are ``scale`` with their share of the tasks.

    Whole rounds of the catalogue first; of what remains, those with which the number of
    tasks comes nearest to that share.

    Args:
        sizes: how many tasks each project of the catalogue has.
        scale: how many projects there are to be.

    Raises:
        SpecError: there are as many projects already, or more.
    """
    missing = scale - len(sizes)
    if missing < 1:
        raise SpecError(
            f"SCALE is a whole number above {len(sizes)}, the number of projects that "
            "there are"
        )
    rounds, rest = divmod(missing, len(sizes))
    chosen = list(islice(cycle(sizes), rounds * len(sizes)))
    tasks = sum(sizes.values()) * (rounds + 1)
    wanted = TASKS * scale / PROJECTS
    last = min(
        combinations_with_replacement(sizes, rest),
        key=lambda slugs: abs(tasks + sum(map(sizes.__getitem__, slugs)) - wanted),
    )
    return [*chosen, *last]


def write_copy(place: Path, scale: int) -> Path:
    """A copy of the template with ``scale`` projects, committed.

    Args:
        place: where its folder is made.
        scale: how many projects it is to have.

    Raises:
        SpecError: there are as many projects already.
        RuntimeError: a command failed in the copy.
    """
    sizes = {slug: len(catalogue.load(slug).tasks) for slug in catalogue.slugs()}
    chosen = copies(sizes, scale)
    target = place / "template"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*NOT_COPIED))
    environments.CACHE.mkdir(exist_ok=True)
    (target / ".cache").symlink_to(environments.CACHE.resolve(), True)
    for number, slug in enumerate(chosen, len(sizes) + 1):
        copy_project(target / "specs", slug, f"copy-{number}")
    environments.run([sys.executable, "-m", "tools.questions"], target)
    environments.run(["git", "init", "-q", "-b", "main"], target)
    # What .gitignore says of the folder does not hold for a link to it.
    (target / ".git/info/exclude").write_text(".cache\n", encoding="utf-8")
    commit(target, "The catalogue, copied")
    return target


def copy_project(specs: Path, slug: str, name: str) -> None:
    """Copies a project under another slug; its own checks name that slug."""
    folder = specs / name
    shutil.copytree(specs / slug, folder)
    for file in folder.glob("checks/*.py"):
        text = file.read_text(encoding="utf-8")
        text = text.replace(f'catalogue.load("{slug}")', f'catalogue.load("{name}")')
        file.write_text(text, encoding="utf-8", newline="\n")


def commit(folder: Path, message: str) -> None:
    """Commits all that stands in a repository."""
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    environments.run(["git", "add", "-A"], folder)
    environments.run(["git", *who, "commit", "-q", "-m", message], folder)


# ------------------------------------------------------------------------- the ledgers


def pytest_collection_finish(session: Any) -> None:
    """Writes the key of every check that was collected, as if it had been green."""
    proven = session.config.pluginmanager.get_plugin("proven")
    found: dict[str, list[Check]] = {}
    for slug, check in proven.checks.values():
        found.setdefault(slug, []).append(check)
    proven.remember(found.pop("", []))
    for slug, checks in found.items():
        ledger.write(catalogue.load(slug), checks, map(str, checks))


def write_ledgers(folder: Path) -> None:
    """Writes and commits the ledgers of a copy, without a run.

    Raises:
        RuntimeError: the collection failed.
    """
    command = [*suite_command(), "--collect-only", "-p", "tools.bench_scale"]
    environments.run(command, folder, PROOF_ALL="1", PROOF_PROJECT="")
    commit(folder, "Ledgers with every key")


# -------------------------------------------------------------------------- the change


def change_a_view(folder: Path, slug: str) -> str:
    """Adds a comment to a line of a view of a project; says which line.

    Of the lines that can be changed so it is the one in the middle, since the earlier a
    line is written, the more cuts hold it.

    Raises:
        LookupError: no line of its views can be changed without breaking a trial.
    """
    project = catalogue.load(slug, folder / "specs")
    lines = list(changeable(project))
    if not lines:
        raise LookupError(f"no line of the views of {slug} can be changed")
    path, line = lines[len(lines) // 2]
    file = project.code / path
    text = file.read_text(encoding="utf-8")
    text = text.replace(f"{line}\n", f"{line}{COMMENT}\n")
    file.write_text(text, encoding="utf-8", newline="\n")
    return f"specs/{slug}/code/{path}: {line.strip()}"


def changeable(project: Project) -> Iterator[tuple[str, str]]:
    """(path, line) of what stands once in the views, and in no trial's edits."""
    edited = "\n".join(
        edit["replace"]
        for trial in trials(project)
        for edits in trial.edits.values()
        for edit in edits
    )
    for path, file in code_files(project.code):
        if not path.endswith("views.py"):
            continue
        text = file.read_text(encoding="utf-8")
        for line in text.split("\n"):
            whole = _STATEMENT.fullmatch(line) and len(line) <= SHORT
            if whole and text.count(line) == 1 and line.strip() not in edited:
                yield path, line


# ---------------------------------------------------------------------------- the runs


def suite_command() -> list[str]:
    """pytest without what copies cannot pass."""
    left_out = [f"--deselect={test}" for test in LEFT_OUT]
    return [sys.executable, "-m", "pytest", *OPTIONS, *left_out]


def run_suite(folder: Path, jobs: int, **variables: str) -> Run:
    """Runs the suite of a copy as ``make test`` does; prints how it gets on.

    Args:
        folder: the copy.
        jobs: how many processors there are.
        variables: of the environment.
    """
    env = {**os.environ, "PROOF_PROJECT": "", "PROOF_ALL": "", **variables}
    command = [*suite_command(), "-n", str(jobs + 1)]
    begun, used = time.monotonic(), processor_time()
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("ledger: ") or re.match(r"\d+ of \d+ done", line):
                print(f"  {line.rstrip()}", flush=True)
    minutes = (time.monotonic() - begun) / 60
    used = (processor_time() - used) / 60
    return summary(lines, minutes, used, process.returncode)


def processor_time() -> float:
    """Seconds of processor time of the processes that were started here and ended."""
    times = os.times()
    return times.children_user + times.children_system


def summary(lines: Sequence[str], minutes: float, processor: float, code: int) -> Run:
    """What pytest's own lines say of a run."""
    text = "\n".join(lines)
    proven = re.search(r"^ledger: .*; (\d+) are proven", text, re.MULTILINE)
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    counts = _COUNT.findall(lines[-1]) if lines else []
    return Run(
        minutes=minutes,
        processor=processor,
        ran=sum(int(number) for number, _ in counts),
        left_out=int(proven[1]) if proven else 0,
        failed=tuple(line.split(" - ")[0] for line in failed),
        code=code,
        end="\n".join(lines[-FIRST_FAILURES:]),
    )


def told(name: str, run: Run, jobs: int) -> str:
    """A run in a line, against its target."""
    return (
        f"{SAYS[name]}: {run.minutes:.1f} min (at most {TARGETS[name]} on two cores, "
        f"here {jobs}), {run.processor:.1f} min of processor time; {run.ran} tests "
        f"ran, {run.left_out} were left out, {len(run.failed)} failed"
    )


# --------------------------------------------------------------------------- make bench


def asked() -> tuple[int, list[str]]:
    """SCALE, and the runs of SCALE_RUNS.

    Raises:
        SpecError: either is none.
    """
    given = os.environ.get("SCALE", "")
    if not re.fullmatch(r"[0-9]{1,3}", given):
        raise SpecError(
            f"SCALE is a number of projects, such as 19, not {given[:40]!r}"
        )
    words = os.environ.get("SCALE_RUNS", "") or ",".join(TARGETS)
    names = [word.strip() for word in words.split(",")]
    for name in names:
        if name not in TARGETS:
            raise SpecError(
                f"SCALE_RUNS is made of {', '.join(TARGETS)}, with commas between "
                f"them; it names {name[:40]!r}"
            )
    return int(given), names


def measure(place: Path, scale: int, names: Sequence[str]) -> bool:
    """Makes the copy, times the runs and prints them; gives back whether all is green.

    Args:
        place: an empty folder.
        scale: how many projects there are to be.
        names: the runs, of `TARGETS`.

    Raises:
        SpecError: there are as many projects already.
        RuntimeError: a command failed in the copy.
    """
    jobs = int(os.environ.get("JOBS", "") or os.cpu_count() or 2)
    folder = write_copy(place, scale)
    specs = folder / "specs"
    found = {s: len(catalogue.load(s, specs).tasks) for s in catalogue.slugs(specs)}
    print(f"{len(found)} projects with {sum(found.values())} tasks")
    for test, reason in LEFT_OUT.items():
        print(f"left out is {test}: {reason}")
    if {"nothing", "change"} & set(names):
        begun = time.monotonic()
        write_ledgers(folder)
        print(
            "the ledgers hold every key as if all had been proven; nothing was run: "
            f"computed in {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    green = True
    for name in names:
        environments.run(["git", "checkout", "-q", "--", "."], folder)
        if name == "change":
            print(f"changed is {change_a_view(folder, max(found))}")
        run = run_suite(folder, jobs, PROOF_ALL="1" if name == "all" else "")
        print(told(name, run, jobs), flush=True)
        if run.code:
            green = False
            print("\n".join(run.failed[:FIRST_FAILURES]) or run.end, flush=True)
    return green


def main() -> int:
    try:
        scale, names = asked()
        with tempfile.TemporaryDirectory(prefix="djangopath-scale-") as place:
            return 0 if measure(Path(place), scale, names) else 1
    except (SpecError, RuntimeError, LookupError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
