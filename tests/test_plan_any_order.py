"""`path.py plan` among ticks and a learner's own edits, in any order.

No line is lost, done tasks keep their days, and days never overlap, never fall on a day
off and are never fuller than was said.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from djangopath import checklist
from tests.plan_fixture import HOURS, MONDAY, TASKS, Learner, project_json

pytestmark = pytest.mark.only_projects()

HEADING = re.compile(r"### Day (\d+) · (\w{3}) (\d+) (\w{3}) · ([\d.]+) h$")


class AnyOrder(RuleBasedStateMachine):
    """A learner who plans, ticks, writes and moves lines as it comes."""

    learner: Learner  # set by the test below

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.learner.take(project_json(), TASKS)
        self.learner.today = MONDAY
        self.own: Counter[str] = Counter()
        self.under: dict[str, str] = {}
        self.count = 0

    def lines(self) -> list[str]:
        return self.learner.lines

    def save(self, lines: list[str]) -> None:
        self.learner.repo.write("TASKS.md", "\n".join(lines) + "\n")

    def task_lines(self, box: str = " ") -> list[int]:
        lines = self.lines()
        return [i for i, line in enumerate(lines) if line.startswith(f"- [{box}] **")]

    def insert(self, text: str, place: float) -> None:
        self.count += 1
        text = f"{text} ({self.count})"
        lines = self.lines()
        lines.insert(3 + int(place * (len(lines) - 2)), text)
        self.own[text] += 1
        self.save(lines)

    @rule(days=st.integers(1, 12))
    def time_passes(self, days: int) -> None:
        self.learner.today += timedelta(days)

    @rule(place=st.floats(0, 1, exclude_max=True))
    def tick(self, place: float) -> None:
        if found := self.task_lines():
            lines = self.lines()
            at = found[int(place * place * len(found))]  # rather the first ones
            lines[at] = lines[at].replace("[ ]", "[x]", 1)
            self.save(lines)

    @rule(place=st.floats(0, 1, exclude_max=True))
    def untick(self, place: float) -> None:
        if found := self.task_lines("x"):
            lines = self.lines()
            at = found[int(place * len(found))]
            lines[at] = lines[at].replace("[x]", "[ ]", 1)
            self.save(lines)

    @rule(
        place=st.floats(0, 1, exclude_max=True),
        text=st.sampled_from(
            ["a note", "  - [ ] mine", "- [x] mine", "> said", "#### small", "\ttab "]
        ),
    )
    def write(self, place: float, text: str) -> None:
        self.insert(text, place)

    @rule(
        place=st.floats(0, 1, exclude_max=True),
        text=st.sampled_from(["## Ideas", "### Day of rest", "# Top", "```", "# sh"]),
    )
    def write_a_heading(self, place: float, text: str) -> None:
        self.insert(text, place)
        self.under.clear()

    @rule(place=st.floats(0, 1, exclude_max=True))
    def write_under_a_task(self, place: float) -> None:
        lines = self.lines()
        found = sorted(self.task_lines() + self.task_lines("x"))
        at = found[int(place * len(found))]
        self.count += 1
        text = f"  under ({self.count})"
        lines.insert(at + 1, text)
        self.own[text] += 1
        self.under[text] = lines[at].split("](")[1].split(")")[0]
        self.save(lines)

    @rule(
        one=st.floats(0, 1, exclude_max=True), other=st.floats(0, 1, exclude_max=True)
    )
    def move_a_task(self, one: float, other: float) -> None:
        if found := self.task_lines():
            lines = self.lines()
            line = lines.pop(found[int(one * len(found))])
            lines.insert(5 + int(other * (len(lines) - 4)), line)
            self.under.clear()
            self.save(lines)

    @rule(place=st.floats(0, 1, exclude_max=True))
    def delete_a_blank_line(self, place: float) -> None:
        lines = self.lines()
        blank = [i for i, line in enumerate(lines) if not line]
        if blank:
            del lines[blank[int(place * len(blank))]]
            self.save(lines)

    @rule(place=st.floats(0, 1, exclude_max=True), twice=st.booleans())
    def delete_or_double_a_line_of_the_plan(self, place: float, twice: bool) -> None:
        lines = self.lines()
        starts = ("## Week", "### Day ", "- go on", "**Mile", "**Check")
        found = [i for i, line in enumerate(lines) if line.startswith(starts)]
        found = [i for i in found if lines[i] not in self.own]
        if found:
            at = found[int(place * len(found))]
            lines[at : at + 1] = [lines[at]] * 2 * twice
            self.save(lines)

    @rule(
        options=st.sampled_from(
            [["--hours", "0"], ["--days", "9"], ["--from", "2020-01-01"],
             ["--skip", "2020-01-01"], ["--hours", "24.5"], ["--skip", "x..y"]]
        )
    )  # fmt: skip
    def plan_badly(self, options: list[str]) -> None:
        self.learner.refused(*options)

    @precondition(lambda self: self.task_lines())
    @rule(
        hours=st.sampled_from([None, "2", "2,5", "3", "0.7", "8"]),
        days=st.sampled_from([None, "1", "5", "6", "7"]),
        after=st.integers(0, 20),
        skip=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), max_size=2),
    )
    def plan(
        self,
        hours: str | None,
        days: str | None,
        after: int,
        skip: list[tuple[int, int]],
    ) -> None:
        learner = self.learner
        options: list[str] = []
        start = learner.today
        if after % 3 == 0:
            start += timedelta(after)
            options += ["--from", str(start)]
        options += ["--hours", hours] if hours else []
        options += ["--days", days] if days else []
        for offset, length in skip:
            first = learner.today + timedelta(offset)
            options += ["--skip", f"{first}..{first + timedelta(length)}"]
        before, done = learner.text, learner.ticked()
        kept = {slug: d for slug, d in learner.dates().items() if slug in done}
        order = self.open_order()
        learner.run("plan", "--dry-run", *options)
        assert learner.text == before
        said = learner.run("plan", *options)
        assert ("Nothing changes" in said) == (learner.text == before)
        assert learner.ticked() == done
        assert {s: d for s, d in learner.dates().items() if s in done} == kept
        assert self.open_order() == order
        self.check_days(start, done)
        after_text = learner.text
        again = learner.run("plan", "--from", str(start))
        assert "Nothing changes" in again
        assert learner.text == after_text

    def open_order(self) -> list[str]:
        return [self.lines()[i].split("](")[1].split(")")[0] for i in self.task_lines()]

    def check_days(self, start: date, done: set[str]) -> None:
        """Dates ascend, none is off, no day is too full, none is left empty before."""
        header = next(line for line in self.lines() if " · starts " in line)
        parts = checklist.header_parts(header)
        rhythm = parts["rhythm"]
        hours, per_week = Fraction(rhythm[1]), int(rhythm[2])
        off: tuple[tuple[date, date], ...] = ()
        if "off" in parts:
            off = checklist.read_spans(parts["off"][0].removeprefix("off "))
        days = self.learner.part("plan_days").planned_days(self.learner.text)
        dates = [day.date for day in days]
        assert dates == sorted(set(dates))
        assert [day.number for day in days] == list(range(1, len(days) + 1))
        begins = self.learner.dates()
        unticked = {f"task-{n}" for n in range(1, 11)} - done
        assert unticked <= set(begins)

        def works(day: date) -> bool:
            return day.weekday() < per_week and not any(a <= day <= b for a, b in off)

        assert all(begins[slug] >= start and works(begins[slug]) for slug in unticked)
        work = self.work({day.number: day.date for day in days}, done)
        for at in days:
            assert sum(work[at.date]) == Fraction(str(at.hours)), at
            open_hours, done_hours = work[at.date]
            assert open_hours == 0 or open_hours + done_hours <= hours
            assert open_hours == 0 or (at.date >= start and works(at.date))
        undone = sum(Fraction(HOURS[int(slug[5:]) - 1]) for slug in unticked)
        assert sum(open_hours for open_hours, _ in work.values()) == undone
        last = max(day for day, (open_hours, _) in work.items() if open_hours)
        day = start
        while day < last:
            assert not works(day) or sum(work.get(day, ())) >= hours, day
            day += timedelta(1)

    def work(
        self, dates: dict[int, date], done: set[str]
    ) -> dict[date, tuple[Fraction, Fraction]]:
        """What the lines say: the hours of open and of done tasks on each day."""
        found = {day: (Fraction(0), Fraction(0)) for day in dates.values()}
        gone_on: Counter[str] = Counter()
        noted: dict[str, Fraction] = {}
        begun: list[tuple[str, date, Fraction]] = []
        today: date | None = None
        for line in self.lines():
            if heading := HEADING.match(line):
                today = dates[int(heading[1])]
            elif line.startswith(("# ", "## ", "### ")):
                today = None
            elif today and (more := checklist.GO_ON.fullmatch(line)):
                slug, hours = f"task-{more['number']}", Fraction(more["hours"])
                gone_on[slug] += hours  # type: ignore[assignment]
                begun.append((slug, today, hours))
            elif today and (
                task := re.match(r"- \[.\] .*\]\(tasks/\d+-(.*)\.md\)", line)
            ):
                begun.append((task[1], today, Fraction(0)))
                if note := checklist.NOTE.search(line):
                    noted[task[1]] = Fraction(note[0].split()[1])
        unticked = {slug for slug, _, _ in begun} - done
        assert all(noted.get(slug, 0) == gone_on[slug] for slug in unticked)
        for slug, day, hours in begun:
            first = Fraction(HOURS[int(slug[5:]) - 1]) - Fraction(gone_on[slug])
            hours = hours or max(first, Fraction(0))
            before = found[day]
            is_done = slug in done
            found[day] = before[0] + hours * (not is_done), before[1] + hours * is_done
        return found

    @invariant()
    def no_line_is_lost(self) -> None:
        lines = self.lines()
        there = Counter(lines)
        assert all(there[text] == times for text, times in self.own.items())
        links = [
            line.split("](")[1]
            for line in lines
            if line.startswith("- [") and "](" in line
        ]
        assert len({link.split(")")[0] for link in links}) == 10 == len(links)

    @invariant()
    def notes_stand_under_their_task(self) -> None:
        place, lines = "", self.lines()
        for line in lines:
            if line.startswith("- [") and "](" in line:
                place = line.split("](")[1].split(")")[0]
            if line in self.under:
                assert self.under[line] == place, line

    def teardown(self) -> None:
        if hasattr(self, "own"):
            self.learner.run()


def test_any_order_of_planning_ticking_and_writing_loses_nothing(
    tmp_path: Path,
) -> None:
    AnyOrder.learner = Learner(tmp_path)
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    AnyOrder.learner.close()
