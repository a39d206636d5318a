"""Runs the jobs of a workflow here: each `run:` step as the runner of GitHub would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from djangopath.catalogue import ROOT
from tools import environments

FOLDER = ".github/workflows"
CI = f"{FOLDER}/ci.yml"
SKELETON = ROOT / "{{cookiecutter.project_slug}}"
# Steps of others that the surroundings stand for: the code is there, and a Python. Of
# each the inputs that change nothing here, and the one that names the Python.
KNOWN = {
    "actions/checkout": {"persist-credentials"},
    "actions/setup-python": {"python-version", "cache", "cache-dependency-path"},
}
# The keys that are honoured here, and those that a run here does not depend on: names,
# rights, and how long GitHub waits. Any other might change what a job does.
WORKFLOW = {"name", "on", "permissions", "concurrency", "defaults", "jobs"}
JOB = {"name", "runs-on", "timeout-minutes", "permissions", "services", "env", "steps"}
RUN = {"name", "run", "env", "if"}
USES = {"name", "uses", "with"}
# What the runner starts where `shell: bash` is asked for.
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


@dataclass(frozen=True)
class Step:
    """One `run:` step."""

    name: str
    run: str
    env: dict[str, str]
    always: bool  # it runs although an earlier one failed


@dataclass
class Outcome:
    """What came of a job: what each step said, by name, and which one failed."""

    said: dict[str, str] = field(default_factory=dict)
    failed: str = ""
    summary: str = ""


def workflows(folder: Path) -> list[str]:
    """The paths of a repository's workflows in it."""
    return sorted(f"{FOLDER}/{file.name}" for file in (folder / FOLDER).iterdir())


def read(folder: Path, path: str = CI) -> dict[str, Any]:
    """A workflow of a repository."""
    found: dict[str, Any] = yaml.safe_load((folder / path).read_text(encoding="utf-8"))
    return found


def understood(what: str, given: dict[Any, Any], known: set[str]) -> None:
    """Refuses a key that is not honoured here; YAML reads the key `on` as true."""
    for key in given:
        if ("on" if key is True else key) not in known:
            raise ValueError(f"{what}: the key {key} is not understood here")


def steps(workflow: dict[str, Any], job: str) -> Iterator[Step]:
    """The steps of a job that run a command.

    Raises:
        ValueError: the workflow asks for something that is not done here, and a run
            without it would prove nothing.
    """
    understood("the workflow", workflow, WORKFLOW)
    if workflow.get("defaults") != {"run": {"shell": "bash"}}:
        raise ValueError("the defaults: only bash at the top of the code is run here")
    asked = workflow["jobs"][job]
    understood(f"the job {job}", asked, JOB)
    if not asked["runs-on"].startswith("ubuntu-"):
        raise ValueError(f"the job {job}: {asked['runs-on']} is not stood for here")
    if "${{" in "".join(map(str, asked.get("env", {}).values())):
        raise ValueError(f"the job {job}: an expression is not filled in here")
    for step in asked["steps"]:
        name = step.get("name", step.get("uses", "a step without a name"))
        if "uses" in step:
            action = step["uses"].partition("@")[0]
            if action not in KNOWN:
                raise ValueError(f"nothing here stands for {step['uses']}")
            understood(name, step, USES)
            understood(name, step.get("with", {}), KNOWN[action])
            continue
        understood(name, step, RUN)
        condition = str(step.get("if", ""))
        if condition not in ("", "${{ !cancelled() }}"):
            raise ValueError(f"the condition {condition} is not understood here")
        env = {key: str(value) for key, value in step.get("env", {}).items()}
        if "${{" in step["run"] + "".join(env.values()):
            raise ValueError(f"{name}: an expression is not filled in here")
        yield Step(step["name"], step["run"], env, bool(condition))


def run_job(
    folder: Path, job: str, venv: Path, path: str = CI, **services: str
) -> Outcome:
    """Runs a job of a repository's own workflow, step by step.

    Args:
        folder: the repository.
        job: the job's key.
        venv: a fresh virtual environment, for this job alone; its commands come first
            on the path.
        path: the workflow.
        services: variables that name the servers that are here, in place of those that
            the job names.
    """
    workflow = read(folder, path)
    # All of them are read before the first one runs.
    wanted = list(steps(workflow, job))
    given = {k: str(v) for k, v in workflow["jobs"][job].get("env", {}).items()}
    summary = venv.parent / f"{job}-summary.md"
    summary.write_text("", encoding="utf-8")
    # What the suite itself is run with is no part of a runner.
    own = str(Path(sys.executable).parent) if sys.prefix != sys.base_prefix else ""
    path_ = [str(venv / environments.BIN)]
    path_ += [part for part in os.environ["PATH"].split(os.pathsep) if part != own]
    shared = {
        **environments.clean_env(),
        "CI": "true",
        "VIRTUAL_ENV": str(venv),
        "PATH": os.pathsep.join(path_),
        "GITHUB_STEP_SUMMARY": str(summary),
        **given,
        **{k: v for k, v in services.items() if k in given},
    }
    outcome = Outcome()
    for step in wanted:
        if outcome.failed and not step.always:
            continue
        script = venv.parent / "step.sh"
        script.write_text(step.run, encoding="utf-8")
        done = subprocess.run(
            [*BASH, str(script)],
            cwd=folder,
            env=shared | step.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=1200,
            check=False,
        )
        outcome.said[step.name] = done.stdout
        if done.returncode and not outcome.failed:
            outcome.failed = step.name
    outcome.summary = summary.read_text(encoding="utf-8")
    return outcome


# ----------------------------------------------------------------------------- Python


def python_version(workflow: dict[str, Any]) -> str:
    """The Python that the jobs of a workflow ask for, such as 3.13.

    Raises:
        ValueError: they ask for none, for several, or for one that is not a number.
    """
    found = {
        str(step.get("with", {}).get("python-version"))
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/setup-python@")
    }
    if len(found) != 1 or not re.fullmatch(r"3\.\d+", version := min(found)):
        raise ValueError(
            f"the jobs ask for Python {', '.join(sorted(found)) or 'of no version'}; "
            "one version such as 3.13 is understood here"
        )
    return version


def interpreter(version: str) -> str:
    """A CPython of that version: the running one, of PATH or of pyenv; or no text."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    name = f"python{version}"
    found = [sys.executable, shutil.which(name) or ""]
    found += [str(file) for file in sorted(pyenv.glob(f"{version}.*/bin/{name}"))]
    says = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
    for python in filter(None, found):
        # pyenv puts a stand-in on the path for every version, chosen or not.
        done = environments.run([python, "-c", says], ROOT, check=False)
        here, _, path = done.stdout.strip().partition(" ")
        if done.returncode == 0 and here == version:
            return path
    return ""


def fresh_environment(place: Path, folder: Path = SKELETON, path: str = CI) -> Path:
    """A virtual environment with nothing in it but pip.

    Args:
        place: a folder of its own, where it is made.
        folder: the repository whose workflow names the Python. Where that is not on
            this machine, the running one is taken, and a warning says so.
        path: the workflow.
    """
    version = python_version(read(folder, path))
    python = interpreter(version)
    if not python:
        warnings.warn(
            f"the workflow asks for Python {version}, which is not here; its jobs run "
            f"on {sys.version.split()[0]}",
            stacklevel=2,
        )
        python = sys.executable
    place.mkdir(parents=True, exist_ok=True)
    venv = place / "venv"
    uv = [sys.executable, "-m", "uv", "venv", "-q", "--seed", "-p", python]
    environments.run([*uv, str(venv)], place)
    return venv
