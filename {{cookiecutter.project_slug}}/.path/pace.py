"""Where in the plan today is: how many days ahead or behind, and when it will be done.

Only TASKS.md and the day are asked. A task is owed from the end of the day on which it
is to be finished, so an unfinished task that runs over into the next day makes nobody
late.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import NamedTuple

from .parts import part
from .plan_days import Day, date_text, due_dates, planned_days
from .project import Project
from .task_lines import ticked

WORDS = "no one two three four five six seven eight nine".split()
WEEKLY = re.compile(rb"(?<![0-9])([1-7]) days? a week\b")
OFF = re.compile(r"\bstarts [^\r\n]*· off ([^·\r\n]*)")
# Beyond that a date tells nothing but that it is far away.
FARTHEST = 5 * 366


class Plan(NamedTuple):
    """The dated plan beside what is done of it.

    Attributes:
        days: the days of TASKS.md, by date.
        owed: for each of them, the hours of the tasks due on it or before.
        done: the hours of the planned tasks that are ticked.
        weekly: days a week, counted from Monday: what holds beyond the plan's end.
        off: the days off that the header line names, those beyond the end above all.
    """

    days: list[Day]
    owed: list[float]
    done: float
    weekly: int
    off: frozenset[dt.date]

    @property
    def finish(self) -> dt.date:
        """The last day of the plan."""
        return self.days[-1].date

    def owed_by(self, date: dt.date) -> float:
        """The hours that are to be done when that day ends."""
        return max((owed for day, owed in self.dated if day <= date), default=0)

    @property
    def dated(self) -> Iterator[tuple[dt.date, float]]:
        """Each day's date and what is owed at its end."""
        return (
            (day.date, owed) for day, owed in zip(self.days, self.owed, strict=True)
        )

    def working(self, after: dt.date) -> Iterator[dt.date]:
        """The working days after that day: the plan's, then those of each week."""
        yield from sorted({day.date for day in self.days if day.date > after})
        last = max(self.finish, after).toordinal()
        for number in range(last + 1, dt.date.max.toordinal() + 1):
            date = dt.date.fromordinal(number)
            if date.weekday() < self.weekly and date not in self.off:
                yield date

    def overtime(self, today: dt.date) -> int:
        """The working days after the plan's end and before today."""
        weeks, rest = divmod(max((today - self.finish).days - 1, 0), 7)
        first = self.finish.weekday() + 1
        work = weeks * self.weekly
        work += sum(day % 7 < self.weekly for day in range(first, first + rest))
        off = (day for day in self.off if self.finish < day < today)
        return work - sum(day.weekday() < self.weekly for day in off)

    def behind(self, today: dt.date) -> int:
        """The working days before today whose share is not done yet."""
        late = {day for day, owed in self.dated if day < today and owed > self.done}
        return len(late) + (self.overtime(today) if self.done < self.owed[-1] else 0)

    def ahead(self, today: dt.date) -> int:
        """The working days after today whose share is done already."""
        later = sorted({day.date for day in self.days if day.date > today})
        shares = [self.owed_by(today), *(self.owed_by(day) for day in later)]
        reached = [
            number
            for number, owed in enumerate(shares)
            if number and shares[number - 1] < owed <= self.done
        ]
        return max(reached, default=0)


def read_plan(project: Project, text: bytes) -> Plan | None:
    """The plan of TASKS.md and what is done of it; None where it has no dates."""
    days = planned_days(text)
    hours = {task.slug: task.hours for task in project.tasks}
    due = due_dates(days, hours)
    if not due:
        return None
    shares = [0.0] * len(days)
    place = {day.date: number for number, day in enumerate(days)}
    for slug, date in due.items():
        shares[place[date]] += hours[slug]
    done = sum(hours[slug] for slug in ticked(text) if slug in due)
    if given := WEEKLY.search(text):
        weekly = int(given[1])
    else:
        weekly = max(5, *(day.date.weekday() + 1 for day in days))
    return Plan(days, list(accumulate(shares)), done, weekly, days_off(text))


