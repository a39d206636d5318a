"""A fork's report is that of a process of its own: a sample of cuts and trials.

The sample is drawn with PROOF_SEED, and holds for each project a task whose acceptance
test starts processes of its own.
"""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from djangopath import catalogue
from djangopath.catalogue import Project, Task
from tools import cuts, environments, runs, trials, warm

pytestmark = [
    pytest.mark.only_projects(),
    pytest.mark.skipif(not warm.SAFE, reason="forks are made on Linux alone"),
]

ID = re.compile(r"\b[0-9a-f]{8}\b(?:-[0-9a-f]{4,12})*")
STARTS = ("OwnTests(", "Deployment(", "subprocess.")


def report(python: Path, folder: Path, test: str, seed: str) -> list[dict[str, Any]]:
    """What came of each test, without how it is worded."""
    kept = ("file", "outcome", "when")
    told = []
    for found in runs.pytest(python, folder, test, seed=seed).tests:
        said = found["notyet"] or {}
        # Without its parameters, and without ids, which nobody seeds.
        name = found["name"].partition("[")[0]
        parts = {key: ID.sub("…", said.get(key) or "") for key in ("wanted", "look")}
        told.append({key: found[key] for key in kept} | parts | {"name": name})
    return told


def sample(project: Project) -> list[tuple[Task, int, trials.Trial | None]]:
    """A task, how many tasks are done, and a trial of it."""
    draw = random.Random(f"{os.environ['PROOF_SEED']} {project.slug}")
    starting = [
        task
        for task in project.tasks
        if any(
            word in (project.folder / task.test).read_text("utf-8") for word in STARTS
        )
    ]
    found: list[tuple[Task, int, trials.Trial | None]] = [
        (task, task.number - 1, None) for task in draw.sample(project.tasks, 2)
    ]
    found += [(task, task.number, None) for task in draw.sample(starting, 1)]
    drawn = draw.sample(trials.trials(project), 3)
    return found + [(trial.task, trial.task.number, trial) for trial in drawn]


def test_a_fork_reports_what_a_process_of_its_own_reports(
    slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = catalogue.load(slug)
    python = environments.environment(project)
    for number, (task, done, trial) in enumerate(sample(project)):
        found = []
        for cold in ("1", "0"):
            monkeypatch.setenv("PROOF_COLD", cold)
            # The same folder: its name may stand in what a test says.
            folder = cuts.write_cut(
                project, done, tmp_path / f"{number}-{cold}" / "cut"
            )
            if trial is not None:
                trial.apply(folder)
            said = report(python, folder, task.test, str(number + 1))
            found.append([str(test).replace(f"{number}-{cold}", "") for test in said])
        assert found[0] and found[0] == found[1], task.slug
