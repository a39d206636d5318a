"""When each task was done: told by Git and TASKS.md alone, no store of its own.

A tick that is committed has the day of its commit. One that is not committed yet has
the day on which TASKS.md was saved last. Where there is no history to ask, a task
counts as done on the day it was planned for, but no later than that. The same holds for
a tick that came into the history together with TASKS.md: a first commit may be late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from .parts import part
from .plan_days import due_dates, planned_days
from .project import Start, Task, load_start
from .repository import TASKS
from .task_lines import ticked

history: Any = part("history")


class Tick(NamedTuple):
    """A task that is done: on which day, and how that is known.

    ``how`` is ``commit``, ``file`` (the day TASKS.md was saved), ``plan`` (the day it
    was planned for) or ``before`` (it was done when the repository was made).
    """

    slug: str
    date: dt.date
    how: str


class Progress(NamedTuple):
    """The tasks that are done, by day, and notes on what Git cannot say of them."""

    ticks: list[Tick]
    notes: list[str]


def progress(tasks: Sequence[Task], text: bytes) -> Progress:
    """The ticked tasks of the project, by day, then in the order of work.

    Args:
        tasks: the project's tasks.
        text: TASKS.md, as it is on disk.

    Raises:
        Trouble: what the bake wrote down is damaged.
    """
    start, known = load_start(), history.history()
    saved = dt.date.fromtimestamp(TASKS.stat().st_mtime)
    due = due_dates(planned_days(text), {task.slug: task.hours for task in tasks})
    done = set(ticked(text))
    here = [task.slug for task in tasks if task.slug in done]
    ticks = [tick(slug, start, known, due.get(slug), saved) for slug in here]
    notes = [known.doubt] if known.doubt else []
    lost = (slug for slug in here if known.shallow and slug not in (start.done or ()))
    if any(slug in known.ticked and known.ticked[slug].came for slug in lost):
        notes.append(
            "This clone is shallow: the commits in which tasks were done are not all "
            "here. The days of the plan are taken instead. To get them: "
            + history.UNSHALLOW
        )
    return Progress(sorted(ticks, key=lambda tick: tick.date), notes)


def tick(
    slug: str, start: Start, known: Any, due: dt.date | None, saved: dt.date
) -> Tick:
    """A task that is ticked.

    Args:
        slug: the task's.
        start: what the bake wrote down. Where it wrote nothing, what the history began
            with was done before.
        known: a `history.History`.
        due: the day it was planned for.
        saved: the day on which TASKS.md was saved last.
    """
    begun = slug in start.done if start.done is not None else not known.shallow
    committed = known.ticked.get(slug)
    if committed is None:
        if start.done is not None and begun and not known.there:
            return Tick(slug, saved, "before")
        if not known.ticked and due and due < saved:
            return Tick(slug, due, "plan")
        return Tick(slug, saved, "file")
    if committed.came and begun:
        return Tick(slug, committed.date, "before")
    if committed.came and due and due < committed.date:
        return Tick(slug, due, "plan")
    return Tick(slug, committed.date, "commit")
