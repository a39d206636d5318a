"""Proves the tasks of a project, and tries wrong and other solutions of them.

A cut is written into a folder of its own, on top of a real bake, and judged there by
the tools that a learner has: ruff, djade, manage.py and pytest, in an environment with
the project's pins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from djangopath.catalogue import Project, Task
from tools.cuts import changed_files, own_tests, write_cut
from tools.reading import is_unkeyed
from tools.runs import pytest
from tools.trials import Trial
from tools.verdicts import (
    failure_line,
    static_problems,
    why_not_green,
    why_not_red,
)


def prove_cut(
    project: Project,
    done: int,
    folder: Path,
    python: Path,
    *,
    full: bool = True,
    related_only: bool = False,
) -> list[str]:
    """What is wrong with a cut; the test of the task at hand must be red in it.

    Args:
        project: the project.
        done: how many tasks are done.
        folder: an empty place to write the cut to.
        python: the interpreter of the project's environment.
        full: also formatted, linted, checked, and the tests of earlier tasks.
        related_only: of the earlier tasks only those that wrote a file which the last
            one changed as well; all of them where a milestone ends.
    """
    write_cut(project, done, folder)
    problems = list(static_problems(project, folder, python)) if full else []
    tasks = earlier_tasks(project, done, related_only=related_only) if full else []
    earlier = [task.test for task in tasks]
    arguments = [*own_tests(folder), *earlier] if full else []
    at_hand = project.tasks[done] if done < len(project.tasks) else None
    if at_hand is not None:
        arguments.append(at_hand.test)
    elif not full:
        arguments.append(project.tasks[-1].test)
    # Where all tests run, it is also seen to that they read nothing else.
    watched = full and ends_milestone(project, done)
    run_ = pytest(python, folder, *arguments, watch_reads=watched)
    problems += [
        f"the tests read {path}, which no key of the ledger holds (tools/ledger.py)"
        for path in run_.reads
        if is_unkeyed(path)
    ]
    problems += why_not_green(earlier, run_)
    own = {t["file"] for t in run_.tests if not t["file"].startswith("acceptance/")}
    if full:
        problems += why_not_green(sorted(own), run_)
        if not own:
            problems.append(f"no test of the learner's own ran:\n{run_.output[-2000:]}")
    if at_hand is not None:
        problems += why_not_red(at_hand, run_)
    return problems


def earlier_tasks(
    project: Project, done: int, *, related_only: bool = False
) -> Sequence[Task]:
    """The tasks before the one at hand whose tests are run in the cut after ``done``.

    Args:
        project: the project.
        done: how many tasks are done.
        related_only: see `prove_cut`.
    """
    tasks = project.tasks[:done]
    if related_only and tasks and not ends_milestone(project, done):
        return tasks_that_wrote(project, tasks, changed_files(project, tasks[-1]))
    return tasks


def tasks_of_trial(
    project: Project, trial: Trial, *, related_only: bool = False
) -> Sequence[Task]:
    """The tasks whose tests judge a trial; see `trial_problems`."""
    if not trial.right:
        return [trial.task]
    tasks = project.tasks[: trial.task.number]
    if related_only:
        return tasks_that_wrote(project, tasks, {*trial.files, *trial.edits})
    return tasks


def ends_milestone(project: Project, done: int) -> bool:
    """Whether the last task that is done is the last one of its milestone."""
    tasks = project.tasks
    return done == len(tasks) or tasks[done].milestone != tasks[done - 1].milestone


def tasks_that_wrote(
    project: Project, tasks: Sequence[Task], paths: Iterable[str]
) -> list[Task]:
    """Those of the tasks that wrote one of these files, and the last of them."""
    wanted = set(paths)
    found = [t for t in tasks[:-1] if wanted & set(changed_files(project, t))]
    return [*found, tasks[-1]]


def prove_task(project: Project, task: Task, folder: Path, python: Path) -> list[str]:
    """What is wrong with one task: red before, green after."""
    folder.mkdir(parents=True, exist_ok=True)
    index = task.number - 1
    before = prove_cut(project, index, folder / "before", python, full=False)
    after = prove_cut(project, index + 1, folder / "after", python)
    return before + after


def trial_problems(
    project: Project,
    trial: Trial,
    folder: Path,
    python: Path,
    *,
    seed: str = "",
    related_only: bool = False,
) -> list[str]:
    """What is wrong with a trial: it passes where it should not, or the reverse.

    Args:
        project: the project.
        trial: the wrong or the different solution.
        folder: an empty place to write its cut to.
        python: the interpreter of the project's environment.
        seed: of the random data.
        related_only: of a right solution only the tests of tasks that wrote one of its
            files; of a wrong one no more than until it is rejected as expected.
    """
    write_cut(project, trial.task.number, folder)
    trial.apply(folder)
    if trial.right:
        tasks = tasks_of_trial(project, trial, related_only=related_only)
        tests = [task.test for task in tasks]
        return list(why_not_green(tests, pytest(python, folder, *tests, seed=seed)))
    wanted = " ".join(trial.says.split())
    stop_at = wanted if related_only else ""
    run_ = pytest(python, folder, trial.task.test, seed=seed, stop_at=stop_at)
    problems = list(why_not_red(trial.task, run_))
    lines = [failure_line(t) for t in run_.of(trial.task) if t["outcome"] == "failed"]
    if lines and not any(wanted in line for line in lines):
        problems.append(f"no failure says {wanted!r}; they say:\n" + "\n".join(lines))
    return problems
