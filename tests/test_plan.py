"""`python path.py plan`: the tasks that are left, laid over new dates."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djangopath import catalogue, pages, schedule
from tests.formatters import INDENTS, unwrapped, wrapped
from tests.path_fixture import Repository
from tests.plan_fixture import MONDAY, TASKS, Learner, project_json

pytestmark = pytest.mark.only_projects()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    learner = Learner(tmp_path_factory.mktemp("plan"))
    yield learner
    learner.close()


@pytest.fixture
def learner(shared: Learner) -> Learner:
    shared.take(project_json(), TASKS)
    shared.today = MONDAY
    return shared


def tick(learner: Learner, *numbers: int) -> None:
    for number in numbers:
        learner.swap(f"- [ ] **{number}. ", f"- [x] **{number}. ")


# ------------------------------------------------------------------------- the schedule


@given(
    st.lists(st.integers(2, 12), min_size=1, max_size=20),
    st.integers(1, 7),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=4),
    st.dictionaries(st.integers(0, 30), st.integers(1, 16), max_size=8),
)
def test_days_off_and_taken_hours_are_left_out(
    quarters: list[int],
    per_week: int,
    off: list[tuple[int, int]],
    used: dict[int, int],
) -> None:
    spans = [(MONDAY + timedelta(a), MONDAY + timedelta(a + b)) for a, b in off]
    taken = {MONDAY + timedelta(n): Fraction(q, 4) for n, q in used.items()}
    hours, most = [Fraction(each, 4) for each in quarters], Fraction("2.5")
    days = schedule.plan(hours, MONDAY, most, per_week, off=spans, used=taken)
    room = {day.date: most - taken.get(day.date, 0) for day in days}
    assert all(0 < day.hours <= room[day.date] for day in days)
    assert sum(day.hours for day in days) == sum(hours)
    wanted = []
    date_ = MONDAY
    while date_ <= days[-1].date:
        works = date_.weekday() < per_week and taken.get(date_, 0) < most
        if works and not any(first <= date_ <= last for first, last in spans):
            wanted.append(date_)
        date_ += timedelta(1)
    assert [day.date for day in days] == wanted
    assert all(day.hours == room[day.date] for day in days[:-1])


# -------------------------------------------------------- nothing changes without cause


@pytest.mark.representatives("a rhythm packs hours, whatever the tasks are called")
@pytest.mark.parametrize("per_day", ["2", "2.5", "3", "0.75", "24"])
@pytest.mark.parametrize("per_week", [1, 5, 6, 7])
def test_planning_again_in_any_rhythm_changes_no_byte(
    shared: Learner, slug: str, per_day: str, per_week: int
) -> None:
    planned_again(shared, slug, per_day, per_week)


def test_planning_again_what_was_baked_changes_no_byte(
    shared: Learner, slug: str
) -> None:
    """Whatever the tasks of a project are called."""
    planned_again(shared, slug, "2.5", 5)


def planned_again(shared: Learner, slug: str, per_day: str, per_week: int) -> None:
    """Plans a project as it was baked, at four stages of it, and compares the bytes."""
    project = catalogue.load(slug)
    start = date(2026, 12, 19)
    shared.today = start
    count = len(project.tasks)
    for done in {0, 1, count // 2, count - 1}:
        plan = pages.Plan(project, "A *n*", start, Fraction(per_day), per_week, done)
        shared.take(catalogue.as_json(project), pages.tasks_page(plan))
        before = shared.text
        assert "Nothing changes" in shared.run("plan")
        options = ["--from", str(start), "--hours", per_day, "--days", str(per_week)]
        assert "Nothing changes" in shared.run("plan", *options)
        assert shared.text == before


def test_who_is_on_plan_or_ahead_of_it_keeps_every_date(learner: Learner) -> None:
    tick(learner, 1, 2, 3, 4, 9)
    learner.today = MONDAY + timedelta(2)
    before = learner.text
    said = learner.run("plan")
    assert "Nothing changes" in said and "Fri 27 Nov, as before" in said
    assert "Done ahead of the plan: task 9." in said
    assert learner.text == before


def test_a_plan_that_is_made_twice_changes_nothing_the_second_time(
    learner: Learner,
) -> None:
    tick(learner, 2, 7)
    learner.run("plan", "--hours", "2,25", "--days", "6", "--skip", "2026-11-25")
    after = learner.text
    assert "Nothing changes" in learner.run("plan")
    assert learner.text == after


# ------------------------------------------------------------------------- what it does


def test_who_is_behind_gets_new_dates_and_is_on_plan(learner: Learner) -> None:
    tick(learner, 1, 2)
    learner.today = MONDAY + timedelta(3)
    assert "behind" in learner.run()
    said = learner.run("plan")
    assert "Left    8 tasks, 13 h, from Thu 26 Nov, 3 h a day, 5 days a week" in said
    assert "Finish  Fri 27 Nov before, Wed 2 Dec now: 5 days later" in said
    assert "3. Do 3    Mon 23 Nov  Thu 26 Nov" in said
    assert "git commit" in said
    assert learner.lines[6:20] == [
        "## Week 1 · Mon 23 Nov to Fri 27 Nov · 8 h",
        "",
        "### Day 1 · Mon 23 Nov · 2 h",
        "",
        "- [x] **1. Do 1** · 1.5 h · Setup · [tasks/01-task-1.md](tasks/01-task-1.md)",
        "- [x] **2. Do 2** · 0.5 h · Setup · [tasks/02-task-2.md](tasks/02-task-2.md)",
        "",
        "### Day 2 · Thu 26 Nov · 3 h",
        "",
        "- [ ] **3. Do 3** · 2 h · Setup · [tasks/03-task-3.md](tasks/03-task-3.md)",
        "- [ ] **4. Do 4** · 2.25 h · Setup · [tasks/04-task-4.md](tasks/04-task-4.md)"
        " · 1.25 h of it the next day",
        "",
        "### Day 3 · Fri 27 Nov · 3 h",
        "",
    ]
    assert "behind" not in learner.run()


def test_a_dry_run_shows_the_same_and_writes_nothing(learner: Learner) -> None:
    learner.today = MONDAY + timedelta(1)
    before = learner.text
    dry = learner.run("plan", "--dry-run")
    assert learner.text == before
    wet = learner.run("plan")
    assert dry.split("Nothing is written")[0] == wet.split("TASKS.md is written")[0]
    assert learner.text != before


def test_tasks_that_all_move_alike_are_said_in_one_sentence(learner: Learner) -> None:
    learner.today = MONDAY + timedelta(1)
    said = " ".join(learner.run("plan").split())
    assert (
        "tasks 1 to 10 begin 1 working day later: 1 from Mon 23 Nov to Tue 24 Nov, "
        "10 from Fri 27 Nov to Mon 30 Nov" in said
    )


def test_a_day_with_done_tasks_has_less_room(learner: Learner) -> None:
    tick(learner, 9)
    learner.run("plan", "--hours", "2,5")
    assert learner.dates()["task-9"] == date(2026, 11, 27)
    day = next(
        line for line in learner.lines if "Fri 27 Nov · " in line and "Day" in line
    )
    assert day == "### Day 5 · Fri 27 Nov · 2.5 h"
    assert learner.dates()["task-7"] == date(2026, 11, 27)
    assert learner.dates()["task-8"] == date(2026, 11, 30)


def test_days_off_hold_for_later_plans_until_they_are_over(learner: Learner) -> None:
    learner.run("plan", "--skip", "2026-12-24..2027-01-03", "--skip", "2026-11-25")
    header = learner.lines[2]
    off = "off Wed 25 Nov 2026, Thu 24 Dec 2026 to Sun 3 Jan 2027"
    assert f"5 days a week · {off} · finishes Mon 30 Nov 2026" in header
    assert date(2026, 11, 25) not in learner.dates().values()
    learner.today = date(2026, 12, 23)
    said = learner.run("plan")
    assert (
        "off Thu 24 Dec 2026 to Sun 3 Jan 2027 · finishes Thu 7 Jan 2027"
        in (learner.lines[2])
    )
    assert "25 Nov" not in learner.lines[2]
    assert "Thu 7 Jan 2027 now" in said
    begins = learner.dates()
    assert begins["task-1"] == date(2026, 12, 23)
    assert begins["task-4"] == date(2027, 1, 4)
    assert learner.run().count("Day 1 of 5") == 1
    assert "Nothing changes" in learner.run("plan")


def test_overlapping_days_off_are_joined(learner: Learner) -> None:
    for skip in ("2026-12-01..2026-12-04", "2026-12-05", "2026-12-03..2026-12-08"):
        learner.run("plan", "--skip", skip)
    assert "off Tue 1 Dec to Tue 8 Dec 2026 ·" in learner.lines[2]


def test_a_decimal_comma_and_one_day_a_week(learner: Learner) -> None:
    learner.run("plan", "--hours", "7,5", "--days", "1")
    assert "7.5 h a day, 1 day a week" in learner.lines[2]
    assert set(learner.dates().values()) == {MONDAY, MONDAY + timedelta(7)}
    assert "Nothing changes" in learner.run("plan")


def test_milestones_and_checkpoints_are_written_where_they_fall(
    learner: Learner,
) -> None:
    tick(learner, 1, 2, 4)
    learner.today = MONDAY + timedelta(4)
    learner.run("plan")
    text = learner.text.decode()
    assert (
        text.count("**Milestone: First.**") == text.count("**Milestone: Second.**") == 1
    )
    assert "**Checkpoint of week 1:** tasks 1 to 5 ticked" in text
    assert "**Checkpoint of week 2:** tasks 1 to 10 ticked, 15 of 15 h done" in text
    week = text.index("## Week 2 ")
    assert week < text.index("**Milestone: First.**")


def test_a_moved_line_is_laid_where_it_stands_and_said_in_the_checkpoint(
    learner: Learner,
) -> None:
    line = next(line for line in learner.lines if "**10. Do 10" in line)
    learner.swap(line + "\n", "")
    learner.swap("- [ ] **1. ", f"{line}\n- [ ] **1. ")
    learner.run("plan", "--days", "3")
    order = sorted(learner.dates(), key=lambda s: (learner.dates()[s], s))
    assert learner.dates()["task-10"] == MONDAY
    assert order[0] == "task-1" or order[0] == "task-10"
    assert "tasks 1 to 5, 7 and 10 ticked" not in learner.text.decode()
    assert "**Checkpoint of week 1:** tasks 1 to 5 and 10 ticked, 9 of 15 h" in (
        learner.text.decode()
    )


def test_a_deleted_task_is_named_and_not_invented_again(learner: Learner) -> None:
    line = next(line for line in learner.lines if "**5. Do 5" in line)
    learner.swap(line + "\n", "")
    learner.today += timedelta(1)
    said = learner.run("plan")
    assert "TASKS.md has no line for task-5" in said
    assert line in said
    assert "task-5" not in learner.text.decode()


# --------------------------------------------------------------- what the learner wrote


def test_notes_travel_with_what_they_stand_under(learner: Learner) -> None:
    learner.swap("**2. Do 2** · 0.5 h · Setup", "**2. My title** · 0.5 h · Setup")
    learner.swap("(tasks/02-task-2.md)", "(tasks/02-task-2.md) with Anna\n  note of 2")
    learner.swap(
        "(tasks/04-task-4.md) · 0.25 h of it the next day",
        "(tasks/04-task-4.md) · 0.25 h of it the next day!\n\n  note of 4\n- [ ] mine",
    )
    learner.swap("### Day 3 · Wed 25 Nov · 3 h", "### Day 3 · Wed 25 Nov · 3 h\n\nWed!")
    tick(learner, 2)
    learner.today += timedelta(3)
    learner.run("plan")
    lines = learner.lines
    at = lines.index("  note of 2")
    assert lines[at - 1].endswith("(tasks/02-task-2.md) with Anna")
    assert lines[at - 1].startswith("- [x] **2. My title**")
    assert learner.dates()["task-2"] == MONDAY
    at = lines.index("  note of 4")
    assert lines[at - 1] == "" and lines[at + 1] == "- [ ] mine"
    assert lines[at - 2].endswith("(tasks/04-task-4.md)!")
    # The heading that it stood under is gone: it stays behind what came before it.
    assert lines[at + 2 : at + 5] == ["", "Wed!", ""]
    assert lines[at + 5].startswith("- [ ] **5. Do 5**")


def test_a_note_stays_under_a_heading_that_stays(learner: Learner) -> None:
    learner.swap("### Day 1 · Mon 23 Nov · 3 h", "### Day 1 · Mon 23 Nov · 3 h\n\nHere")
    learner.swap("### Day 2 · Tue 24 Nov · 3 h", "### Day 2 · Tue 24 Nov · 3 h\n\nTue")
    learner.swap("First.** Show it.\n", "First.** Show it.\n\nShown to Ben.\n")
    tick(learner, 2)
    learner.run("plan", "--skip", "2026-11-25")
    text = learner.text.decode()
    assert "### Day 1 · Mon 23 Nov · 3 h\n\nHere\n\n- [ ] **1." in text
    assert "### Day 2 · Tue 24 Nov · 3 h\n\nTue\n\n- go on with task 3" in text
    assert "**Milestone: First.** Show it.\n\nShown to Ben.\n\n" in text


def test_a_section_of_the_learners_stays_behind_the_plan(learner: Learner) -> None:
    own = "\n## Ideas\n\n- [ ] buy a domain\n\n```sh\n# not a heading\n\n\nls\n```\n"
    learner.repo.write("TASKS.md", learner.text + own.encode())
    learner.today += timedelta(1)
    learner.run("plan")
    assert learner.text.decode().endswith("passes.\n" + own)


def test_a_section_in_a_day_waits_for_the_days_end(learner: Learner) -> None:
    own = "### Notes\n\nlong ones\n\n"
    learner.swap("- [ ] **2. ", f"{own}- [ ] **2. ")
    note = "  said of 3"
    learner.swap("1 h of it the next day", f"1 h of it the next day\n{note}")
    learner.run("plan")
    text = learner.text.decode()
    assert f"{note}\n\n{own}### Day 2" in text
    assert set(learner.dates()) == {f"task-{number}" for number in range(1, 11)}


def test_a_done_task_in_a_section_of_the_learners_gets_no_day(
    learner: Learner,
) -> None:
    heading = "### Day 2 · Tue 24 Nov · 3 h\n\n"
    learner.swap(heading, f"{heading}### Quick ones\n\n")
    tick(learner, 3, 4)
    assert "task-4" not in learner.dates()
    learner.run("plan", "--hours", "2")
    assert "### Quick ones\n\n- [x] **4. Do 4**" in learner.text.decode()
    assert "task-4" not in learner.dates()


def test_a_further_day_without_its_heading_is_no_further_day(
    learner: Learner,
) -> None:
    tick(learner, 3)
    learner.swap("### Day 2 · Tue 24 Nov · 3 h\n\n", "## Week 2 · Tue 24 Nov · 3 h\n\n")
    learner.run("plan")
    assert "go on with task 3" not in learner.text.decode()
    assert "### Day 1 · Mon 23 Nov · 3 h" in learner.lines


def test_a_heading_of_the_learners_over_a_further_day_is_set_behind_it(
    learner: Learner,
) -> None:
    learner.swap("- go on with task 3", "# Mine\n- go on with task 3")
    learner.swap("0.25 h of it the next day", "0.25 h of it the next day\n")
    learner.run("plan")
    assert "### Day 2 · Tue 24 Nov · 3 h\n\n- go on with task 3" in (
        learner.text.decode()
    )
    assert "\n# Mine\n\n### Day 3" in learner.text.decode()


def test_a_note_follows_what_stood_before_it_when_its_day_begins_otherwise(
    learner: Learner,
) -> None:
    heading = "### Day 2 · Tue 24 Nov · 3 h"
    learner.swap(heading, f"{heading}\n\nTue")
    learner.run("plan", "--hours", "2")
    lines = learner.lines
    at = lines.index("Tue")
    assert lines[at - 2].startswith("- [ ] **3. Do 3**")


def test_a_block_of_code_is_not_torn(learner: Learner) -> None:
    code = "  ```sh\n# first\n\n\nmake\n  ```\n"
    learner.swap("- [ ] **2. ", f"{code}- [ ] **2. ")
    learner.run("plan")
    assert code in learner.text.decode()
    assert learner.dates()["task-3"] == MONDAY


def test_words_in_a_days_heading_stay(learner: Learner) -> None:
    learner.swap("### Day 2 · Tue 24 Nov · 3 h", "### Day 2 · Tue 24 Nov · 3 h at home")
    learner.run("plan", "--hours", "1")
    assert "### Day 2 · Tue 24 Nov · 1 h at home" in learner.lines
    said = learner.refused("--skip", "2026-11-24")
    assert "'### Day 2 · Tue 24 Nov · 1 h at home' has no place" in said


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n \n",
        lambda text: text.replace("- [ ] ", "> * [ ]  "),
        lambda text: text.replace("- [ ] ", "  + [ ] "),
        lambda text: text.replace("**3. Do 3**", "~~Anders \U0001f40d~~"),
    ],
)
@pytest.mark.parametrize("done", [(), (1, 3), (2, 8)])
def test_the_form_of_the_file_is_kept(
    learner: Learner, change: Any, done: tuple[int, ...]
) -> None:
    learner.today = MONDAY + timedelta(9)
    tick(learner, *done)
    plain = learner.text.decode()
    learner.run("plan", "--hours", "2")
    wanted = learner.text.decode()
    learner.repo.write("TASKS.md", change(plain))
    learner.run("plan", "--hours", "2")
    assert learner.text.decode() == change(wanted)


WRAPPED = [(i, w) for i in INDENTS.values() for w in (30, 50, 80)]


@pytest.mark.parametrize(("indent", "width"), WRAPPED)
@pytest.mark.parametrize("done", [(), (1, 3), (2, 8)])
@pytest.mark.parametrize("words", [["--hours", "2"], ["--skip", "2026-12-24"], []])
def test_a_file_that_a_formatter_has_wrapped_is_planned_as_before(
    learner: Learner, indent: int, width: int, done: tuple[int, ...], words: list[str]
) -> None:
    learner.swap("(tasks/02-task-2.md)", "(tasks/02-task-2.md)\n\n  note of 2\n")
    learner.swap("### Day 3 · Wed 25 Nov · 3 h", "### Day 3 · Wed 25 Nov · 3 h\n\nWed")
    learner.swap("First.** Show it.\n", "First.** Show it.\n\nShown to Ben.\n")
    tick(learner, *done)
    plain, learner.today = learner.text.decode(), MONDAY + timedelta(1)
    said = learner.run("plan", *words)
    wanted, dates, ticked = learner.text.decode(), learner.dates(), learner.ticked()
    learner.repo.write("TASKS.md", wrapped(plain, indent, width))
    assert learner.run("plan", *words) == said
    assert unwrapped(learner.text.decode()) == unwrapped(wanted)
    assert learner.dates() == dates
    assert learner.ticked() == ticked
    stays = (line.strip() for line in learner.lines)
    assert ("[tasks/01-task-1.md](tasks/01-task-1.md)" in stays) == (width < 80)
    learner.repo.write("TASKS.md", again := wrapped(wanted, indent, width))
    assert "Nothing changes" in learner.run("plan")
    assert learner.text.decode() == again


def test_what_stands_below_a_wrapped_line_is_kept(learner: Learner) -> None:
    text = wrapped(learner.text.decode(), 6, 60)
    for line in ("the next day", "finishes Fri 27 Nov 2026", "**Milestone: First.**"):
        found = next(row for row in text.split("\n") if line in row)
        text = text.replace(found, f"{found}\nmine", 1)
    learner.repo.write("TASKS.md", text)
    learner.run("plan", "--hours", "2")
    assert learner.text.decode().count("\nmine\n") == 3


def test_an_upper_case_tick_and_bytes_that_are_no_text_are_kept(
    learner: Learner,
) -> None:
    learner.swap("- [ ] **1.", "- [X] **1.")
    link, odd = b"(tasks/01-task-1.md)", b"\n  caf\xe9 \x00 \xe2\x80\xa8"
    learner.repo.write("TASKS.md", learner.text.replace(link, link + odd))
    learner.today += timedelta(1)
    learner.run("plan")
    assert b"- [X] **1. Do 1**" in learner.text
    assert b"(tasks/01-task-1.md)\n  caf\xe9 \x00 \xe2\x80\xa8\n" in learner.text
    assert learner.dates()["task-1"] == MONDAY


def test_what_was_added_to_the_header_line_stays(learner: Learner) -> None:
    learner.swap("10 tasks · 15 h · ", "10 tasks · 15 h · with Anna · ")
    learner.today += timedelta(1)
    learner.run("plan", "--skip", "2026-11-27")
    assert learner.lines[2] == (
        "10 tasks · 15 h · with Anna · starts Tue 24 Nov 2026 · 3 h a day, 5 days a "
        "week · off Fri 27 Nov 2026 · finishes Tue 1 Dec 2026"
    )


def test_a_second_line_of_a_task_does_not_come_before_the_first(
    learner: Learner,
) -> None:
    second = "- [ ] read [it](tasks/03-task-3.md) again"
    learner.swap("(tasks/05-task-5.md)\n", f"(tasks/05-task-5.md)\n{second}\n")
    tick(learner, 5)
    learner.today += timedelta(7)
    learner.run("plan")
    assert learner.dates()["task-3"] == MONDAY + timedelta(7)
    assert learner.text.decode().count(second) == 1


# --------------------------------------------------------------------- the other states


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--from", "2026-11-22"], "--from 2026-11-22 is over: it is 2026-11-23"),
        (["--from", "tomorrow"], "--from takes a date such as 2026-11-23"),
        (["--from", "2026-02-30"], "not '2026-02-30'"),
        (["--from", "20261130"], "not '20261130'"),
        (["--from", ""], "--from takes a date"),
        (["--hours", "0"], "above 0 and up to 24"),
        (["--hours", "25"], "not '25'"),
        (["--hours", "24.01"], "not '24.01'"),
        (["--hours", "-2"], "not '-2'"),
        (["--hours", "nan"], "not 'nan'"),
        (["--hours", "1e1"], "not '1e1'"),
        (["--hours", "0.125"], "at most two decimals"),
        (["--hours", "٢"], "--hours takes"),
        (["--hours", "x" * 5000], "--hours takes"),
        (["--days", "0"], "from 1 to 7"),
        (["--days", "8"], "not '8'"),
        (["--days", "2.5"], "not '2.5'"),
        (["--skip", "2026-11-20"], "--skip 2026-11-20 is over"),
        (["--skip", "2026-11-30..2026-11-27"], "write it as 2026-11-27..2026-11-30"),
        (["--skip", "2026-11-27.."], "--skip takes a date"),
        (["--skip", "2026-11-27..2026-11-28..2026-11-29"], "--skip takes a date"),
        (["--skip", "2026-11-24..9999-12-31"], "past the year 9999"),
        (["--from", "9999-12-31"], "past the year 9999"),
        (["--hours", "0.01"], "Plan more hours, more days"),
        (["--skip", "\x1b[31m"], "--skip takes a date"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(
    learner: Learner, options: list[str], says: str
) -> None:
    said = learner.refused(*options)
    assert says in said
    assert "\x1b" not in said and len(said) < 500


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("starts Mon 23 Nov 2026", "begun", "in which year the plan starts"),
        ("Wed 25 Nov · 3", "Wed 31 Nov · 3", "line 24|no date of the calendar"),
        ("Wed 25 Nov · 3", "Mon 25 Nov · 3", "no date of the calendar"),
        ("3 h a day", "much of the day", "plan --hours 2.5 --days 5"),
        ("3 h a day", "25 h a day", "plan --hours 2.5"),
        ("5 days a week", "0 days a week", "plan --days 5"),
        ("· finishes", "· off at Christmas · finishes", "Write days off as 'off"),
        ("# Tasks: A site", "It starts 3 Feb 2027", "would be read as the start"),
    ],
)
def test_a_file_in_disrepair_is_refused_in_a_sentence(
    learner: Learner, old: str, new: str, says: str
) -> None:
    learner.swap(old, new)
    said = learner.refused()
    assert re.search(says, said), said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "is empty"),
        (b"# mine\n", "has no line for any task"),
        (TASKS.encode("utf-16"), "UTF-16"),
        (TASKS.replace("[ ]", "[x]").encode(), "Every task is ticked"),
        (re.sub(r".*task-3.*\n", "", TASKS).replace("[ ]", "[x]").encode(), "task-3"),
    ],
)
def test_there_is_nothing_to_plan(learner: Learner, text: bytes, says: str) -> None:
    learner.repo.write("TASKS.md", text)
    assert says in learner.refused()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("starts Mon 23 Nov 2026 · 3 h a day, 5 days a week", "soon"),
        ("Wed 25 Nov · 3", "Wed 31 Nov · 3"),
        (TASKS.splitlines()[2], ""),
    ],
)
def test_what_cannot_be_read_is_laid_anew_when_all_is_said(
    learner: Learner, old: str, new: str
) -> None:
    learner.swap(old, new)
    learner.swap("0.25 h of it the next day", "0.25 h of it the next day\n  note of 4")
    tick(learner, 1, 4)
    said = learner.refused("--from", "2026-11-30")
    assert "plan --from 2026-11-23 --hours 2.5 --days 5" in said
    learner.run("plan", "--from", "2026-11-30", "--hours", "2.5", "--days", "5")
    text = learner.text.decode()
    above, _, _ = text.partition("## Week 1 · Mon 30 Nov to ")
    assert above.count("- [x]") == 2 and "\n  note of 4\n" in above
    assert "starts Mon 30 Nov 2026 · 2.5 h a day, 5 days a week" in above
    assert text.count("starts") == 1
    assert "## Done before you start\n\n- [x] **1." in above
    assert learner.dates()["task-2"] == date(2026, 11, 30)
    assert len(learner.dates()) == 8
    learner.today = date(2026, 11, 30)
    assert "Nothing changes" in learner.run("plan")


def test_a_list_without_days_gets_them(learner: Learner) -> None:
    kept = [n for n in learner.lines if not n.startswith(("##", "**", "- go"))]
    learner.repo.write("TASKS.md", "\n".join(kept).rstrip() + "\n")
    assert "no dates" in learner.run("plan")
    wanted = re.sub(r"\n{3,}", "\n\n", TASKS)
    assert learner.text.decode().split("## Week")[1] == wanted.split("## Week")[1]


def test_a_plan_of_three_years_can_be_read_and_a_longer_one_is_refused(
    learner: Learner,
) -> None:
    learner.run("plan", "--hours", "0.1", "--days", "1")
    days = [line for line in learner.lines if line.startswith("### Day ")]
    assert len(days) == 150 and "finishes Mon 1 Oct 2029" in learner.lines[2]
    assert learner.dates()["task-10"] > date(2029, 7, 1)
    learner.refused("--hours", "0.09")


def test_the_last_days_of_the_calendar(learner: Learner) -> None:
    learner.today = date(9999, 12, 20)
    learner.repo.write("TASKS.md", TASKS)
    learner.run("plan", "--hours", "5")
    assert "finishes Wed 22 Dec 9999" in learner.lines[2]


def test_a_file_that_cannot_be_written_stays_as_it_was(learner: Learner) -> None:
    learner.today += timedelta(1)
    file = learner.repo.root / "TASKS.md"
    file.chmod(0o400)
    try:
        if not __import__("os").access(file, 2):
            assert "It is as it was" in learner.refused()
    finally:
        file.chmod(0o600)


def test_what_an_editor_saves_in_the_meantime_is_kept(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner.run("plan")
    module = sys.modules["path_parts.plan"]
    real = module.replaced

    def slow(target: Path, text: bytes, before: bytes) -> bool:
        target.write_bytes(before + b"mine\n")
        return bool(real(target, text, before))

    monkeypatch.setattr(module, "replaced", slow)
    learner.today += timedelta(1)
    assert "saved by another program" in learner.run("plan", code=1)
    assert learner.text == TASKS.encode() + b"mine\n"


@pytest.mark.parametrize("columns", ["24", "40", "200"])
def test_the_whole_command_in_a_process_of_its_own(
    tmp_path: Path, columns: str
) -> None:
    repo = Repository(tmp_path)
    repo.tick("diagram")
    env = {"COLUMNS": columns, "NO_COLOR": "1", "PYTHONIOENCODING": "cp1252"}
    words = ("--today", "2026-11-24", "plan", "--hours", "2")
    result = repo.run(*words, env=env)
    assert result.returncode == 0, result.stderr
    wide = min(int(columns), 88)
    assert all(
        len(line) <= wide for line in result.stdout.splitlines() if "git" not in line
    )
    assert "- [x] **1. Draw the entities**" in repo.tasks.decode()
    wrong = repo.run("plan", "--hours", "0", env=env)
    assert wrong.returncode == 1 and not wrong.stdout and "--hours" in wrong.stderr
