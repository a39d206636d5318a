"""Runs of Python and pytest in a learner's repository, and what came of them.

A run is a fork of a process that has imported the packages already (`tools.warm`). With
``PROOF_COLD=1``, and where that process cannot make it, it has a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from djangopath.catalogue import Task
from tools import warm
from tools.environments import CACHE, TIMEOUT, clean_env
from tools.warm import Finished

PLUGINS = Path(__file__).resolve().parent / "plugins"
# Where kept_databases.py keeps what the migrations make.
DATABASES = CACHE / "databases"


class Stopped(RuntimeError):
    """A run whose time was over; the message says which, and after how long."""


@dataclass
class Run:
    """What came of a pytest run."""

    tests: list[dict[str, Any]]
    output: str
    code: int
    processor: float = field(default=0.0, compare=False)  # seconds
    reads: list[str] = field(default_factory=list)  # files of the repository

    def of(self, task: Task) -> list[dict[str, Any]]:
        """The tests of one task."""
        return [test for test in self.tests if test["file"] == task.test]


def cold() -> bool:
    """Whether each run is to have a process of its own."""
    return os.environ.get("PROOF_COLD", "") not in ("", "0")


def run_python(
    python: Path,
    folder: Path,
    *arguments: str,
    seconds: float = TIMEOUT,
    **variables: str,
) -> Finished:
    """Runs ``python ARGUMENTS`` in a folder; -m MODULE or -c CODE.

    Raises:
        Stopped: it ran for more than so many seconds.
    """
    environment = clean_env(**variables)
    finished = None
    if not cold():
        try:
            finished = warm.run(python, arguments, folder, environment, seconds)
        except warm.Refused:
            finished = None
    if finished is None:
        finished = run_cold(python, arguments, folder, environment, seconds)
    if finished.code is None:
        command = " ".join([python.name, *arguments])
        raise Stopped(f"{command}\nwas stopped after {seconds:.0f} seconds")
    return finished


def run_cold(
    python: Path,
    arguments: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    seconds: float = TIMEOUT,
) -> Finished:
    """Runs ``python ARGUMENTS`` in a process of its own; see `run_python`."""
    before = os.times()
    try:
        done = subprocess.run(
            [str(python), *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finished(None, "")
    after = os.times()
    processor = after.children_user + after.children_system
    processor -= before.children_user + before.children_system
    return Finished(done.returncode, done.stdout + done.stderr, processor)


def pytest(
    python: Path,
    folder: Path,
    *arguments: str,
    seed: str = "",
    stop_at: str = "",
    watch_reads: bool = False,
    seconds: float = TIMEOUT,
    **services: str,
) -> Run:
    """Runs pytest in a learner's repository, and reads the report that it writes.

    Args:
        seed: of the random data; PROOF_SEED, or a new one, where it is empty.
        stop_at: the run ends once a failure says this.
        watch_reads: list the files of the repository that the tests open.
        seconds: how long it may take.
        services: more environment variables, such as those that name servers.

    Raises:
        Stopped: it ran for more than so many seconds.
    """
    with tempfile.TemporaryDirectory(prefix="djangopath-run-") as place:
        plugins = {}
        if stop_at:
            plugins["stop_when_said"] = {"PATH_SAYS": stop_at}
        if watch_reads:
            plugins["reads"] = {"PATH_READS": str(Path(place) / "reads.json")}
        if not cold():
            plugins["kept_databases"] = {"PATH_DATABASES": str(DATABASES)}
            plugins["siblings"] = {"PATH_SIBLINGS": ""}
        variables = {**services, "PATH_SEED": seed} if seed else services
        return _pytest(
            python, folder, Path(place), arguments, plugins, variables, seconds
        )


def _pytest(
    python: Path,
    folder: Path,
    place: Path,
    arguments: Sequence[str],
    plugins: Mapping[str, Mapping[str, str]],
    variables: Mapping[str, str],
    seconds: float,
) -> Run:
    """The run, with a place for its report and its temporary files."""
    report, reads = place / "report.json", place / "reads.json"
    # A test that starts processes waits for them as long as there is time: how slow a
    # loaded machine is says nothing about the solution.
    env = {"PATH_REPORT": str(report), "PATH_TIMEOUT": str(TIMEOUT), **variables}
    # A folder of its own, else each run tidies up what all others here have left.
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={place / 'tmp'}"]
    for plugin, its_own in plugins.items():
        options += ["-p", plugin]
        env |= {"PYTHONPATH": str(PLUGINS), **its_own}
    command = ["-m", "pytest", *options, *arguments]
    done = run_python(python, folder, *command, seconds=seconds, **env)
    code = -1 if done.code is None else done.code
    run = Run([], done.output, code, done.processor)
    if report.exists():
        run.tests = json.loads(report.read_text(encoding="utf-8"))["tests"]
    if reads.exists():
        run.reads = json.loads(reads.read_text(encoding="utf-8"))
    return run
