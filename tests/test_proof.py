"""The proof: every task of every project red before and green after, in every cut.

Which earlier tests are run in a cut follows from the files that its last task changed;
where a milestone ends all of them are. `make proof` and the canary run all in all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from djangopath import catalogue
from tools import cuts, environments, proof, runs, trials, verdicts
from tools.examples import smallest

# The cut after the last task is what tests/test_learner.py bakes and judges whole.
CUTS = [
    pytest.param(slug, done, id=f"{slug}-{done:02}-{at}")
    for slug in catalogue.slugs()
    for done, at in enumerate(catalogue.load(slug).order)
]
TRIALS = [
    pytest.param(slug, trial, id=f"{slug}-{trial.id}")
    for slug in catalogue.slugs()
    for trial in trials.trials(catalogue.load(slug))
]


@pytest.mark.ledger
@pytest.mark.parametrize(("project_slug", "done"), CUTS)
def test_a_cut_is_green_so_far_and_red_at_its_task(
    project_slug: str, done: int, tmp_path: Path
) -> None:
    project = catalogue.load(project_slug)
    python = environments.environment(project)
    problems = proof.prove_cut(
        project, done, tmp_path / "cut", python, related_only=True
    )
    assert problems == [], "\n".join(problems)


@pytest.mark.ledger
@pytest.mark.parametrize(("project_slug", "trial"), TRIALS)
def test_a_wrong_solution_is_rejected_and_a_different_one_passes(
    project_slug: str, trial: trials.Trial, tmp_path: Path
) -> None:
    project = catalogue.load(project_slug)
    python = environments.environment(project)
    problems = proof.trial_problems(
        project, trial, tmp_path / "cut", python, related_only=True
    )
    assert problems == [], "\n".join(problems)


def test_tasks_with_logic_have_a_wrong_solution(slug: str) -> None:
    """Planning and review have no logic; every other task has a solution to reject."""
    project = catalogue.load(slug)
    tried = {t.task.slug for t in trials.trials(project) if not t.right}
    logic = {t.slug for t in project.tasks if t.phase not in ("Planning", "Review")}
    assert logic <= tried, sorted(logic - tried)


def test_a_project_has_right_but_different_solutions(slug: str) -> None:
    """For six tasks or more: a test that knows one design only is noticed."""
    found = trials.trials(catalogue.load(slug))
    assert len({trial.task.slug for trial in found if trial.right}) >= 6


# ------------------------------------------------------------------- the proof can fail


def test_a_test_that_is_green_before_the_task_is_found(tmp_path: Path) -> None:
    """The finished code in the place of the cut: the next test is green already."""
    project = catalogue.load(smallest())
    python = environments.environment(project)
    folder = cuts.write_cut(project, len(project.tasks), tmp_path / "cut")
    task = project.tasks[2]
    problems = list(verdicts.why_not_red(task, runs.pytest(python, folder, task.test)))
    assert problems and "green before the task is done" in problems[-1]


def test_a_test_that_breaks_in_place_of_failing_is_found(tmp_path: Path) -> None:
    project = catalogue.load(smallest())
    python = environments.environment(project)
    folder = cuts.write_cut(project, 0, tmp_path / "cut")
    task = project.tasks[0]
    for text, says in (
        ("import nothing_of_this_name\n", "error in collect"),
        ("def test_x():\n    raise KeyError('x')\n", "not by an assertion of its own"),
        ("def test_x():\n    assert 1 == 2\n", "not by an assertion of its own"),
        ("def test_x(no_such_fixture):\n    pass\n", "error in setup"),
        ("import pytest\n\ndef test_x():\n    pytest.skip('x')\n", "skipped in call"),
        ("", "ran no test"),
    ):
        (folder / task.test).write_text(text, "utf-8")
        problems = list(
            verdicts.why_not_red(task, runs.pytest(python, folder, task.test))
        )
        assert any(says in problem for problem in problems), (says, problems)


def test_a_cut_that_is_not_clean_is_found(tmp_path: Path) -> None:
    project = catalogue.load(smallest())
    python = environments.environment(project)
    folder = cuts.write_cut(project, 0, tmp_path / "cut")
    (folder / "config/urls.py").open("a", encoding="utf-8").write(
        "import os\n# task x: begin\n"
    )
    problems = "\n".join(verdicts.static_problems(project, folder, python))
    assert "a marker is left" in problems
    assert "F401" in problems


SAYING = """
import pytest
from acceptance.support import expect

WRONG = {wrong}


def told(holds, did, wanted):
    expect(holds, did=did, wanted=wanted, got="nothing")


def helper(number):
    told(number != WRONG, "The list is opened.", "It is sorted by name.")


@pytest.fixture
def place():
    told(WRONG != 8, "A place is made.", "It has the name that was given.")


def test_other(): told(WRONG != 0, "The page is opened.", "It has a title.")
def test_first(): assert True
def test_by_a_fixture(place): pass
@pytest.mark.parametrize("number", [1, 2, 3])
def test_by_a_helper(number): helper(number)
"""


@pytest.mark.parametrize(
    ("wrong", "waited_for", "ran"),
    [
        (2, "It is sorted by", ["test_by_a_helper[1]", "test_by_a_helper[2]"]),
        (8, "A place is made. It has the name that", ["test_by_a_fixture"]),
        (0, "opened. It has a title. nothing", ["test_other"]),
        # What nothing says is looked for in all of them.
        (2, "This is said by none", None),
    ],
)
def test_the_test_that_is_to_fail_runs_first_and_alone(
    tmp_path: Path, wrong: int, waited_for: str, ran: list[str] | None
) -> None:
    project = catalogue.load(smallest())
    python = environments.environment(project)
    folder = cuts.write_cut(project, 0, tmp_path / "cut")
    test = project.tasks[0].test
    (folder / test).write_text(SAYING.format(wrong=wrong), "utf-8")
    run = runs.pytest(python, folder, test, stop_at=waited_for)
    names = [found["name"] for found in run.tests]
    if ran is None:
        assert len(names) == 6
        return
    assert names == ran
    assert waited_for in verdicts.failure_line(run.tests[-1])
