"""The tasks as a calendar (RFC 5545): an all-day event a task, and one a milestone.

A task is one event, however many days it is worked on: its identity in the calendar
stays when a new plan gives it more days or fewer, and nothing old is left behind.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import pairwise
from typing import Any

from icalendar import Calendar, Event

from .parts import part
from .plan_days import date_text
from .project import load_start
from .repository import ME, TASKS
from .text import Trouble, count

history: Any = part("history")

PRODID = "-//djangopath//path.py export//EN"
ZERO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def render(agenda: Any) -> tuple[bytes, list[str]]:
    """The calendar, and notes on what is not in it.

    Args:
        agenda: an `agenda.Agenda`.

    Raises:
        Trouble: no task has a date, or the repository cannot tell who it is.
    """
    shown = [entry for entry in agenda.entries if days_of(entry)]
    if not shown:
        raise Trouble(
            f"No task in {TASKS.name} has a date, so there is nothing to put into a "
            f"calendar. To give all that is left new dates: {ME} plan"
        )
    maker = Maker(agenda)
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", agenda.title)
    calendar.add("x-wr-calname", agenda.title)
    for entry in shown:
        calendar.add_component(maker.task(entry))
    for milestone in agenda.milestones:
        if milestone.date is not None:
            calendar.add_component(maker.milestone(milestone))
    open_ones = [e for e in agenda.entries if not e.done and e not in shown]
    why = "gives them no date"
    return calendar.to_ical(), part("agenda").left_out(open_ones, why)


def days_of(entry: Any) -> list[dt.date]:
    """The days of a task in the calendar; one that is done has the day it was done."""
    if entry.done:
        return [entry.done_on] if entry.done_on else []
    days: list[dt.date] = entry.days
    return days


class Maker:
    """Makes events, all of one revision."""

    def __init__(self, agenda: Any) -> None:
        self.project = agenda.project
        self.identity = identity()
        self.revised = revised()

    def task(self, entry: Any) -> Event:
        """A task's event."""
        days = days_of(entry)
        lines = [
            f"{entry.phase}, {count(entry.hours, 'hour')}",
            f"Milestone: {entry.milestone}",
            f"Page: {entry.page}",
        ]
        if entry.done:
            lines.append(f"Done on {date_text(days[0])}.")
        else:
            if len(days) > 1:
                lines.append(f"On {', '.join(map(date_text, days))}.")
            lines.append(f"When it works: {ME} check {entry.slug}")
        title = f"{entry.heading} ({entry.hours:g} h)"
        event = self.event(entry.slug, days, title, lines, entry.done)
        event.add("categories", [entry.phase, *entry.topics])
        return event

    def milestone(self, milestone: Any) -> Event:
        """A milestone's event, on its last day."""
        lines = [milestone.goal, f"Checkpoint: {milestone.checkpoint}"]
        title = f"Milestone: {milestone.title}"
        name = f"milestone.{milestone.number}"
        event = self.event(name, [milestone.date], title, lines, milestone.done)
        event.add("categories", ["Milestone"])
        return event

    def event(
        self, name: str, days: list[dt.date], title: str, lines: list[str], done: bool
    ) -> Event:
        """An all-day event that leaves its days free for appointments."""
        event = Event()
        own = [self.project, name, *filter(None, [self.identity])]
        event.add("uid", f"{'.'.join(own)}@djangopath")
        event.add("dtstamp", self.revised)
        event.add("last-modified", self.revised)
        event.add("sequence", max(0, int((self.revised - ZERO).total_seconds())))
        event.add("summary", f"✓ {title}" if done else title)
        event.add("description", "\n".join(lines))
        event.add("dtstart", days[0])
        if days[0] < dt.date.max:
            event.add("dtend", days[0] + DAY)
        event.add("transp", "TRANSPARENT")
        event.add("status", "CONFIRMED")
        repeat(event, days)
        return event


def repeat(event: Event, days: list[dt.date]) -> None:
    """Lets the event recur on all its days, in a way that every calendar reads."""
    if len(days) == 1:
        return
    gaps = {later - earlier for earlier, later in pairwise(days)}
    if len(gaps) == 1:
        step = {} if DAY in gaps else {"interval": gaps.pop().days}
        event.add("rrule", {"freq": "DAILY", **step, "count": len(days)})
        return
    span = (days[-1] - days[0]).days + 1
    event.add("rrule", {"freq": "DAILY", "count": span})
    off = {days[0] + DAY * number for number in range(span)} - set(days)
    event.add("exdate", sorted(off), parameters={"value": "DATE"})


def identity() -> str:
    """What tells this repository from another of the same project, whatever its folder.

    The bake wrote it down, so that neither a clone nor a new history changes it. Where
    an older bake did not, it is the commit that the repository began with; "" where
    Git does not know one.

    Raises:
        Trouble: Git fails, or the clone is shallow, so that the commit is not here.
    """
    if own := load_start().id:
        return own
    try:
        if history.is_shallow():
            raise Trouble(
                "This clone is shallow: the first commit, by which a calendar knows "
                "this repository's entries again, is not here. To get it: "
                + history.UNSHALLOW
            )
        return str(history.began()[:16])
    except history.git.GitError as error:
        what = "with which commit this repository began"
        then = "By that commit a calendar knows its entries again"
        raise Trouble(history.unsaid(what, error, then)) from None


def revised() -> dt.datetime:
    """When the plan or its ticks changed last: on disk or by a commit.

    No clock is asked, so two exports of the same state are the same bytes.
    """
    stamps = [0, int(TASKS.stat().st_mtime)]
    with suppress(history.git.GitError):  # the agenda has a note on it
        stamps.append(history.committed())
    return dt.datetime.fromtimestamp(max(stamps), dt.UTC)
