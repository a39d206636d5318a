"""Packs tasks into dated days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
Span = tuple[date, date]  # a first and a last day, both included


def day_text(day: date, *, year: bool = False) -> str:
    """``Wed 25 Nov``, or ``Wed 25 Nov 2026``; English whatever the locale."""
    text = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return f"{text} {day.year}" if year else text


def hours_text(hours: Fraction | float) -> str:
    """Hours without needless noughts: ``2``, ``2.5``, ``0.25``."""
    return f"{float(hours):g}"


@dataclass(frozen=True)
class Piece:
    """A task's share of one day.

    Attributes:
        task: the task's place in the list that was planned.
        hours: how long it is worked on that day.
        first: whether the task begins on that day.
        last: whether it is finished on that day.
    """

    task: int
    hours: Fraction
    first: bool
    last: bool


@dataclass
class Day:
    """One day of work; ``number`` counts from 1."""

    number: int
    date: date
    pieces: list[Piece] = field(default_factory=list)

    @property
    def hours(self) -> Fraction:
        """The hours worked on this day."""
        return sum((piece.hours for piece in self.pieces), Fraction(0))


@dataclass
class Week:
    """The days of one calendar week (Monday to Sunday); ``number`` counts from 1."""

    number: int
    days: list[Day]

    @property
    def hours(self) -> Fraction:
        """The hours worked in this week."""
        return sum((day.hours for day in self.days), Fraction(0))


def work_days(start: date, days_per_week: int) -> list[date]:
    """The first seven-day stretch's working days from ``start`` on.

    Five days a week are Monday to Friday, six are Monday to Saturday.
    """
    days = [start + timedelta(days=offset) for offset in range(7)]
    return [day for day in days if day.weekday() < days_per_week]


def plan(
    hours: Sequence[Fraction | float],
    start: date,
    hours_per_day: Fraction | float,
    days_per_week: int,
    *,
    off: Sequence[Span] = (),
    used: Mapping[date, Fraction] | None = None,
) -> list[Day]:
    """Lays tasks, in order, over working days from ``start`` on.

    A day is filled before the next one begins, so a task may run over into the next
    working day; every day but the last is full.

    Args:
        hours: the length of each task, more than 0.
        start: the first day; where it is a day off, the next working day is taken.
        hours_per_day: hours of work a day, more than 0.
        days_per_week: 1 to 7, counted from Monday.
        off: the days off, beside those of the week.
        used: the hours of a day that are taken already; a day without room is passed
            over.

    Raises:
        ValueError: a length, the hours a day or the days a week are out of range, or
            the plan runs past the year 9999.
    """
    capacity = Fraction(hours_per_day)
    if capacity <= 0:
        raise ValueError("hours_per_day must be more than 0")
    if not 1 <= days_per_week <= 7:
        raise ValueError("days_per_week must be from 1 to 7")
    taken = used or {}
    days: list[Day] = []
    previous: date | None = None
    room = Fraction(0)
    for task, length in enumerate(hours):
        left = Fraction(length)
        if left <= 0:
            raise ValueError(f"task {task} must be longer than 0 hours")
        first = True
        while left > 0:
            if room <= 0:
                previous = _next_day(previous, start, days_per_week, off)
                room = capacity - taken.get(previous, 0)
                if room <= 0:
                    continue
                days.append(Day(len(days) + 1, previous))
            share = min(room, left)
            room -= share
            left -= share
            days[-1].pieces.append(Piece(task, share, first, left == 0))
            first = False
    return days


def _next_day(
    previous: date | None, start: date, days_per_week: int, off: Sequence[Span]
) -> date:
    try:
        day = start if previous is None else previous + timedelta(days=1)
        while True:
            ends = [last for first, last in off if first <= day <= last]
            if ends:
                day = max(ends)
            elif day.weekday() < days_per_week:
                return day
            day += timedelta(days=1)
    except OverflowError:
        raise ValueError("the plan runs past the year 9999") from None


def weeks(days: Sequence[Day]) -> list[Week]:
    """Groups days by calendar week."""
    found: list[Week] = []
    monday = None
    for day in days:
        this = day.date.toordinal() - day.date.weekday()
        if this != monday:
            monday = this
            found.append(Week(len(found) + 1, []))
        found[-1].days.append(day)
    return found