def days_off(text: bytes) -> frozenset[dt.date]:
    """The days off in the header line; none where they cannot be read."""
    found = OFF.search(text.decode("utf-8", "replace"))
    if found is None:
        return frozenset()
    try:
        spans = part("checklist").read_spans(found[1].strip())
    except ValueError:
        return frozenset()
    return frozenset(
        dt.date.fromordinal(number)
        for first, last in spans
        for number in range(first.toordinal(), last.toordinal() + 1)[:FARTHEST]
    )


def forecast(
    project: Project, text: bytes, today: dt.date
) -> tuple[dt.date, dt.date] | None:
    """The day on which the plan ends, and the day on which the tasks will be done.

    The pace is the hours done a working day so far; today is counted among those days
    once its share is done. The hours that are left are laid over the working days to
    come at that pace. Whoever is on plan finishes on the day of the plan; somebody
    behind does not finish before it, and somebody ahead not after it.

    Args:
        project: the project, for the hours of its tasks.
        text: TASKS.md.
        today: the day it is.

    Returns:
        The two days; or None without dates, with nothing done or left, in the first two
        working days, and where it would take more than five years.
    """
    plan = read_plan(project, text)
    return None if plan is None else expected(plan, today)


def expected(plan: Plan, today: dt.date) -> tuple[dt.date, dt.date] | None:
    """The planned finish and the one at the pace so far, as ``forecast`` gives them."""
    left = plan.owed[-1] - plan.done
    gone = len({day.date for day in plan.days if day.date < today})
    gone += plan.overtime(today)
    after = today - dt.timedelta(days=1)
    if today in {day.date for day in plan.days} and plan.done >= plan.owed_by(today):
        gone += 1
        after = today
    if gone < 2 or plan.done <= 0 or left <= 0:
        return None
    behind, ahead = plan.behind(today), plan.ahead(today)
    if not behind and not ahead:
        return plan.finish, plan.finish
    needed = -int(-(left * gone) // plan.done)  # rounded up
    if needed > FARTHEST:
        return None
    finish = next(islice(plan.working(after), needed - 1, None), None)
    if finish is None:  # the calendar ends with the year 9999
        return None
    return plan.finish, (max if behind else min)(finish, plan.finish)


def sentence(project: Project, text: bytes, today: dt.date) -> str:
    """Where in the plan today is, how far ahead or behind; "" without dates.

    Behind are the working days before today whose share is not done: in the morning
    nobody owes anything for the day. Ahead are the working days after today whose share
    is done. Both are whole days; what is between them is on plan.
    """
    plan = read_plan(project, text)
    if plan is None:
        return ""
    where, begun = place_of(plan, today)
    behind, ahead = plan.behind(today), plan.ahead(today)
    if not behind and not ahead:
        return f"{where}, on plan" if begun else where
    where += f", {in_days(behind)} behind" if behind else f", {in_days(ahead)} ahead"
    found = expected(plan, today)
    if found is None or found[0] == found[1]:
        return where
    planned, finish = (dated(day, today) for day in found)
    return f"{where}; at your pace you finish on {finish} instead of {planned}"


def place_of(plan: Plan, today: dt.date) -> tuple[str, bool]:
    """``Day 9 of 16``, or what else today is; and whether the plan has begun."""
    over = [day for day in plan.days if day.date <= today]
    last = max(day.number for day in plan.days)
    if not over:
        return f"The plan starts on {dated(plan.days[0].date, today)}", False
    if today > plan.finish:
        return f"The plan ended on {dated(plan.finish, today)}", True
    if over[-1].date == today:
        return f"Day {over[-1].number} of {last}", True
    return f"A day off, after day {over[-1].number} of {last}", True


def in_days(number: int) -> str:
    """``one day``, ``two days``, ``10 days``."""
    word = WORDS[number] if number < len(WORDS) else str(number)
    return f"{word} day{'' if number == 1 else 's'}"


def dated(date: dt.date, today: dt.date) -> str:
    """``Wed 16 Dec``, with the year where it is not this one."""
    return date_text(date) + (f" {date.year}" if date.year != today.year else "")
