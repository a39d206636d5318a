"""How far ahead or behind a learner is, and when they will be done at their pace."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from djangopath import schedule
from tests.path_fixture import Repository, load_path

pytestmark = pytest.mark.only_projects()


@pytest.fixture(scope="module", autouse=True)
def parts(tmp_path_factory: pytest.TempPathFactory) -> None:
    """path.py and its part, from a learner's repository."""
    root = Repository(tmp_path_factory.mktemp("repository")).root
    module = load_path(root)
    global project_of, pace
    project_of, pace = module.part("project"), module.part("pace")


project_of: Any = ModuleType("project")
pace: Any = ModuleType("pace")


@dataclass(frozen=True)
class Course:
    """A made-up project over dated days, as a bake plans it."""

    hours: tuple[float, ...]
    start: dt.date
    a_day: float
    weekly: int

    @property
    def days(self) -> list[schedule.Day]:
        return schedule.plan(self.hours, self.start, self.a_day, self.weekly)

    @property
    def project(self) -> Any:
        return project_of.Project(
            "Made up",
            [
                project_of.Task(slug, number, slug, hours, "Setup", "One",
                          f"tasks/{number:02}-{slug}.md", f"acceptance/{slug}.py")
                for number, (slug, hours) in enumerate(
                    zip(self.slugs, self.hours, strict=True), 1)
            ],
        )  # fmt: skip

    @property
    def slugs(self) -> list[str]:
        return [f"task-{number}" for number in range(1, len(self.hours) + 1)]

    def text(self, done: set[int]) -> bytes:
        """TASKS.md with those tasks ticked, counted from 0."""
        first = schedule.day_text(self.days[0].date, year=True)
        lines = [f"starts {first} · {self.a_day:g} h a day, {self.weekly} days a week"]
        for day in self.days:
            date = schedule.day_text(day.date)
            lines.append(f"### Day {day.number} · {date} · {float(day.hours):g} h")
            for piece in day.pieces:
                if piece.first:
                    box = "x" if piece.task in done else " "
                    task = self.project.tasks[piece.task]
                    lines.append(task.line.replace("[ ]", f"[{box}]"))
        return "\n".join(lines).encode()

    def finished_by(self, date: dt.date) -> set[int]:
        """The tasks that are finished at the end of that day by the plan."""
        pieces = [
            piece for day in self.days if day.date <= date for piece in day.pieces
        ]
        return {piece.task for piece in pieces if piece.last}

    def sentence(self, done: set[int], today: dt.date) -> str:
        said: str = pace.sentence(self.project, self.text(done), today)
        return said

    def forecast(self, done: set[int], today: dt.date) -> Any:
        return pace.forecast(self.project, self.text(done), today)

    def shift(self, done: set[int], today: dt.date) -> int:
        """Days ahead, or behind as a negative number."""
        plan = pace.read_plan(self.project, self.text(done))
        ahead, behind = plan.ahead(today), plan.behind(today)
        assert not (ahead and behind)
        return int(ahead - behind)


# 16 days of 2.5 h; a task a day, from Wed 25 Nov to Wed 16 Dec.
SIXTEEN = Course((2.5,) * 16, dt.date(2026, 11, 25), 2.5, 5)


def first(count: int) -> set[int]:
    return set(range(count))


