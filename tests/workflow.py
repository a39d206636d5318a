"""Runs the jobs of a workflow here: each `run:` step as the runner of GitHub would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tools import proof

# Steps of others that the surroundings stand for: the code is there, and a Python.
KNOWN = ("actions/checkout@", "actions/setup-python@")
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


def steps(workflow: dict[str, Any], job: str) -> Iterator[Step]:
    """The steps of a job that run a command.

    Raises:
        ValueError: the workflow asks for something that is not done here, and a run
            without it would prove nothing.
    """
    if workflow["defaults"]["run"]["shell"] != "bash":
        raise ValueError("only bash is run here")
    for step in workflow["jobs"][job]["steps"]:
        if "uses" in step:
            if not step["uses"].startswith(KNOWN):
                raise ValueError(f"nothing here stands for {step['uses']}")
            continue
        condition = str(step.get("if", ""))
        if condition not in ("", "${{ !cancelled() }}"):
            raise ValueError(f"the condition {condition} is not understood here")
        env = {key: str(value) for key, value in step.get("env", {}).items()}
        if "${{" in step["run"] + "".join(env.values()):
            raise ValueError(f"{step['name']}: an expression is not filled in here")
        yield Step(step["name"], step["run"], env, bool(condition))


def run_job(folder: Path, job: str, venv: Path, **services: str) -> Outcome:
    """Runs a job of a repository's own workflow, step by step.

    Args:
        folder: the repository.
        job: the job's key.
        venv: a fresh virtual environment; its commands come first on the path.
        services: variables that name the servers that are here, in place of those that
            the job names.
    """
    text = (folder / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    given = {k: str(v) for k, v in workflow["jobs"][job].get("env", {}).items()}
    summary = venv.parent / f"{job}-summary.md"
    summary.touch()
    bin_ = str(venv / proof.BIN)
    shared = {
        **proof.clean_env(),
        "CI": "true",
        "VIRTUAL_ENV": str(venv),
        "PATH": os.pathsep.join([bin_, os.environ["PATH"]]),
        "GITHUB_STEP_SUMMARY": str(summary),
        **given,
        **{k: v for k, v in services.items() if k in given},
    }
    outcome = Outcome()
    for step in steps(workflow, job):
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


def fresh_environment(place: Path) -> Path:
    """A virtual environment with nothing in it but pip."""
    venv = place / "venv"
    uv = [sys.executable, "-m", "uv", "venv", "-q", "--seed", "-p", sys.executable]
    proof.run([*uv, str(venv)], place)
    return venv
