"""The burn-up: hours planned and hours done by day, as numbers and as a drawing."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from .parts import part
from .plan_days import MONTHS, Day, date_text, due_dates, planned_days
from .project import Project

tag: Callable[..., str] = part("board_markup").tag
ONE = dt.timedelta(days=1)
Point = tuple[dt.date, float]  # a day, and the hours at its end


@dataclass(frozen=True)
class Burnup:
    """Hours at the end of each day on which they change.

    ``planned`` and ``done`` begin on the evening before the first day; ``done`` ends
    today. ``expected`` is the day on which all is done at the pace so far, where that
    can be told.
    """

    planned: list[Point]
    done: list[Point]
    today: dt.date
    total: float
    expected: dt.date | None

    @property
    def now(self) -> float:
        """The hours done by today."""
        return self.done[-1][1]

    @property
    def finish(self) -> dt.date | None:
        """The last day of the plan."""
        return self.planned[-1][0] if self.planned else None

    @property
    def days(self) -> list[dt.date]:
        """Every day on which something is planned, done or told."""
        points = [*self.planned[1:], *self.done[1:]]
        return sorted({day for day, _ in points})


def at(points: Sequence[Point], day: dt.date) -> float:
    """The hours at the end of a day."""
    index = bisect.bisect_right([date for date, _ in points], day)
    return points[max(index - 1, 0)][1] if points else 0.0


def burnup(
    project: Project,
    text: bytes,
    today: dt.date,
    ticks: Sequence[Any],
    expected: dt.date | None,
) -> Burnup:
    """The two lines, from TASKS.md and the days on which its boxes were ticked."""
    days = planned_days(text)
    hours = {task.slug: task.hours for task in project.tasks}
    due = due_dates(days, hours)
    first = days[0].date if days else None

    def was_there(tick: Any) -> bool:
        """Whether it was done before the plan began, and is no part of it."""
        early = first is not None and tick.date < first
        return tick.slug not in due and (early or tick.how == "before")

    base = sum(hours[tick.slug] for tick in ticks if was_there(tick))
    worked = [
        (min(tick.date, today), hours[tick.slug])
        for tick in ticks
        if not was_there(tick)
    ]
    starts = [date for date, _ in worked] + ([first] if first else [])
    origin = min(starts, default=today)
    planned = [(day, base + sum_) for day, sum_ in planned_hours(days, hours)]
    if planned:
        planned.insert(0, (planned[0][0] - ONE, base))
    done = [(origin - ONE, base)]
    for day, sum_ in sorted(worked):
        done.append((day, done[-1][1] + sum_))
    if today > done[-1][0]:
        done.append((today, done[-1][1]))
    ends = dict(done)  # of several ticks on a day the last holds the sum
    return Burnup(planned, list(ends.items()), today, sum(hours.values()), expected)


def planned_hours(days: Sequence[Day], hours: dict[str, float]) -> list[Point]:
    """The hours of the plan at the end of each of its days, counted from 0.

    A day's tasks fill its hours; what does not fit goes on the next day, and what does
    not fit at all is added on the last.
    """
    ends = list(accumulate(day.hours for day in days))
    spans: list[tuple[float, float]] = []
    seen: set[str] = set()
    worked = 0.0
    for day, end in zip(days, ends, strict=True):
        worked = max(worked, end - day.hours)
        for slug in day.slugs:
            if slug in hours and slug not in seen:
                seen.add(slug)
                spans.append((worked, hours[slug]))
                worked += hours[slug]
    points = [
        (day.date, sum(min(max(end - start, 0), length) for start, length in spans))
        for day, end in zip(days, ends, strict=True)
    ]
    if points:
        points[-1] = (points[-1][0], sum(length for _, length in spans))
    return points


# ------------------------------------------------------------------------- the drawing


def day_text(day: dt.date) -> str:
    """``Wed 25 Nov 2026``."""
    return f"{date_text(day)} {day.year}"


def described(chart: Burnup) -> str:
    """What the drawing shows, in a sentence or three."""
    today = day_text(chart.today)
    said = [f"By {today}, {chart.now:g} of {chart.total:g} hours are done"]
    if chart.planned and chart.today > chart.planned[0][0]:
        said[0] += f"; the plan has {at(chart.planned, chart.today):g} by then"
    if chart.finish:
        said.append(f"The plan ends on {day_text(chart.finish)}")
    if chart.expected:
        said.append(f"At the pace so far, all is done on {day_text(chart.expected)}")
    return ". ".join(said) + "."


class Drawing:
    """The chart, drawn for one width.

    Args:
        width: in pixels; text is drawn at the same size in each.
        labels: how many dates there is room for.
        name: what the ids in it begin with.
    """

    top, bottom, left, right, below = 52, 276, 40, 14, 322

    def __init__(self, chart: Burnup, width: int, labels: int, name: str) -> None:
        self.chart, self.width, self.labels, self.name = chart, width, labels, name
        lines = [*chart.planned, *chart.done]
        self.first = min(day for day, _ in lines)
        last = max(day for day, _ in lines)
        # A finish that is very far off would squeeze everything else.
        self.far = last + max(last - self.first, 21 * ONE)
        expected = min(chart.expected or last, self.far)
        self.last = max(last, expected, self.first + ONE)

    def x(self, day: dt.date) -> float:
        """Where the end of a day stands."""
        share = (day - self.first).days / (self.last - self.first).days
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def y(self, hours: float) -> float:
        """Where a number of hours stands."""
        share = hours / self.chart.total if self.chart.total else 0
        return round(self.bottom - share * (self.bottom - self.top), 1)

    def line(self, points: Sequence[Point]) -> list[tuple[float, float]]:
        """A line that rises during a day of work and is level between such days."""
        drawn = [(self.x(points[0][0]), self.y(points[0][1]))]
        for (day, hours), (_, before) in zip(points[1:], points, strict=False):
            drawn += [(self.x(day - ONE), self.y(before)), (self.x(day), self.y(hours))]
        return list(dict.fromkeys(drawn))

    def svg(self) -> str:
        """The whole drawing."""
        ids = f"{self.name}-title", f"{self.name}-text"
        return tag(
            "svg",
            tag("title", "Hours done against the plan", id=ids[0]),
            tag("desc", described(self.chart), id=ids[1]),
            self.hour_lines(),
            self.dates(),
            self.today(),
            self.plan(),
            self.forecast(),
            self.done(),
            class_=f"chart {self.name}",
            viewBox=f"0 0 {self.width} {self.below}",
            role="img",
            aria_labelledby=ids[0],
            aria_describedby=ids[1],
        )

    def text(self, x: float, y: float, *words: Any, anchor: str, kind: str) -> str:
        """A label."""
        return tag("text", *words, x=x, y=y, text_anchor=anchor, class_=kind)

    def hour_lines(self) -> list[str]:
        """Level lines at round hours, named at the left."""
        drawn = []
        for hours in rounds(self.chart.total):
            y, zero = self.y(hours), hours == 0
            kind = "axis" if zero else "grid"
            end = self.width - self.right
            drawn.append(tag("line", x1=self.left, x2=end, y1=y, y2=y, class_=kind))
            label = f"{hours:g}" if hours else "0 h"
            drawn.append(
                self.text(self.left - 8, y + 4.5, label, anchor="end", kind="tick")
            )
        return drawn

    def dates(self) -> list[str]:
        """The Mondays, or as many of them as there is room for."""
        first, last = self.first + ONE, self.last
        mondays = [
            day
            for offset in range((last - first).days + 1)
            if (day := first + offset * ONE).weekday() == 0
        ]
        days = mondays[:: math.ceil(len(mondays) / self.labels)] if mondays else [first]
        drawn = []
        for day in days:
            x = self.x(day - ONE)  # where that day begins
            drawn.append(
                tag("line", x1=x, x2=x, y1=self.bottom, y2=self.bottom + 5,
                    class_="axis")
            )  # fmt: skip
            label = f"{day.day} {MONTHS.split()[day.month - 1]}"
            anchor, x = self.fitted(x, label)
            drawn.append(self.text(x, self.bottom + 20, label, anchor=anchor,
                                   kind="tick"))  # fmt: skip
        return drawn

    def fitted(self, x: float, label: str) -> tuple[str, float]:
        """The anchor and place of a label, so that it stays inside the drawing."""
        half = len(label) * 3.8
        if x + half > self.width:
            return "end", self.width
        if x - half < 0:
            return "start", 0
        return "middle", x

    def today(self) -> list[str]:
        """The day it is, as an upright line with its name under the dates."""
        if not self.first <= self.chart.today <= self.last:
            return []
        x = self.x(self.chart.today)
        label = f"today, {date_text(self.chart.today)}"
        anchor, at_x = self.fitted(x, label)
        return [
            tag("line", x1=x, x2=x, y1=self.top, y2=self.bottom + 28, class_="today"),
            self.text(at_x, self.bottom + 42, label, anchor=anchor, kind="today"),
        ]

    def flag(self, day: dt.date, label: str, kind: str) -> list[str]:
        """A label above the drawing with a line down to its day.

        Labels extend to the left, so the later day's stands above the earlier one's.
        """
        x = self.x(min(day, self.last))
        ends = self.chart.finish, self.chart.expected
        others = {end for end in ends if end and end != day}
        later = any(day > other for other in others) or (
            not others and kind == "forecast"
        )
        y = 14 if later else 34
        anchor, at_x = ("end", x + 6) if x > len(label) * 7.6 else ("start", x - 6)
        return [
            tag("line", x1=x, x2=x, y1=y + 5, y2=self.top - 6, class_=f"lead {kind}"),
            self.text(at_x, y, label, anchor=anchor, kind=kind),
        ]

    def plan(self) -> list[str]:
        """The plan's line and its end."""
        if not self.chart.finish:
            return []
        x, y = self.x(self.chart.finish), self.y(self.chart.planned[-1][1])
        label = f"plan ends {date_text(self.chart.finish)}"
        return [
            tag(
                "polyline", points=joined(self.line(self.chart.planned)), class_="plan"
            ),
            tag("rect", x=x - 4, y=y - 4, width=8, height=8, class_="plan"),
            *self.flag(self.chart.finish, label, "plan"),
        ]

    def forecast(self) -> list[str]:
        """From what is done to where the pace so far leads."""
        finish = self.chart.expected
        if finish is None or finish <= self.chart.today:
            return []
        start, whole = self.chart.today, (finish - self.chart.today).days
        end = min(finish, self.last)
        share = (end - start).days / whole
        hours = self.chart.now + share * (self.chart.total - self.chart.now)
        x, y = self.x(end), self.y(hours)
        line = [(self.x(start), self.y(self.chart.now)), (x, y)]
        drawn = [tag("polyline", points=joined(line), class_="forecast")]
        if end == finish:
            drawn.append(tag("circle", cx=x, cy=y, r=5, class_="forecast"))
        label = f"at your pace {date_text(finish)}"
        if finish.year != self.chart.today.year:
            label += f" {finish.year}"
        return [*drawn, *self.flag(finish, label, "forecast")]

    def done(self) -> list[str]:
        """What is done, with the hours beside its end."""
        line = self.line(self.chart.done)
        x, y = line[-1]
        label = f"{self.chart.now:g} h done"
        room = len(label) * 8 + 16
        planned = at(self.chart.planned, self.chart.today)
        if self.chart.now > planned or not self.chart.planned:
            place = (x - 10, y - 10, "end") if x > room else (x + 10, y - 10, "start")
        else:
            low = min(y + 20, self.bottom - 10)
            right = x + room < self.width
            place = (x + 10, low, "start") if right else (x - 10, low, "end")
        area = [*line, (x, self.bottom), (line[0][0], self.bottom)]
        return [
            tag("polygon", points=joined(area), class_="done"),
            tag("polyline", points=joined(line), class_="done"),
            tag("circle", cx=x, cy=y, r=5, class_="done"),
            self.text(place[0], place[1], label, anchor=place[2], kind="done"),
        ]


