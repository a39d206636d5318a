"""What the exports tell: each task with its days, its state and its milestone."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, NamedTuple

from .parts import part
from .plan_days import due_dates, planned_days
from .project import Task, load_project
from .repository import HOME, TASKS, broken
from .tasks_file import read_progress
from .text import Trouble, plain


class Entry(NamedTuple):
    """A task as it stands.

    ``days`` are the planned days on which it is worked on, by date; none where TASKS.md
    gives it no date. ``week`` counts the plan's calendar weeks from 1. ``done_on`` is
    None for a task that is open, or that was done when the repository was made.
    """

    slug: str
    number: int
    title: str
    hours: float
    phase: str
    milestone: str
    page: str
    topics: list[str]
    serves: list[str]
    days: list[dt.date]
    week: int | None
    status: str
    done_on: dt.date | None

    @property
    def done(self) -> bool:
        """Whether its box is ticked."""
        return self.status == "Done"

    @property
    def heading(self) -> str:
        """``3. Show the published posts``."""
        return f"{self.number}. {self.title}"


class Milestone(NamedTuple):
    """A milestone; ``date`` is the last day on which one of its tasks ends, if any."""

    number: int
    title: str
    goal: str
    checkpoint: str
    date: dt.date | None
    done: bool


class Agenda(NamedTuple):
    """The project's slug and title, all that is planned in it, and notes on that."""

    project: str
    title: str
    entries: list[Entry]
    milestones: list[Milestone]
    notes: list[str]


def agenda() -> Agenda:
    """Reads TASKS.md, what the bake wrote down, and when tasks were done.

    Raises:
        Trouble: TASKS.md or ``.path/project.json`` is lost or damaged.
    """
    tasks = load_project().tasks
    try:
        data = json.loads((HOME / "project.json").read_text(encoding="utf-8"))
        text = read_progress(tasks)
        told = part("progress").progress(tasks, text)
        given = {task["slug"]: task for task in data["tasks"]}
        entries = all_entries(tasks, given, text, told.ticks)
        milestones = [
            milestone(number, told, entries)
            for number, told in enumerate(data["milestones"], 1)
        ]
        names = line(data["project"]), line(data["title"])
        return Agenda(*names, entries, milestones, told.notes)
    except (ValueError, TypeError, LookupError, AttributeError):
        raise Trouble(broken(".path/project.json")) from None


def all_entries(
    tasks: list[Task], data: dict[str, Any], text: bytes, done: list[Any]
) -> list[Entry]:
    """The project's tasks, in the order of work.

    Args:
        tasks: the project's tasks.
        data: each of them as project.json has it, by its slug.
        text: TASKS.md.
        done: the ticks, as `progress.Tick`.
    """
    days = worked_days(tasks, text)
    weeks = list(dict.fromkeys(monday(day.date) for day in planned_days(text)))
    ticks = {tick.slug: tick for tick in done}
    done_on = {slug: t.date for slug, t in ticks.items() if t.how != "before"}
    opened = next((task.slug for task in tasks if task.slug not in ticks), None)
    entries = []
    for task in tasks:
        own = days.get(task.slug, [])
        status = "Next" if task.slug == opened else "To do"
        entries.append(
            Entry(
                slug=task.slug,
                number=task.number,
                title=line(task.title),
                hours=task.hours,
                phase=line(task.phase),
                milestone=line(task.milestone),
                page=line(task.page),
                topics=[line(topic) for topic in data[task.slug]["topics"]],
                serves=[line(id_) for id_ in data[task.slug]["serves"]],
                days=own,
                week=weeks.index(monday(own[0])) + 1 if own else None,
                status="Done" if task.slug in ticks else status,
                done_on=done_on.get(task.slug),
            )
        )
    return entries


def worked_days(tasks: list[Task], text: bytes) -> dict[str, list[dt.date]]:
    """The days of each task that has a date: from where it stands to when it is due."""
    days = planned_days(text)
    dates = sorted({day.date for day in days})
    begins = {slug: day.date for day in reversed(days) for slug in day.slugs}
    due = due_dates(days, {task.slug: task.hours for task in tasks})
    return {
        slug: [date for date in dates if begins[slug] <= date <= last]
        for slug, last in due.items()
    }


def milestone(number: int, told: dict[str, Any], entries: list[Entry]) -> Milestone:
    """A milestone; once it is reached, its day is that of the task done last."""
    own = [entry for entry in entries if entry.milestone == line(told["title"])]
    dates = [
        entry.done_on or entry.days[-1]
        for entry in own
        if entry.done_on or (entry.days and not entry.done)
    ]
    return Milestone(
        number=number,
        title=line(told["title"]),
        goal=line(told["goal"]),
        checkpoint=line(told["checkpoint"]),
        date=max(dates, default=None),
        done=bool(own) and all(entry.done for entry in own),
    )


def monday(date: dt.date) -> dt.date:
    """The Monday of a date's week."""
    return date - dt.timedelta(days=date.weekday())


def line(text: object) -> str:
    """Text in one line that every encoding of Unicode can hold."""
    kept = " ".join(plain(text).split())
    return kept.encode("utf-8", "replace").decode("utf-8")


def left_out(entries: list[Entry], why: str) -> list[str]:
    """A note on tasks that an export leaves out, or none."""
    if not entries:
        return []
    names = ", ".join(entry.slug for entry in entries)
    return [f"Left out, because {TASKS.name} {why}: {names}."]