@pytest.mark.parametrize(
    ("today", "done", "said"),
    [
        ("2026-11-24", 0, "The plan starts on Wed 25 Nov"),
        ("2026-11-24", 2, "The plan starts on Wed 25 Nov, two days ahead"),
        # The first day and the second: too early for a forecast.
        ("2026-11-25", 0, "Day 1 of 16, on plan"),
        ("2026-11-26", 0, "Day 2 of 16, one day behind"),
        ("2026-11-27", 0, "Day 3 of 16, two days behind"),
        (
            "2026-12-07",
            8,
            "Day 9 of 16, on plan",
        ),
        ("2026-12-07", 9, "Day 9 of 16, on plan"),
        (
            "2026-12-07",
            7,
            "Day 9 of 16, one day behind; "
            "at your pace you finish on Mon 21 Dec instead of Wed 16 Dec",
        ),
        (
            "2026-12-07",
            11,
            "Day 9 of 16, two days ahead; "
            "at your pace you finish on Mon 14 Dec instead of Wed 16 Dec",
        ),
        ("2026-12-05", 8, "A day off, after day 8 of 16, on plan"),
        ("2026-12-06", 6, "A day off, after day 8 of 16, two days behind; "
         "at your pace you finish on Thu 24 Dec instead of Wed 16 Dec"),
        ("2026-12-16", 15, "Day 16 of 16, on plan"),
        (
            "2026-12-17",
            15,
            "The plan ended on Wed 16 Dec, one day behind; "
            "at your pace you finish on Fri 18 Dec instead of Wed 16 Dec",
        ),
        (
            "2026-12-21",
            8,
            "The plan ended on Wed 16 Dec, 10 days behind; "
            "at your pace you finish on Wed 13 Jan 2027 instead of Wed 16 Dec",
        ),
        # Nothing but a name of the year could tell these days apart.
        ("2028-02-29", 1, "The plan ended on Wed 16 Dec 2026, 328 days behind"),
    ],
)  # fmt: skip
def test_the_status_line(today: str, done: int, said: str) -> None:
    assert SIXTEEN.sentence(first(done), dt.date.fromisoformat(today)) == said


def test_the_sentence_of_a_learner_who_lost_a_day() -> None:
    """Tasks that do not fill their days: 18.25 of 40 h after eight days."""
    course = Course((2.25, 2.75) * 8, dt.date(2026, 11, 25), 2.5, 5)
    assert course.sentence(first(4) | {5, 7, 9}, dt.date(2026, 12, 7)) == (
        "Day 9 of 16, one day behind; "
        "at your pace you finish on Fri 18 Dec instead of Wed 16 Dec"
    )


def test_unfinished_tasks_that_run_over_make_nobody_late() -> None:
    """3 h of work over days of 2 h: after day 1 nothing can be finished."""
    course = Course((3, 3, 2), dt.date(2026, 11, 23), 2, 5)
    assert course.sentence(set(), dt.date(2026, 11, 24)) == "Day 2 of 4, on plan"
    assert course.sentence({0}, dt.date(2026, 11, 25)) == "Day 3 of 4, on plan"
    assert course.shift(set(), dt.date(2026, 11, 25)) == -1


def test_the_rhythm_of_the_week_holds_beyond_the_end() -> None:
    """At half the pace ten days become twenty: no Sunday in six days a week."""
    for weekly, finish in [(5, (12, 18)), (6, (12, 15)), (7, (12, 12))]:
        course = Course((2,) * 10, dt.date(2026, 11, 23), 2, weekly)
        today = course.days[8].date
        assert course.forecast(first(4), today)[1] == dt.date(2026, *finish)
    silent = course.text(first(4)).replace(b"days a week", b"days")
    assert pace.read_plan(course.project, silent).weekly == 7


def test_days_off_of_the_plan_are_days_off() -> None:
    """A plan with a week without work in it: nobody falls behind meanwhile."""
    course = Course((2,) * 10, dt.date(2026, 12, 14), 2, 5)
    text = course.text(first(5)).decode()
    for old, new in zip(
        ["Mon 21 Dec", "Tue 22 Dec", "Wed 23 Dec", "Thu 24 Dec", "Fri 25 Dec"],
        ["Mon 4 Jan", "Tue 5 Jan", "Wed 6 Jan", "Thu 7 Jan", "Fri 8 Jan"],
        strict=True,
    ):
        text = text.replace(old, new)

    def said(today: str, without: bytes = b"") -> str:
        raw = text.encode().replace(b"[x]", b"[ ]", 1) if without else text.encode()
        found: str = pace.sentence(course.project, raw, dt.date.fromisoformat(today))
        return found

    assert said("2026-12-30") == "A day off, after day 5 of 10, on plan"
    assert said("2027-01-04") == "Day 6 of 10, on plan"
    assert said("2026-12-30", b"one less") == (
        "A day off, after day 5 of 10, one day behind; "
        "at your pace you finish on Wed 13 Jan 2027 instead of Fri 8 Jan 2027"
    )


