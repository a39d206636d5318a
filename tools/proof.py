"""Proves the tasks of a project, and tries wrong and other solutions of them.

A cut is written into a folder of its own, on top of a real bake, and judged there by
the tools that a learner has: ruff, djade, manage.py and pytest, in an environment with
the project's pins.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from djangopath.catalogue import ROOT, Project, Task
from djangopath.errors import SpecError
from djangopath.lay import code_files, lay
from djangopath.regions import cut
from tools.audit.pins import hashes, with_hashes

CACHE = ROOT / ".cache"
PLUGINS = Path(__file__).resolve().parent / "plugins"
BIN = "Scripts" if os.name == "nt" else "bin"
MARKER = re.compile(r"\btask [a-z0-9-]+: (begin|was|stub|end|line|file)\b")
TIMEOUT = 600
# What tells a project's settings which servers to use.
SERVICES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL")


# ----------------------------------------------------------------------- environments


def environment(project: Project, python: str = "", *, newest: bool = False) -> Path:
    """An environment with the project's pins; the same pins are installed once.

    Each file is held to its hash in specs/hashes.txt, unless the pins are left out.

    Args:
        project: whose pins.
        python: an interpreter; the running one where it is empty.
        newest: leave every pin out, for the newest versions that go together today.

    Raises:
        SpecError: a pin has no hash.
    """
    pins = (project.folder / "requirements.txt").read_text(encoding="utf-8")
    if newest:
        pins = unpinned(pins)
    lines = [line for line in pins.splitlines() if line and not line.startswith("#")]
    lines = sorted(line for line in lines if not line.startswith(" "))
    verify = []
    if not newest:
        lines = with_hashes(lines, hashes())
        verify = ["--require-hashes"]
    python = python or sys.executable
    # The packages are compiled once here: the many short processes that follow leave no
    # bytecode behind, and would compile Django anew, each for itself.
    parts = [python, "--compile-bytecode", *lines]
    if newest:
        parts.append(dt.date.today().isoformat())
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    folder = CACHE / "environments" / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "ready").exists():
            requirements = folder.parent / f"{key}.txt"
            requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
            uv = [sys.executable, "-m", "uv"]
            run([*uv, "venv", "-q", "--clear", "-p", python, str(folder)], ROOT)
            target = ["--python", str(folder)]
            options = ["-q", "--compile-bytecode", *target, *verify]
            run([*uv, "pip", "install", *options, "-r", str(requirements)], ROOT)
            (folder / "ready").touch()
    return folder / BIN / "python"


def unpinned(pins: str) -> str:
    """Requirements without their versions; extras and markers stay."""
    return re.sub(r"(?m)^([\w.-]+(?:\[[^]]*\])?)==[^\s;]+", r"\1", pins)


def clean_env(**changes: str) -> dict[str, str]:
    """The environment variables of a learner: none of ours, none of Django's.

    Except for PATH_SEED where PROOF_SEED fixes the random data: what failed by its data
    fails again, and a commit that was green stays green.
    """
    ours = ("DJANGO_", "PATH_", "PYTEST_", "DEBUG", "SECRET_KEY", *SERVICES)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    if fixed := os.environ.get("PROOF_SEED"):
        kept["PATH_SEED"] = fixed
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", **changes}


def run(
    command: Sequence[str], cwd: Path, *, check: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command; raises RuntimeError with what it said where it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=clean_env(**env),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        said = " ".join(map(str, command))
        raise RuntimeError(f"{said}\nwas stopped after {TIMEOUT} seconds") from None
    if check and done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise RuntimeError(f"{' '.join(map(str, command))}\n{said}")
    return done


# ------------------------------------------------------------------------------- cuts


def bake(output: Path, **answers: str) -> Path:
    """A real bake, through cookiecutter's command line."""
    output.mkdir(parents=True, exist_ok=True)
    config = output / "cookiecutter.yaml"
    config.write_text(
        json.dumps(
            {"replay_dir": str(output / ".replay"), "cookiecutters_dir": str(output)}
        ),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input"]
    command += ["--config-file", str(config), "-o", str(output)]
    command += [f"{key}={value}" for key, value in answers.items()]
    run(command, output)
    slug = answers.get("project_slug", "baked")
    return output / slug


@cache
def skeleton(project: Project) -> Path:
    """A bake of the project with its code taken out again; made once per process."""
    output = Path(tempfile.mkdtemp(prefix=f"djangopath-{project.slug}-"))
    folder = bake(output, project=project.slug, project_slug="baked")
    for path, _ in code_files(project.code):
        (folder / path).unlink(missing_ok=True)
    for folder_in in sorted(folder.rglob("*"), reverse=True):
        if folder_in.is_dir() and not any(folder_in.iterdir()):
            folder_in.rmdir()
    shutil.rmtree(folder / ".git", ignore_errors=True)
    return folder


def write_cut(project: Project, done: int, target: Path) -> Path:
    """The repository of a learner who has done the first ``done`` tasks."""
    shutil.copytree(skeleton(project), target)
    lay(project.code, target, project.order, done, project.owned)
    tasks = target / "TASKS.md"
    text = tasks.read_text(encoding="utf-8")
    for task in project.tasks[:done]:
        line = re.compile(rf"^- \[ \](?=.*\({re.escape(task.page)}\))", re.MULTILINE)
        text, found = line.subn("- [x]", text)
        if found != 1:
            raise SpecError(f"TASKS.md: {found} lines for task {task.slug}")
    tasks.write_text(text, encoding="utf-8", newline="\n")
    return target


# ---------------------------------------------------------------------------- running

CHECKS = """
import sys, warnings
import django
from django.utils.deprecation import RemovedInNextVersionWarning
warnings.simplefilter("error", RemovedInNextVersionWarning)
sys.path.insert(0, ".")
from django.core.management import call_command
django.setup()
call_command("check", fail_level="WARNING")
call_command("makemigrations", check_changes=True, dry_run=True)
"""


@dataclass
class Run:
    """What came of a pytest run."""

    tests: list[dict[str, Any]]
    output: str
    code: int

    def of(self, task: Task) -> list[dict[str, Any]]:
        """The tests of one task."""
        return [test for test in self.tests if test["file"] == task.test]


def pytest(
    python: Path, folder: Path, *arguments: str, seed: str = "", **services: str
) -> Run:
    """Runs pytest in a learner's repository, and reads the report that it writes.

    Args:
        services: more environment variables, such as those that name servers.
    """
    handle, name = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    report = Path(name)
    report.unlink()
    # A test that starts processes waits for them as long as there is time: how slow a
    # loaded machine is says nothing about the solution.
    env = {"PATH_REPORT": name, "PATH_TIMEOUT": str(TIMEOUT), **services}
    if seed:
        env["PATH_SEED"] = seed
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = run([*command, *arguments], folder, check=False, **env)
    output = done.stdout + done.stderr
    if not report.exists():
        return Run([], output, done.returncode)
    tests = json.loads(report.read_text(encoding="utf-8"))["tests"]
    report.unlink()
    return Run(tests, output, done.returncode)


def said(test: dict[str, Any]) -> str:
    """A failure in one line."""
    parts = test["notyet"]
    if parts:
        return " ".join(" ".join(parts.values()).split())
    lines = str(test["text"]).strip().splitlines()
    return lines[-1] if lines else str(test["outcome"])


def red(task: Task, run_: Run) -> Iterator[str]:
    """What keeps a task's test from being red by its own assertion."""
    tests = run_.of(task)
    if not tests:
        yield f"{task.test} ran no test:\n{run_.output[-2000:]}"
        return
    for test in tests:
        name = f"{task.test}::{test['name']}"
        if test["outcome"] in ("error", "skipped"):
            yield f"{name}: {test['outcome']} in {test['when']}: {said(test)}"
        elif test["outcome"] == "failed" and test["notyet"] is None:
            yield (
                f"{name}: fails, but not by an assertion of its own: {said(test)}\n"
                f"{test['text'][-1500:]}"
            )
    if all(test["outcome"] == "passed" for test in tests):
        yield f"{task.test}: green before the task is done"


def green(files: Sequence[str], run_: Run) -> Iterator[str]:
    """What keeps tests from being green."""
    for test in run_.tests:
        if test["file"] in files and test["outcome"] != "passed":
            yield f"{test['file']}::{test['name']}: {test['outcome']}: {said(test)}"
    ran = {test["file"] for test in run_.tests}
    for file in files:
        if file not in ran:
            yield f"{file}: ran no test:\n{run_.output[-2000:]}"


# ------------------------------------------------------------------------------ proof


def prove_cut(
    project: Project,
    done: int,
    folder: Path,
    python: Path,
    *,
    full: bool = True,
    near: bool = False,
) -> list[str]:
    """What is wrong with a cut; the test of the task at hand must be red in it.

    Args:
        project: the project.
        done: how many tasks are done.
        folder: an empty place to write the cut to.
        python: the interpreter of the project's environment.
        full: also formatted, linted, checked, and the tests of earlier tasks.
        near: of the earlier tasks only those that wrote a file which the last one
            changed as well; all of them where a milestone ends.
    """
    write_cut(project, done, folder)
    problems = list(static_problems(project, folder, python)) if full else []
    tasks: Sequence[Task] = project.tasks[:done] if full else ()
    if near and tasks and not ends_milestone(project, done):
        tasks = akin(project, tasks, changed_files(project, tasks[-1]))
    earlier = [task.test for task in tasks]
    arguments = [*own_tests(folder), *earlier] if full else []
    at_hand = project.tasks[done] if done < len(project.tasks) else None
    if at_hand is not None:
        arguments.append(at_hand.test)
    elif not full:
        arguments.append(project.tasks[-1].test)
    run_ = pytest(python, folder, *arguments)
    problems += green(earlier, run_)
    own = {t["file"] for t in run_.tests if not t["file"].startswith("acceptance/")}
    if full:
        problems += green(sorted(own), run_)
        if not own:
            problems.append(f"no test of the learner's own ran:\n{run_.output[-2000:]}")
    if at_hand is not None:
        problems += red(at_hand, run_)
    return problems


def own_tests(folder: Path) -> list[str]:
    """The files of the learner's own tests, as plain pytest would collect them."""
    found = [*folder.rglob("test_*.py"), *folder.rglob("tests.py")]
    paths = [file.relative_to(folder).as_posix() for file in sorted(found)]
    return [path for path in paths if not path.startswith("acceptance/")]


def static_problems(project: Project, folder: Path, python: Path) -> Iterator[str]:
    """What the linters, manage.py and a search for markers find in a cut."""
    for path, _ in code_files(project.code):
        file = folder / path
        if file.exists() and file.suffix not in (".png", ".ico", ".woff2", ".jpg"):
            for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
                if MARKER.search(line):
                    yield f"{path}, line {number}: a marker is left: {line.strip()}"
    bin_ = python.parent
    templates = [str(file) for file in sorted(folder.glob("**/templates/**/*.html"))]
    commands = [
        [str(bin_ / "ruff"), "format", "--check", "--diff", "."],
        [str(bin_ / "ruff"), "check", "."],
        [str(python), "-c", CHECKS],
    ]
    if templates:
        djade = [str(bin_ / "djade"), "--check", "--target-version", "5.2"]
        commands.append([*djade, *templates])
    for command in commands:
        done = run(
            command, folder, check=False, DJANGO_SETTINGS_MODULE="config.settings"
        )
        if done.returncode:
            name = " ".join(Path(part).name for part in command[:3])
            yield f"{name}\n{(done.stdout + done.stderr).strip()[-3000:]}"


def ends_milestone(project: Project, done: int) -> bool:
    """Whether the last task that is done is the last one of its milestone."""
    tasks = project.tasks
    return done == len(tasks) or tasks[done].milestone != tasks[done - 1].milestone


def akin(project: Project, tasks: Sequence[Task], paths: Iterable[str]) -> list[Task]:
    """Those of the tasks that wrote one of these files, and the last of them."""
    wanted = set(paths)
    found = [t for t in tasks[:-1] if wanted & set(changed_files(project, t))]
    return [*found, tasks[-1]]


def prove_task(project: Project, task: Task, folder: Path, python: Path) -> list[str]:
    """What is wrong with one task: red before, green after."""
    folder.mkdir(parents=True, exist_ok=True)
    index = task.number - 1
    before = prove_cut(project, index, folder / "before", python, full=False)
    after = prove_cut(project, index + 1, folder / "after", python)
    return before + after


# ----------------------------------------------------------------------------- trials


@dataclass
class Trial:
    """A known-wrong solution of a task, or a right but different one."""

    task: Task
    name: str
    right: bool
    says: str = ""
    mistake: str = ""
    edits: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    files: dict[str, str | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        kind = "right" if self.right else "wrong"
        name = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        return f"{self.task.slug}-{kind}-{name}"

    def apply(self, folder: Path) -> None:
        """Changes the cut after the task.

        Raises:
            SpecError: a text to replace does not occur exactly once.
        """
        for path, text in self.files.items():
            file = folder / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
        for path, edits in self.edits.items():
            file = folder / path
            if not file.exists():
                raise SpecError(f"trial {self.id}: there is no {path} in this cut")
            text = file.read_text(encoding="utf-8")
            for edit in edits:
                count = text.count(edit["replace"])
                if count != 1:
                    raise SpecError(
                        f"trial {self.id}: {edit['replace']!r} occurs {count} times in "
                        f"{path}; it must occur exactly once"
                    )
                text = text.replace(edit["replace"], edit["with"])
            file.write_text(text, encoding="utf-8", newline="\n")


def trials(project: Project) -> list[Trial]:
    """Every trial of a project, in the order of the tasks.

    Raises:
        SpecError: a file of trials is malformed, or of no task.
    """
    found = []
    for file in sorted(project.folder.glob("trials/*.yaml")):
        if file.stem not in project.order:
            raise SpecError(f"{file.name}: there is no task {file.stem!r}")
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        if not isinstance(data, dict) or set(data) - {"wrong", "right"}:
            raise SpecError(f"{file.name}: expected the keys wrong and right")
        for kind, entries in data.items():
            for entry in entries or []:
                found.append(_trial(project.task(file.stem), kind, entry, file.name))
    ids = [trial.id for trial in found]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise SpecError(f"trial {id_}: the name is taken")
    return sorted(found, key=lambda trial: trial.task.number)


def _trial(task: Task, kind: str, entry: Any, file: str) -> Trial:
    required = {"name", "says"} if kind == "wrong" else {"name"}
    allowed = required | {"edits", "files", "mistake"}
    keys = set(entry) if isinstance(entry, dict) else set()
    if not required <= keys <= allowed or not keys & {"edits", "files"}:
        raise SpecError(
            f"{file}: an entry of {kind} has {', '.join(sorted(required))} and edits "
            f"or files, and may have mistake; got {', '.join(sorted(keys)) or 'none'}"
        )
    return Trial(task=task, right=kind == "right", **entry)


def try_(
    project: Project,
    trial: Trial,
    folder: Path,
    python: Path,
    *,
    seed: str = "",
    near: bool = False,
) -> list[str]:
    """What is wrong with a trial: it passes where it should not, or the reverse.

    Args:
        near: of a right solution only the tests of tasks that wrote one of its files;
            of a wrong one no more than until it is rejected as expected.
    """
    write_cut(project, trial.task.number, folder)
    trial.apply(folder)
    if trial.right:
        tasks: Sequence[Task] = project.tasks[: trial.task.number]
        if near:
            tasks = akin(project, tasks, {*trial.files, *trial.edits})
        tests = [task.test for task in tasks]
        return list(green(tests, pytest(python, folder, *tests, seed=seed)))
    wanted = " ".join(trial.says.split())
    arguments, env = [trial.task.test], {}
    if near:
        arguments += ["-p", "stop_when_said"]
        env = {"PYTHONPATH": str(PLUGINS), "PATH_SAYS": wanted}
    run_ = pytest(python, folder, *arguments, seed=seed, **env)
    problems = list(red(trial.task, run_))
    failures = [said(t) for t in run_.of(trial.task) if t["outcome"] == "failed"]
    if failures and not any(wanted in failure for failure in failures):
        problems.append(
            f"no failure says {wanted!r}; they say:\n" + "\n".join(failures)
        )
    return problems


@cache
def changed_files(project: Project, task: Task) -> list[str]:
    """The files of the finished code that a task writes or rewrites."""
    index = task.number - 1
    found = []
    for path, file in code_files(project.code):
        if project.owned.get(path) == task.slug:
            found.append(path)
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        before = cut(text, path, project.order, index)
        if before != cut(text, path, project.order, index + 1):
            found.append(path)
    return found
