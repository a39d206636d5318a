"""The commands that say where the learner is, and those that run or show one task."""

from __future__ import annotations

from collections.abc import Sequence

import click

from .parts import part
from .plan_days import today
from .project import load_project, page_of
from .repository import ME
from .task_lines import listed, ticked
from .tasks_file import first_open, lost, read_progress, sums, what_next
from .text import Trouble, bar, count, shortened, wrapped


def status() -> int:
    """Shows the bar, the sums, the pace and the next task."""
    project = load_project()
    text = read_progress(project.tasks)
    done, hours, total = sums(project, text)
    click.echo(click.style(shortened(project.title, 200), bold=True) + "\n")
    click.echo(f"  {bar(hours / total if total else 1)}")
    left = f"{total - hours:g} h left" if total > hours else "nothing left"
    tasks = f"{done} of {count(len(project.tasks), 'task')}"
    facts = f"{tasks} · {hours:g} of {total:g} h · {left}"
    click.echo(wrapped(facts, "  "))
    opened = first_open(project, text)
    when = part("pace").sentence(project, text, today())
    if when and opened:
        click.echo(wrapped(when, "  "))
    click.echo("\n" + what_next(project, text))
    here = listed(text)
    if missing := [task for task in project.tasks if task.slug not in here]:
        names = ", ".join(task.slug for task in missing)
        click.echo("", err=True)
        raise Trouble(lost(missing, f"TASKS.md has no line for {names}"))
    return 0


def show_next() -> int:
    """Shows the page of the first task that is not ticked."""
    project = load_project()
    text = read_progress(project.tasks)
    task = first_open(project, text)
    click.echo(what_next(project, text) if task is None else page_of(task))
    return 0


def show(name: str) -> int:
    """Shows the page of any task."""
    click.echo(page_of(load_project().find(name)))
    return 0


def check(names: Sequence[str], *, every: bool, verbose: bool, only: bool) -> int:
    """Checks tasks, the first that is not ticked, or all that are ticked.

    Args:
        names: the tasks; none for the first that is not ticked.
        every: check all that are ticked.
        verbose: print pytest's own text as well.
        only: run nothing but the task's own test.

    Returns:
        0 if all that was checked passed, else 1.
    """
    project = load_project()
    checking = part("checking")
    code: int = 0
    if len(names) > 1:
        tasks = list(dict.fromkeys(map(project.find, names)))
        return int(checking.check_several(tasks, "task", verbose))
    if names:
        return int(checking.check_one(project, project.find(names[0]), verbose, only))
    text = read_progress(project.tasks)
    opened = first_open(project, text)
    if every:
        code = checking.check_ticked(project, text, verbose)
    elif opened is None:
        click.echo(what_next(project, text))
    else:
        code = checking.check_one(project, opened, verbose, only)
    return code


def hint(name: str | None) -> int:
    """Shows the next hint for a task, or for the first that is not ticked."""
    project = load_project()
    if name is not None:
        part("reference").show_hint(project.find(name))
        return 0
    text = read_progress(project.tasks)
    opened = first_open(project, text)
    if opened is None:
        click.echo(what_next(project, text))
    else:
        part("reference").show_hint(opened)
    return 0


def solution(name: str, *, peek: bool) -> int:
    """Shows the reference solution of a task that is ticked, or of any with ``peek``.

    Raises:
        Trouble: it is not ticked.
    """
    task = load_project().find(name)
    if not peek and task.slug not in ticked(read_progress([task])):
        raise Trouble(
            f"{task.slug} is not ticked yet. The reference solution is shown after "
            f"its check passes, or at once with\n\n"
            f"  {ME} solution {task.slug} --peek"
        )
    part("reference").show_solution(task)
    return 0
