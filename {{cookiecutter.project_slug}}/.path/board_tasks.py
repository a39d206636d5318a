"""TASKS.md as the learner laid it out: weeks, days, tasks, lines of their own."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from dataclasses import dataclass, field
from typing import NamedTuple

from .plan_days import DAY, planned_days
from .task_lines import read

OWN = re.compile(
    r"[ \t>]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+"
    r"\[(?P<box>[ xX!-/:-@^-`{-~])\][ \t]+(?P<text>\S.*)"
)
HEADING = re.compile(r"(#{1,3}) +(.*?)(?: +#+)? *$")


class Given(NamedTuple):
    """A task of the project, by its slug."""

    slug: str


class Own(NamedTuple):
    """A checkbox that the learner wrote."""

    text: str
    done: bool


class Prose(NamedTuple):
    """Any other lines, as Markdown."""

    text: str


Item = Given | Own | Prose


@dataclass
class Day:
    """What stands under one heading; ``date`` is None where it has none."""

    heading: str = ""
    date: dt.date | None = None
    items: list[Item] = field(default_factory=list)


@dataclass
class Week:
    """A section of TASKS.md, mostly a week, and its days."""

    heading: str = ""
    days: list[Day] = field(default_factory=list)

    @property
    def slugs(self) -> list[str]:
        """The tasks that begin in it."""
        items = (item for day in self.days for item in day.items)
        return [item.slug for item in items if isinstance(item, Given)]


class Reader:
    """Goes through the lines; what stands before the first section is left out."""

    def __init__(self, text: bytes, known: set[str]) -> None:
        self.known, self.seen = known, set[str]()
        self.dates = {day.number: day.date for day in planned_days(text)}
        self.weeks = [Week()]
        self.prose: list[str] = []
        self.begun = False
        reading = read(text)
        tasks = {task.first: task for task in reading.tasks}
        inside = -1  # the last line of the task that was taken last
        for number, raw in enumerate(text.splitlines()):
            line = raw.decode("utf-8", "replace").lstrip("\ufeff")
            if task := tasks.get(number):
                self.take_task(task.slug)
                inside = task.last
            elif number in reading.hidden:
                self.prose.append(line)
            elif number > inside:
                self.take(line)
        self.flush()

    @property
    def day(self) -> Day:
        """The day that lines are added to."""
        days = self.weeks[-1].days
        if not days:
            days.append(Day())
        return days[-1]

    def take_task(self, slug: str) -> None:
        """Adds a task, where it stands for the first time."""
        self.flush()
        if slug in self.known and slug not in self.seen:
            self.seen.add(slug)
            self.day.items.append(Given(slug))

    def take(self, line: str) -> None:
        """Adds any other line."""
        if found := HEADING.match(line):
            self.flush()
            if len(found[1]) == 1 and not self.begun:
                self.begun = True  # the title
            elif len(found[1]) == 3:
                day = DAY.match(line)
                date = self.dates.get(int(day[1])) if day else None
                self.weeks[-1].days.append(Day(found[2], date))
            else:
                self.weeks.append(Week(found[2]))
        elif found := OWN.match(line):
            self.flush()
            self.day.items.append(Own(found["text"].strip(), found["box"] in "xX"))
        else:
            self.prose.append(line)

    def flush(self) -> None:
        """Adds the lines of prose that were gathered."""
        lines, self.prose = self.prose, []
        text = textwrap.dedent("\n".join(lines)).strip()
        # The milestones are told by the project, with what is done of them.
        parts = re.split(r"\n[ \t]*\n", text)
        text = "\n\n".join(p for p in parts if not p.startswith("**Milestone: "))
        if text and (self.weeks[-1].heading or self.seen):
            self.day.items.append(Prose(text))


def weeks(text: bytes, known: set[str]) -> list[Week]:
    """The sections of TASKS.md that hold anything, in the order of the file.

    Args:
        text: TASKS.md.
        known: the slugs of the project; a task with two lines stands at its first.
    """
    found = Reader(text, known).weeks
    for week in found:
        week.days = [day for day in week.days if day.items]
    return [week for week in found if week.days]
