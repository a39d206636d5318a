"""The generated workflow is run: its own steps, in order, in a fresh environment.

One project at its first cut and one at its finished cut; `make test-docker` runs every
project at both, and the job that builds the image as well.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from djangopath import catalogue
from tests import services
from tests.workflow import (
    CI,
    SKELETON,
    fresh_environment,
    interpreter,
    python_version,
    read,
    run_job,
    steps,
)
from tools import environments
from tools.examples import EXAMPLE, smallest

# What is tried of a project is kept in its ledger.
pytestmark = pytest.mark.ledger

Bake = Callable[..., Path]
CASES = [(smallest(), "first"), (EXAMPLE, "done")]


@pytest.mark.parametrize(("project", "cut"), CASES, ids=map("-".join, CASES))
def test_the_jobs_pass(project: str, cut: str, bake: Bake, tmp_path: Path) -> None:
    answers = {"start_at": "done"} if cut == "done" else {}
    folder = Path(shutil.copytree(bake(project=project, **answers), tmp_path / "repo"))
    lint = run_job(folder, "lint", fresh_environment(tmp_path / "lint", folder))
    assert not lint.failed, lint.said[lint.failed]
    venv = fresh_environment(tmp_path / "test", folder)
    with services.real(catalogue.load(project)) as env:
        test = run_job(folder, "test", venv, **env)
    assert not test.failed, test.said[test.failed]
    assert "passed" in test.said["Tests"]
    count = len(catalogue.load(project).tasks)
    done = count if cut == "done" else 0
    assert f"{done} of {count} tasks" in test.summary
    if cut == "done":
        assert "no issues" in test.said["Settings for production"]


# What is done to the finished project: (job, step that fails, file, what is replaced,
# by what, what the step says). Where nothing is replaced the text is added at the end.
BROKEN = [
    ("lint", "Format", "config/odd.py", "", "import os\nx  =  1\n", "config/odd.py"),
    ("lint", "Lint", "config/odd.py", "", "import os\n", "F401"),
    (
        "lint",
        "Templates",
        "templates/base.html",
        "",
        "{%if x%}{%endif%}\n",
        "base.html",
    ),
    (
        "test",
        "System check",
        "config/settings.py",
        "",
        'STATICFILES_DIRS = [BASE_DIR / "nowhere"]\n',
        "staticfiles.W004",
    ),
    (
        "test",
        "No migration is missing",
        "guide/models.py",
        "kind = models.CharField(max_length=40)",
        "kind = models.CharField(max_length=41)",
        "Alter field kind on place",
    ),
    (
        "test",
        "Tests",
        "tests/test_odd.py",
        "",
        "def test_odd():\n    assert 1 == 2\n",
        "FAILED tests/test_odd.py::test_odd",
    ),
    (
        "test",
        "Settings for production",
        "config/settings.py",
        "",
        'if not DEBUG:\n    ROOT_URLCONF = "nowhere"\n',
        "No module named 'nowhere'",
    ),
]


def test_a_job_fails_where_the_code_does(bake: Bake, tmp_path: Path) -> None:
    """Each step that judges the code is red when it has to be, and none before it.

    It fails on any database; so SQLite does, which every machine has.
    """
    clean = bake(project=smallest(), start_at="done")
    venv = fresh_environment(tmp_path, clean)
    judging = {
        step.name
        for job in ("lint", "test")
        for step in steps(read(clean), job)
        if step.name not in ("Install", "Progress")
    }
    assert {step for _, step, *_ in BROKEN} == judging
    for number, (job, step, path, old, new, says) in enumerate(BROKEN):
        folder = Path(shutil.copytree(clean, tmp_path / str(number)))
        file = folder / path
        text = file.read_text("utf-8") if file.exists() else ""
        assert old in text
        file.write_text(text.replace(old, new) if old else text + new, "utf-8")
        outcome = run_job(folder, job, venv, DATABASE_URL="")
        assert outcome.failed == step, outcome.said
        assert says in outcome.said[step], outcome.said[step]
        # What comes after it is not run, but for what runs always.
        names = [found.name for found in steps(read(folder), job)]
        expected = names[: names.index(step) + 1]
        expected += ["Progress"] if job == "test" else []
        assert list(outcome.said) == expected


@pytest.mark.parametrize("job", ["lint", "test"])
def test_a_job_that_does_not_install_fails(
    job: str, bake: Bake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what is in the suite's own environment stands in for it."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    folder = Path(shutil.copytree(bake(project=smallest()), tmp_path / "repo"))
    file = folder / CI
    text, found = re.subn(
        "(?m)run: python -m pip install .*", "run: 'true'", file.read_text("utf-8")
    )
    assert found
    file.write_text(text, "utf-8")
    outcome = run_job(folder, job, fresh_environment(tmp_path / "own", folder))
    assert outcome.failed == list(outcome.said)[1], outcome.said


def test_what_cannot_be_run_here_is_refused(bake: Bake) -> None:
    """A step that this runner does not understand is an error, not a step left out."""
    text = (bake(project=smallest()) / CI).read_text("utf-8")
    for old, new in (
        ("actions/setup-python@", "somebody/else@"),
        ("${{ !cancelled() }}", "failure()"),
        ("ruff check .", "ruff check ${{ github.ref }}"),
        ("shell: bash", "shell: pwsh"),
        ("    shell: bash", "    shell: bash\n    working-directory: docs"),
        ("postgres://postgres@", "${{ vars.DATABASE }}"),
        ("runs-on: ubuntu-24.04", "runs-on: windows-2025"),
    ):
        assert old in text
        workflow = yaml.safe_load(text.replace(old, new))
        with pytest.raises(ValueError, match="here"):
            for job in workflow["jobs"]:
                list(steps(workflow, job))


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        *[
            (place, key, value)
            for place in ("Lint", "actions/checkout")
            for key, value in (
                ("continue-on-error", True),
                ("working-directory", "docs"),
                ("shell", "pwsh"),
                ("timeout-minutes", 1),
            )
        ],
        ("actions/checkout", "if", False),
        ("with", "ref", "main"),
        *[
            ("job", key, value)
            for key, value in (
                ("if", False),
                ("needs", "nothing"),
                ("continue-on-error", True),
                ("strategy", {}),
                ("container", "debian"),
                ("defaults", {"run": {"shell": "sh"}}),
            )
        ],
        ("workflow", "env", {"DEBUG": "true"}),
    ],
)
def test_a_key_that_is_not_honoured_is_refused(
    place: str, key: str, value: object, bake: Bake
) -> None:
    """It might change what the job does; the error names it."""
    workflow = read(bake(project=smallest()))
    job = workflow["jobs"]["lint"]
    named = {
        step.get("name", step.get("uses", "").partition("@")[0]): step
        for step in job["steps"]
    }
    where = {
        **named,
        "with": named["actions/checkout"]["with"],
        "job": job,
        "workflow": workflow,
    }
    assert list(steps(workflow, "lint"))
    where[place][key] = value
    with pytest.raises(ValueError, match=rf"the key {key} is not understood here"):
        list(steps(workflow, "lint"))


# ----------------------------------------------------------------------------- Python


def test_the_jobs_run_on_the_python_that_they_name(bake: Bake, tmp_path: Path) -> None:
    """Skipped nowhere: where that Python is not here, the one at hand and a warning."""
    folder = bake(project=smallest())
    wanted = python_version(read(folder))
    missing = not interpreter(wanted)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        venv = fresh_environment(tmp_path, folder)
    done = environments.run(
        [str(venv / environments.BIN / "python"), "--version"], tmp_path
    )
    expected = f"{sys.version_info[0]}.{sys.version_info[1]}" if missing else wanted
    assert done.stdout.startswith(f"Python {expected}.")
    assert bool(said) is missing


def test_a_python_that_is_not_here_is_told(tmp_path: Path) -> None:
    """One that cannot be here: 3.99."""
    skeleton = (SKELETON / CI).read_text("utf-8")
    file = tmp_path / CI
    file.parent.mkdir(parents=True)
    file.write_text(re.sub(r"3\.1\d", "3.99", skeleton), "utf-8")
    with pytest.warns(UserWarning, match=r"Python 3\.99, which is not here"):
        venv = fresh_environment(tmp_path, tmp_path)
    assert (venv / environments.BIN / "python").exists()


def test_a_stand_in_on_the_path_is_no_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyenv puts a program there for each version, which fails unless it is chosen."""
    stand_in = tmp_path / "python3.99"
    stand_in.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert shutil.which("python3.99") == str(stand_in)
    assert interpreter("3.99") == ""
    assert interpreter(f"{sys.version_info[0]}.{sys.version_info[1]}")


@pytest.mark.parametrize("version", ["3.x", "3.13\n3.14\n", "${{ matrix.python }}", ""])
def test_a_python_that_is_no_number_is_refused(version: str) -> None:
    workflow = read(SKELETON)
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "python-version" in step.get("with", {}):
                step["with"]["python-version"] = version
    with pytest.raises(ValueError, match="one version"):
        python_version(workflow)


def test_jobs_on_two_pythons_are_refused() -> None:
    workflow = yaml.safe_load(
        (SKELETON / CI).read_text("utf-8").replace("3.13", "3.12", 1)
    )
    with pytest.raises(ValueError, match=r"3\.12, 3\.13"):
        python_version(workflow)
