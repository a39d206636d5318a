"""make tryout: every project as a learner meets it, on whatever system this runs.

Each project is baked at its first and its finished cut, installed into a fresh virtual
environment and checked; then the first two tasks are done by their reference. What has
to be there is Python, Git and cookiecutter: neither make nor a shell, so that a bare
Windows runs the same command, ``python -m tools.tryout``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from djangopath import catalogue
from djangopath.catalogue import DONE, ROOT, Project
from djangopath.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = "Scripts" if os.name == "nt" else "bin"
TIMEOUT = 900
TASKS = 2
# What must not reach a learner's process: settings of ours, and of whoever runs this.
OURS = ("DJANGO_", "PATH_", "PYTEST_", "DEBUG", "SECRET_KEY")
SERVERS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL")


class TryoutError(RuntimeError):
    """A step came to another end than it should; the message says which and how."""


@dataclass(frozen=True)
class Learner:
    """Somebody who works in a baked repository.

    Attributes:
        folder: the repository.
        python: the interpreter of its environment.
    """

    folder: Path
    python: Path

    def run(self, *command: str, exit_code: int = 0) -> str:
        """What a command of the environment says, as ``python …`` or a tool by name.

        Raises:
            TryoutError: it ended with another exit code.
        """
        name, *arguments = command
        program = self.python if name == "python" else self.python.with_name(name)
        return run([str(program), *arguments], self.folder, exit_code=exit_code)

    def check_everything(self, *, finished: bool) -> None:
        """What the README promises of a fresh bake."""
        self.run("python", "manage.py", "migrate", "--verbosity", "0")
        self.run("python", "manage.py", "check", "--fail-level", "WARNING")
        self.run("python", "manage.py", "makemigrations", "--check")
        self.run("python", "-m", "pytest", "--quiet")
        self.run("ruff", "check", ".")
        self.run("ruff", "format", "--check", ".")
        self.run("python", "path.py")
        # At the first cut the task at hand is still to do, which 1 says.
        self.run("python", "path.py", "check", exit_code=0 if finished else 1)

    def do(self, slug: str) -> None:
        """Does a task by its reference, and lets its own check tick it.

        Raises:
            TryoutError: the change cannot be applied, or the box stays open.
        """
        said = self.run("python", "path.py", "solution", slug, "--peek")
        change = self.folder.parent / f"{slug}.diff"
        change.write_text(said, encoding="utf-8", newline="\n")
        apply = ["git", "apply", "--whitespace=nowarn", str(change)]
        run(apply, self.folder)
        self.run("python", "manage.py", "migrate", "--verbosity", "0")
        self.run("python", "path.py", "check", slug)
        # The page's name is in the line of the task, and nowhere else.
        tasks = (self.folder / "TASKS.md").read_text(encoding="utf-8")
        line = next(line for line in tasks.splitlines() if f"-{slug}.md)" in line)
        if not line.startswith("- [x]"):
            raise TryoutError(
                f"{slug}: the check passed, but left its box open: {line}"
            )


def run(command: Sequence[str], folder: Path, *, exit_code: int = 0) -> str:
    """What a command says, its line ends those of Unix.

    Raises:
        TryoutError: it ended with another exit code, or took too long.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS + SERVERS)}
    env = {**kept, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    shown = " ".join([Path(command[0]).stem, *command[1:]])
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise TryoutError(f"{command[0]} is not on this machine") from None
    except subprocess.TimeoutExpired:
        raise TryoutError(f"{shown}: stopped after {TIMEOUT} seconds") from None
    if done.returncode != exit_code:
        said = (done.stdout + done.stderr).strip()
        raise TryoutError(
            f"{shown}: exit code {done.returncode}, {exit_code} was wanted\n{said}"
        )
    return done.stdout


def bake(project: Project, start_at: str, place: Path) -> Path:
    """A bake of the project, through cookiecutter's command line."""
    config = place / "cookiecutter.json"
    kept = {name: str(place / "kept") for name in ("replay_dir", "cookiecutters_dir")}
    config.write_text(json.dumps(kept), encoding="utf-8")
    command = [sys.executable, "-m", "cookiecutter", str(ROOT), "--no-input"]
    command += ["--config-file", str(config), "--output-dir", str(place)]
    slug = f"{project.slug}-{'finished' if start_at == DONE else 'first'}"
    answers = [f"project={project.slug}", f"project_slug={slug}"]
    run([*command, *answers, f"start_at={start_at}"], place)
    return place / slug


def environment(project: Project, place: Path) -> Path:
    """A fresh virtual environment with the project's packages: its interpreter."""
    folder = place / "environment"
    venv.create(folder, with_pip=True)
    python = folder / BIN / "python"
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    run([*pip, "--requirement", str(project.folder / "requirements.txt")], place)
    return python


@contextmanager
def step(what: str) -> Iterator[None]:
    """Prints what is done, and how long it took."""
    start = time.monotonic()
    yield
    print(f"{what}: ok, {time.monotonic() - start:.0f} s", flush=True)


def tryout(project: Project, place: Path, python: Path | None = None) -> None:
    """Tries a project at both cuts and does its first tasks.

    Args:
        project: the project.
        place: an empty folder.
        python: the interpreter of an environment with the project's packages; one is
            made where it is None.

    Raises:
        TryoutError: something is not as a learner should find it.
    """
    if python is None:
        with step(f"{project.slug}: environment"):
            python = environment(project, place)
    with step(f"{project.slug}: finished cut"):
        finished = Learner(bake(project, DONE, place), python)
        finished.check_everything(finished=True)
    with step(f"{project.slug}: first cut"):
        first = Learner(bake(project, project.order[0], place), python)
        first.check_everything(finished=False)
    for slug in project.order[:TASKS]:
        with step(f"{project.slug}: task {slug}"):
            first.do(slug)


def main() -> int:
    """Tries the projects that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tools.tryout")
    parser.add_argument("projects", nargs="*", help="slugs; every project if none")
    options = parser.parse_args()
    failed = []
    for slug in options.projects or catalogue.slugs():
        with tempfile.TemporaryDirectory(
            prefix="djangopath-", ignore_cleanup_errors=True
        ) as place:
            try:
                tryout(catalogue.load(slug), Path(place).resolve())
            except (SpecError, TryoutError) as error:
                failed.append(slug)
                print(f"{slug}: {error}", file=sys.stderr, flush=True)
    if failed:
        print(f"Not as a learner should find it: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
