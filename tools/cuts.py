"""Cuts of a project: a real bake, and the state after so many tasks laid over it."""

from __future__ import annotations

import atexit
import json
import re
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from djangopath.catalogue import ROOT, Project, Task
from djangopath.errors import SpecError
from djangopath.lay import code_files, lay, texts
from djangopath.regions import cut
from tools.environments import run


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
    atexit.register(shutil.rmtree, output, ignore_errors=True)
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


@cache
def changed_files(project: Project, task: Task) -> list[str]:
    """The files of the finished code that a task writes or rewrites."""
    index = task.number - 1
    found = [path for path, slug in project.owned.items() if slug == task.slug]
    for path, text in texts(project.code):
        if task.slug not in text or path in found:
            continue
        before = cut(text, path, project.order, index)
        if before != cut(text, path, project.order, index + 1):
            found.append(path)
    return sorted(found)


def own_tests(folder: Path) -> list[str]:
    """The files of the learner's own tests, as plain pytest would collect them."""
    found = [*folder.rglob("test_*.py"), *folder.rglob("tests.py")]
    paths = [file.relative_to(folder).as_posix() for file in sorted(found)]
    return [path for path in paths if not path.startswith("acceptance/")]
