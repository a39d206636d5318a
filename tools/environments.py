"""Environments with the pins of a project, and the variables a learner would have."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from djangopath.catalogue import ROOT, Project
from tools.audit.pins import hashes, with_hashes

CACHE = ROOT / ".cache"
BIN = "Scripts" if os.name == "nt" else "bin"
TIMEOUT = 600
# What tells a project's settings which servers to use.
SERVICES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL")


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