def test_days_off_beyond_the_end_are_days_off() -> None:
    """The header line, as `path.py plan` writes it, names days after the plan's end."""
    off = " · off Thu 26 Nov 2026, Thu 17 Dec to Mon 21 Dec 2026 · finishes"

    def said(today: dt.date, header: str) -> str:
        lines = SIXTEEN.text(first(7)).decode().split("\n")
        raw = "\n".join([lines[0] + header, *lines[1:]]).encode()
        found: str = pace.sentence(SIXTEEN.project, raw, today)
        return found

    for header, finish in [("", "Mon 21"), (off, "Thu 24"), (" · off soon", "Mon 21")]:
        assert said(dt.date(2026, 12, 7), header) == (
            "Day 9 of 16, one day behind; "
            f"at your pace you finish on {finish} Dec instead of Wed 16 Dec"
        )
    # Nine days of the plan are late; the three after it are off, or late as well.
    for header, late in [("", "12"), (off, "nine")]:
        assert said(dt.date(2026, 12, 22), header).startswith(
            f"The plan ended on Wed 16 Dec, {late} days behind"
        )


def test_no_date_no_sentence() -> None:
    text = SIXTEEN.text(set()).replace(b"starts", b"begins")
    assert pace.sentence(SIXTEEN.project, text, dt.date(2026, 12, 1)) == ""
    assert pace.forecast(SIXTEEN.project, text, dt.date(2026, 12, 1)) is None


def test_all_done_has_no_forecast() -> None:
    today = dt.date(2026, 12, 7)
    assert SIXTEEN.forecast(first(16), today) is None
    assert SIXTEEN.sentence(first(16), today) == "Day 9 of 16, seven days ahead"


def test_the_end_of_time() -> None:
    today = dt.date(9999, 12, 31)
    late = Course((2,) * 3, dt.date(9999, 12, 27), 2, 7)
    assert (
        late.sentence({0}, today) == "The plan ended on Wed 29 Dec, three days behind"
    )
    assert late.forecast({0}, today) is None
    full = Course((2,) * 5, dt.date(9999, 12, 27), 2, 7)
    assert full.sentence(first(4), today) == "Day 5 of 5, on plan"
    assert full.sentence(first(2), today) == "Day 5 of 5, two days behind"


# --------------------------------------------------------------------------- properties

COURSES = st.builds(
    Course,
    st.lists(st.integers(2, 12).map(lambda n: n / 4), min_size=1, max_size=14).map(
        tuple
    ),
    st.one_of(
        st.dates(dt.date(2023, 1, 1), dt.date(2033, 12, 31)),
        st.dates(dt.date(2027, 12, 20), dt.date(2028, 3, 5)),
    ),
    st.sampled_from([0.5, 1, 1.5, 2, 2.5, 3]),
    st.integers(1, 7),
)  # fmt: skip


@st.composite
def moments(draw: st.DrawFn) -> tuple[Course, set[int], dt.date]:
    """A course, what is done of it, and a day before, in or after it."""
    course = draw(COURSES)
    done = draw(st.sets(st.integers(0, len(course.hours) - 1)))
    span = (course.days[-1].date - course.days[0].date).days
    offset = draw(st.integers(-10, span + 60))
    return course, done, course.days[0].date + dt.timedelta(days=offset)


@settings(deadline=None)
@given(moments())
def test_nobody_is_ahead_and_behind(moment: tuple[Course, set[int], dt.date]) -> None:
    course, done, today = moment
    shift = course.shift(done, today)  # asserts it
    said = course.sentence(done, today)
    assert ("behind" in said) == (shift < 0)
    assert ("ahead" in said) == (shift > 0)
    assert not {"behind", "ahead"} <= set(re.findall(r"\w+", said))


