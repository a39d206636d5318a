"""The dated days of TASKS.md, and the day on which each task is due."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import click

from .task_lines import read

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun"

DAY = re.compile(
    r"#+ +Day (\d{1,4})\b\D*?(?:([A-Z][a-z]{2}) )?(\d{1,2}) ([A-Z][a-z]{2})\b"
    r"(?:[^\d]*(\d{1,2}(?:\.\d+)?) h\b)?"
)
START = re.compile(r"\bstarts [^·\d]{0,99}(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})\b")


class Day(NamedTuple):
    """One dated day of TASKS.md and the tasks that begin on it."""

    number: int
    date: dt.date
    hours: float
    slugs: list[str]


def planned_days(text: bytes) -> list[Day]:
    """The days of TASKS.md, by date; none where a date cannot be read."""
    start: dt.date | None = None
    days: list[Day] = []
    today: Day | None = None
    reading = read(text)
    tasks = {task.first: task.slug for task in reading.tasks}
    lines = [line.decode("utf-8", "replace") for line in text.splitlines()]
    for number, line in enumerate(lines):
        line = line.lstrip("\ufeff")
        if number in reading.hidden:
            continue
        if slug := tasks.get(number):
            if today is not None:
                today.slugs.append(slug)
        elif line.startswith(("# ", "## ", "### ")):
            today = None
            if found := DAY.match(line):
                if start is None or (date := in_plan(start, found)) is None:
                    return []
                today = Day(int(found[1]), date, float(found[5] or 24), [])
                days.append(today)
        elif start is None and (found := starts(lines[number : number + 3])):
            start = date_of(int(found[3]), found[2], int(found[1]))
    return sorted(days, key=lambda day: day.date)


def starts(lines: Sequence[str]) -> re.Match[str] | None:
    """The start of the plan in the first of these lines, which may be wrapped."""
    found = START.search(lines[0])
    if found is None and " · " in lines[0]:
        found = START.search(flat("\n".join(lines)))
    return found


def flat(text: str) -> str:
    """A line that is wrapped, as one; a line that is not, as it stands."""
    lines = re.split(r"\r\n|\r|\n", text)
    if len(lines) == 1:
        return text
    rest = (line.lstrip(" \t>").rstrip(" \t") for line in lines[1:])
    return " ".join([lines[0].rstrip(" \t"), *filter(None, rest)])


def in_plan(start: dt.date, day: re.Match[str]) -> dt.date | None:
    """The date of a day's heading: the first one from the start on.

    The weekday, where it fits, tells a plan's second year from its first.
    """
    years = range(start.year, start.year + 5)
    dates = [date_of(year, day[4], int(day[3])) for year in years]
    later = [date for date in dates if date and date >= start]
    fits = [date for date in later[:3] if date_text(date)[:3] == day[2]]
    return next(iter(fits + later), None)


def date_of(year: int, month: str, day: int) -> dt.date | None:
    """A date, or None where the calendar has none such."""
    try:
        return dt.date(year, MONTHS.split().index(month) + 1, day)
    except ValueError:
        return None


def date_text(date: dt.date) -> str:
    """``Wed 25 Nov``, in English whatever the locale."""
    weekday, month = WEEKDAYS.split()[date.weekday()], MONTHS.split()[date.month - 1]
    return f"{weekday} {date.day} {month}"


def due_dates(days: Sequence[Day], hours: dict[str, float]) -> dict[str, dt.date]:
    """The day on which each task is to be finished.

    A task that does not fit into the day it begins on runs over into the next one.
    """
    due: dict[str, dt.date] = {}
    ends = list(accumulate(day.hours for day in days))
    worked = 0.0
    for index, day in enumerate(days):
        worked = max(worked, ends[index] - day.hours)
        for slug in day.slugs:
            if slug in hours and slug not in due:
                worked += hours[slug]
                full = (d for d, end in zip(days, ends, strict=True) if end >= worked)
                due[slug] = next(full, days[-1]).date
    return due


def today() -> dt.date:
    """The day it is: that of the clock, unless ``--today`` names another."""
    given = click.get_current_context().find_root().params.get("today")
    return given.date() if given else dt.date.today()
