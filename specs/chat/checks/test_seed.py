"""What the demo data reports is what is there when the command has ended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from djangopath import catalogue
from tools.cuts import write_cut
from tools.environments import clean_env, environment

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger


def test_a_second_run_reports_the_same_numbers(tmp_path: Path) -> None:
    """FR-22: some rows are made after the commit, notifications for example."""
    project = catalogue.load("chat")
    python, folder = environment(project), tmp_path / "cut"
    write_cut(project, len(project.tasks), folder)

    def manage(*arguments: str) -> str:
        return subprocess.run(
            [python, "manage.py", *arguments],
            cwd=folder,
            env=clean_env(),
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout

    manage("migrate", "--verbosity", "0")
    first, second = manage("seed_demo"), manage("seed_demo")
    assert "notifications" in first
    assert first == second