@settings(deadline=None)
@given(moments())
def test_the_forecast_agrees_with_the_sentence(
    moment: tuple[Course, set[int], dt.date],
) -> None:
    course, done, today = moment
    shift, found = course.shift(done, today), course.forecast(done, today)
    mentioned = "at your pace" in course.sentence(done, today)
    if found is None:
        assert not mentioned
        return
    planned, finish = found
    assert mentioned == (planned != finish)
    assert planned == course.days[-1].date
    assert (finish >= planned) if shift < 0 else (finish <= planned)
    if not shift:
        assert finish == planned
    assert finish >= today
    in_plan = finish in [day.date for day in course.days]
    assert in_plan or finish.weekday() < course.weekly


@settings(deadline=None)
@given(COURSES, st.data())
def test_who_does_each_day_what_is_planned_is_on_plan(
    course: Course, data: st.DataObject
) -> None:
    """In the morning, with the task of the day before, and in the evening."""
    days = [day.date for day in course.days]
    today = data.draw(st.sampled_from(days))
    yesterday = today - dt.timedelta(days=1)
    for done in (course.finished_by(yesterday), course.finished_by(today)):
        assert course.shift(done, today) == 0
        assert course.sentence(done, today).endswith(f"of {len(days)}, on plan")
        assert course.forecast(done, today) in (None, (days[-1], days[-1]))


@settings(deadline=None)
@given(moments(), st.data())
def test_more_done_is_never_further_behind(
    moment: tuple[Course, set[int], dt.date], data: st.DataObject
) -> None:
    course, done, today = moment
    more = data.draw(st.sampled_from(range(len(course.hours))))
    assert course.shift(done | {more}, today) >= course.shift(done, today)
    before = course.forecast(done, today)
    after = course.forecast(done | {more}, today)
    if before is not None and after is not None:
        assert after[1] <= before[1]


@settings(deadline=None)
@given(moments(), st.integers(1, 30))
def test_a_later_day_is_never_further_ahead(
    moment: tuple[Course, set[int], dt.date], later: int
) -> None:
    course, done, today = moment
    assume(len(done) < len(course.hours))
    assert course.shift(done, today + dt.timedelta(days=later)) <= course.shift(
        done, today
    )


@st.composite
def moments_off_plan(draw: st.DrawFn) -> tuple[Course, set[int], dt.date]:
    """A moment whose forecast is another day than the plan's.

    The day is chosen from those that are: of days that are drawn blindly five in six
    have no such forecast, and Hypothesis gives up now and then.
    """
    course = draw(COURSES.filter(lambda course: len(course.hours) > 1))
    tasks = st.integers(0, len(course.hours) - 1)
    done = draw(st.sets(tasks, min_size=1, max_size=len(course.hours) - 1))
    plan = pace.read_plan(course.project, course.text(done))
    begin, end = course.days[0].date, course.days[-1].date
    found = [
        day
        for day in (
            dt.date.fromordinal(number)
            for number in range(begin.toordinal(), end.toordinal() + 61)
        )
        if (forecast := pace.expected(plan, day)) and forecast[0] != forecast[1]
    ]
    assume(found)
    return course, done, draw(st.sampled_from(found))


@settings(deadline=None)
@given(moments_off_plan())
def test_the_pace_is_hours_a_working_day(
    moment: tuple[Course, set[int], dt.date],
) -> None:
    """Counted out day by day, in fractions: what lies before it is not enough."""
    course, done, today = moment
    shift = course.shift(done, today)
    planned, finish = course.forecast(done, today)
    dates = {day.date for day in course.days}

    def works(date: dt.date) -> bool:
        return date in dates or (date > planned and date.weekday() < course.weekly)

    def between(begin: dt.date, end: dt.date) -> int:
        return sum(
            works(dt.date.fromordinal(number))
            for number in range(begin.toordinal(), end.toordinal())
        )

    hours = sum(Fraction(course.hours[task]) for task in done)
    left = sum(map(Fraction, course.hours)) - hours
    begin = course.days[0].date
    over = shift > 0 and today in dates
    gone = between(begin, today) + over
    start = today + dt.timedelta(days=over)
    pace_of = hours / gone
    assert pace_of * between(start, finish + dt.timedelta(days=1)) >= left
    assert pace_of * between(start, finish) < left
