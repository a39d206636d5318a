"""What is wrong with a cut or a run: the rules by which the proof judges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from djangopath.catalogue import Project, Task
from djangopath.lay import code_files
from tools.environments import run
from tools.runs import Run, run_python

MARKER = re.compile(r"\btask [a-z0-9-]+: (begin|was|stub|end|line|file)\b")

CHECKS = """
import os, sys, warnings
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
from django.utils.deprecation import RemovedInNextVersionWarning
warnings.simplefilter("error", RemovedInNextVersionWarning)
sys.path.insert(0, ".")
from django.core.management import call_command
django.setup()
call_command("check", fail_level="WARNING")
call_command("makemigrations", check_changes=True, dry_run=True)
"""


def failure_line(test: dict[str, Any]) -> str:
    """A failure in one line."""
    parts = test["notyet"]
    if parts:
        return " ".join(" ".join(parts.values()).split())
    lines = str(test["text"]).strip().splitlines()
    return lines[-1] if lines else str(test["outcome"])


def why_not_red(task: Task, run_: Run) -> Iterator[str]:
    """What keeps a task's test from being red by its own assertion."""
    tests = run_.of(task)
    if not tests:
        yield f"{task.test} ran no test:\n{run_.output[-2000:]}"
        return
    for test in tests:
        name = f"{task.test}::{test['name']}"
        if test["outcome"] in ("error", "skipped"):
            yield f"{name}: {test['outcome']} in {test['when']}: {failure_line(test)}"
        elif test["outcome"] == "failed" and test["notyet"] is None:
            yield (
                f"{name}: fails, but not by an assertion of its own: "
                f"{failure_line(test)}\n{test['text'][-1500:]}"
            )
    if all(test["outcome"] == "passed" for test in tests):
        yield f"{task.test}: green before the task is done"


def why_not_green(files: Sequence[str], run_: Run) -> Iterator[str]:
    """What keeps tests from being green."""
    for test in run_.tests:
        if test["file"] in files and test["outcome"] != "passed":
            name = f"{test['file']}::{test['name']}"
            yield f"{name}: {test['outcome']}: {failure_line(test)}"
    ran = {test["file"] for test in run_.tests}
    for file in files:
        if file not in ran:
            yield f"{file}: ran no test:\n{run_.output[-2000:]}"


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
    ]
    if templates:
        djade = [str(bin_ / "djade"), "--check", "--target-version", "5.2"]
        commands.append([*djade, *templates])
    for command in commands:
        done = run(command, folder, check=False)
        if done.returncode:
            name = " ".join(Path(part).name for part in command[:3])
            yield f"{name}\n{(done.stdout + done.stderr).strip()[-3000:]}"
    finished = run_python(python, folder, "-c", CHECKS)
    if finished.code:
        yield f"check, makemigrations --check\n{finished.output.strip()[-3000:]}"
