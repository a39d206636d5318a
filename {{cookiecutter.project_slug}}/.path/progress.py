"""When each task was done: told by Git and TASKS.md alone, no store of its own.

A tick that is committed has the day of its commit. One that is not committed yet has
the day on which TASKS.md was saved last. Where there is no history to ask, a task
counts as done on the day it was planned for, but no later than that.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .plan_days import due_dates, planned_days
from .project import Task
from .repository import ROOT, TASKS
from .task_lines import TASK_LINE, ticked

COMMIT = b"\x00day "
LOG = (
    "log --reverse --date-order --date=short --no-color "
    "--no-ext-diff --no-textconv --no-renames --patch --unified=0 "
    "--format=%x00day%x20%ad"
).split()


class Tick(NamedTuple):
    """A task that is done: on which day, and how that is known.

    ``how`` is ``commit``, ``file`` (the day TASKS.md was saved), ``plan`` (the day it
    was planned for) or ``before`` (it was done when the repository was made).
    """

    slug: str
    date: dt.date
    how: str


def ticks(tasks: Sequence[Task], text: bytes) -> list[Tick]:
    """The ticked tasks of the project, by day, then in the order of work.

    Args:
        tasks: the project's tasks.
        text: TASKS.md, as it is on disk.
    """
    done = set(ticked(text))
    committed = history()
    before = {slug for slug, (_, first) in committed.items() if first}
    saved = dt.date.fromtimestamp(TASKS.stat().st_mtime)
    due = due_dates(planned_days(text), {task.slug: task.hours for task in tasks})
    found = []
    for task in tasks:
        if task.slug not in done:
            continue
        if task.slug in committed:
            how = "before" if task.slug in before else "commit"
            found.append(Tick(task.slug, committed[task.slug][0], how))
            continue
        if not committed and task.slug in due and due[task.slug] < saved:
            found.append(Tick(task.slug, due[task.slug], "plan"))
        else:
            found.append(Tick(task.slug, saved, "file"))
    return sorted(found, key=lambda tick: tick.date)


def history() -> dict[str, tuple[dt.date, bool]]:
    """The ticked tasks of the last commit: the day, and if the first commit has them.

    Empty where there is no Git, no repository or no commit. A box that was unticked and
    ticked again counts from the last time; a line that moved keeps its day.
    """
    state: dict[str, tuple[dt.date, bool]] = {}
    for number, (day, gone, come) in enumerate(changes()):
        for slug in gone - come.keys():
            state.pop(slug, None)
        for slug, is_ticked in come.items():
            if not is_ticked:
                state.pop(slug, None)
            elif slug not in state:
                state[slug] = (day, number == 0)
    return state


def changes() -> Iterator[tuple[dt.date, set[str], dict[str, bool]]]:
    """Each commit that changed TASKS.md: its day, the slugs of the lines that went, and
    of those that came, with whether they are ticked.
    """
    for commit in log().split(COMMIT)[1:]:
        head, _, patch = commit.partition(b"\n")
        try:
            day = dt.date.fromisoformat(head.strip().decode())
        except ValueError:
            continue
        gone: set[str] = set()
        come: dict[str, bool] = {}
        for line in patch.splitlines():
            match = TASK_LINE.match(line[1:])
            if match and line[:1] == b"-":
                gone.add(match["slug"].decode())
            elif match and line[:1] == b"+":
                slug = match["slug"].decode()
                come[slug] = come.get(slug, False) or match["box"] != b" "
        yield day, gone, come


def log() -> bytes:
    """What ``git log`` says of TASKS.md; nothing where it cannot say anything."""
    git = shutil.which("git")
    if git is None:
        return b""
    try:
        done = subprocess.run(
            [git, *LOG, "--", TASKS.name],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""