def joined(points: Sequence[tuple[float, float]]) -> str:
    """Points as SVG has them."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def rounds(total: float) -> list[float]:
    """Round numbers from 0 on, at most seven, and the total itself."""
    steps = (0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 500)
    step = next((step for step in steps if total / step <= 6), total)
    numbers = [0.0]
    numbers += (
        [index * step for index in range(1, int(total / step) + 1)] if step else []
    )
    if total - numbers[-1] > 0.4 * step:
        numbers.append(total)
    return numbers


def table(chart: Burnup) -> str:
    """The same numbers, day by day."""
    rows = []
    for day in chart.days:
        planned = f"{at(chart.planned, day):g} h" if chart.planned else "no plan"
        done = f"{at(chart.done, day):g} h" if day <= chart.today else "to come"
        mark = " (today)" if day == chart.today else ""
        head = tag("th", day_text(day) + mark, scope="row")
        rows.append(tag("tr", head, tag("td", planned), tag("td", done)))
    names = ("Day", "Planned by its end", "Done by its end")
    heads = tag("tr", [tag("th", name, scope="col") for name in names])
    return tag(
        "div",
        tag(
            "table",
            tag("caption", "Hours, day by day"),
            tag("thead", heads),
            tag("tbody", rows),
        ),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label="Hours, day by day",
    )
