"""The generated workflow is run: its own steps, in order, in a fresh environment.

One project at its first cut and one at its finished cut; `make test-docker` runs every
project at both, and the job that builds the image as well.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from djangopath import catalogue
from tests import services
from tests.workflow import fresh_environment, run_job, steps

Bake = Callable[..., Path]
CASES = [("hello", "first"), ("blog", "done")]


@pytest.mark.parametrize(("project", "cut"), CASES, ids="-".join)
def test_the_jobs_pass(project: str, cut: str, bake: Bake, tmp_path: Path) -> None:
    answers = {"start_at": "done"} if cut == "done" else {}
    folder = Path(shutil.copytree(bake(project=project, **answers), tmp_path / "repo"))
    venv = fresh_environment(tmp_path)
    lint = run_job(folder, "lint", venv)
    assert not lint.failed, lint.said[lint.failed]
    with services.real(catalogue.load(project)) as env:
        test = run_job(folder, "test", venv, **env)
    assert not test.failed, test.said[test.failed]
    assert "passed" in test.said["Tests"]
    count = len(catalogue.load(project).tasks)
    done = count if cut == "done" else 0
    assert f"{done} of {count} tasks" in test.summary
    if cut == "done":
        assert "no issues" in test.said["Settings for production"]


def test_a_job_fails_where_the_code_does(bake: Bake, tmp_path: Path) -> None:
    """Red when it has to be: a broken file, a missing migration, a bad format."""
    folder = Path(shutil.copytree(bake(project="hello"), tmp_path / "repo"))
    venv = fresh_environment(tmp_path)
    subprocess.run(
        ["git", "-C", str(folder), "status"], check=True, capture_output=True
    )
    (folder / "config/odd.py").write_text("import os\nx  =  1\n", "utf-8")
    outcome = run_job(folder, "lint", venv)
    assert outcome.failed == "Format"
    assert "config/odd.py" in outcome.said["Format"]
    assert "Lint" not in outcome.said


def test_what_cannot_be_run_here_is_refused(bake: Bake) -> None:
    """A step that this runner does not understand is an error, not a step left out."""
    text = (bake(project="hello") / ".github/workflows/ci.yml").read_text("utf-8")
    for old, new in (
        ("actions/setup-python@", "somebody/else@"),
        ("${{ !cancelled() }}", "failure()"),
        ("ruff check .", "ruff check ${{ github.ref }}"),
        ("shell: bash", "shell: pwsh"),
    ):
        assert old in text
        workflow = yaml.safe_load(text.replace(old, new))
        with pytest.raises(ValueError, match="here"):
            for job in workflow["jobs"]:
                list(steps(workflow, job))
