"""What modules of the suite share that is no fixture."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import environments

# The fixture `bake`: a project's slug and answers give the folder of the bake.
Bake = Callable[..., Path]


def git(folder: Path, *words: str) -> str:
    """What Git prints in a folder; RuntimeError with what it says where it fails."""
    return environments.run(["git", *words], folder).stdout


def needed(what: str, found: bool) -> None:
    """Skips a test where something is not on this machine; in CI that is a failure."""
    if found:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not here, and CI has to have it")
    pytest.skip(f"{what} is not here")


def run_pytest(
    folder: Path, *words: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs pytest in a copy of the template, believing its ledgers unless told not to.

    Args:
        folder: the copy.
        words: pytest's arguments.
        variables: of the environment.
    """
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=folder,
        env={**os.environ, "PROOF_ALL": "", "PROOF_PROJECT": "", **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
