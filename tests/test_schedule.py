"""The plan: what holds for any tasks, any start and any rhythm."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djangopath import catalogue, pages
from djangopath.schedule import day_text, plan, weeks
from tools.examples import EXAMPLE

pytestmark = pytest.mark.only_projects()

lengths = st.lists(
    st.integers(2, 12).map(lambda quarters: Fraction(quarters, 4)), max_size=40
)
starts = st.dates(date(1990, 1, 1), date(2200, 1, 1))
rhythms = st.sampled_from([Fraction(2), Fraction("2.5"), Fraction(3)])
day_counts = st.integers(1, 7)


@given(lengths, starts, rhythms, day_counts)
def test_every_hour_is_planned_once_in_order(
    hours: list[Fraction], start: date, per_day: Fraction, per_week: int
) -> None:
    days = plan(hours, start, per_day, per_week)
    pieces = [piece for day in days for piece in day.pieces]
    for task, length in enumerate(hours):
        own = [piece for piece in pieces if piece.task == task]
        assert sum(piece.hours for piece in own) == length
        assert [piece.first for piece in own] == [True] + [False] * (len(own) - 1)
        assert [piece.last for piece in own] == [False] * (len(own) - 1) + [True]
    assert [p.task for p in pieces] == sorted(p.task for p in pieces)


@given(lengths, starts, rhythms, day_counts)
def test_days_are_full_ascending_and_never_off(
    hours: list[Fraction], start: date, per_day: Fraction, per_week: int
) -> None:
    days = plan(hours, start, per_day, per_week)
    assert all(day.hours == per_day for day in days[:-1])
    assert all(0 < day.hours <= per_day for day in days)
    assert [day.number for day in days] == list(range(1, len(days) + 1))
    dates = [day.date for day in days]
    assert dates == sorted(set(dates))
    assert all(day.weekday() < per_week and day >= start for day in dates)


@given(lengths, starts, rhythms, day_counts)
def test_weeks_hold_every_day_once_and_begin_on_monday(
    hours: list[Fraction], start: date, per_day: Fraction, per_week: int
) -> None:
    days = plan(hours, start, per_day, per_week)
    found = weeks(days)
    assert [day for week in found for day in week.days] == days
    assert [week.number for week in found] == list(range(1, len(found) + 1))
    for week in found:
        assert len({day.date.isocalendar()[:2] for day in week.days}) == 1


def test_a_start_on_a_day_off_waits_for_the_next_working_day() -> None:
    days = plan([2.5, 2.5], date(2026, 11, 21), 2.5, 5)  # a Saturday
    assert [day_text(day.date) for day in days] == ["Mon 23 Nov", "Tue 24 Nov"]


def test_a_long_task_runs_over_into_the_next_days() -> None:
    days = plan([Fraction(1), Fraction(3)], date(2026, 11, 20), 2, 7)
    assert [[(p.task, float(p.hours)) for p in day.pieces] for day in days] == [
        [(0, 1.0), (1, 1.0)],
        [(1, 2.0)],
    ]


@pytest.mark.parametrize(
    ("hours", "per_day", "per_week", "says"),
    [
        ([1], 0, 5, "hours_per_day"),
        ([1], 2, 0, "days_per_week"),
        ([1], 2, 8, "days_per_week"),
        ([0], 2, 5, "longer than 0"),
    ],
)
def test_lengths_out_of_range_are_refused(
    hours: list[float], per_day: float, per_week: int, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        plan(hours, date(2026, 11, 20), per_day, per_week)


def test_a_plan_past_the_last_year_is_refused() -> None:
    with pytest.raises(ValueError, match="past the year 9999"):
        plan([30], date(9999, 12, 30), 2, 5)


# ---------------------------------------------------------------------------- the pages


def make_plan(
    slug: str, done: int = 0, per_day: str = "2.5", per_week: int = 5
) -> pages.Plan:
    return pages.Plan(
        catalogue.load(slug),
        "A name",
        date(2026, 11, 20),
        Fraction(per_day),
        per_week,
        done,
    )


@pytest.mark.parametrize("per_day", ["2", "2.5", "3"])
@pytest.mark.parametrize("per_week", [5, 6, 7])
def test_tasks_md_has_one_line_a_task_and_adds_up(
    slug: str, per_day: str, per_week: int
) -> None:
    project = catalogue.load(slug)
    for done in range(len(project.tasks) + 1):
        page = pages.tasks_page(make_plan(slug, done, per_day, per_week))
        boxes = [line for line in page.splitlines() if line.startswith("- [")]
        assert len(boxes) == len(project.tasks)
        for task, line in zip(project.tasks, boxes, strict=True):
            assert line.startswith("- [x]" if task.number <= done else "- [ ]")
            assert f"]({task.page})" in line
        days = [line for line in page.splitlines() if line.startswith("### Day ")]
        hours = sum(float(line.split(" · ")[2].split()[0]) for line in days)
        assert hours == sum(float(task.hours) for task in project.tasks[done:])


def test_the_first_day_reads_as_promised() -> None:
    page = pages.tasks_page(make_plan(EXAMPLE))
    assert "### Day 1 · Fri 20 Nov · 2.5 h" in page
    assert "starts Fri 20 Nov 2026" in page
    assert "finishes Thu 3 Dec 2026" in page
    assert "Checkpoint of week 1" in page
