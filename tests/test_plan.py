"""`python path.py plan`: the tasks that are left, laid over new dates."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner
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

from djangopath import catalogue, checklist, pages
from tests.path_fixture import Repository

MONDAY = date(2026, 11, 23)
HEADING = re.compile(r"### Day (\d+) · (\w{3}) (\d+) (\w{3}) · ([\d.]+) h$")


class Learner:
    """A repository whose path.py is called inside this process."""

    def __init__(self, root: Path) -> None:
        self.repo = Repository(root)
        self.module = self._load()
        self.today = MONDAY

    def _load(self) -> ModuleType:
        file = self.repo.root / "path.py"
        spec = importlib.util.spec_from_file_location("path_of_test_plan", file)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    def take(self, data: str, text: str | bytes) -> None:
        """Makes this the project and its TASKS.md."""
        self.repo.write(".path/project.json", data)
        self.repo.write("TASKS.md", text)

    def run(self, *words: str, code: int = 0) -> str:
        """What path.py says; its exit code must be ``code``."""
        words = ("--today", self.today.isoformat(), *words)
        runner = CliRunner()
        result = runner.invoke(
            self.module.path, list(words), standalone_mode=False, env={"COLUMNS": "88"}
        )
        if isinstance(result.exception, self.module.Trouble):
            assert code == 1, result.exception.message
            return str(result.output + result.exception.message)
        if result.exception is not None:
            raise result.exception
        assert int(result.return_value or 0) == code, result.output
        return str(result.output)

    def refused(self, *words: str) -> str:
        """The sentence of a refusal, which must leave TASKS.md as it is."""
        before = self.text
        said = self.run("plan", *words, code=1)
        assert self.text == before
        return said

    @property
    def text(self) -> bytes:
        """TASKS.md."""
        return self.repo.tasks

    @property
    def lines(self) -> list[str]:
        """Its lines, without their ends."""
        return self.text.decode().splitlines()

    def swap(self, old: str, new: str) -> None:
        """Edits TASKS.md as a learner would; the old text must stand in it."""
        assert old in self.text.decode()
        self.repo.write("TASKS.md", self.text.decode().replace(old, new, 1))

    def dates(self) -> dict[str, date]:
        """The day on which each dated task begins."""
        days = self.module.planned_days(self.text)
        return {slug: day.date for day in reversed(days) for slug in day.slugs}

    def ticked(self) -> set[str]:
        """The ticked tasks."""
        return set(self.module.ticked(self.text))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Learner:
    return Learner(tmp_path_factory.mktemp("plan"))


# ------------------------------------------------------------------- a made-up project

HOURS = [1.5, 0.5, 2, 2.25, 0.75, 3, 1, 1.25, 2, 0.75]  # 15 h


def project_json() -> str:
    tasks = [
        {
            "slug": f"task-{number}",
            "number": number,
            "title": f"Do {number}",
            "hours": hours,
            "phase": "Setup",
            "milestone": "First" if number <= 6 else "Second",
            "page": f"tasks/{number:02}-task-{number}.md",
            "test": f"acceptance/test_task_{number}.py",
        }
        for number, hours in enumerate(HOURS, 1)
    ]
    stones = [
        {"title": title, "week": 1, "goal": "G.", "checkpoint": "Show it."}
        for title in ("First", "Second")
    ]
    data = {"format": 1, "title": "A site", "milestones": stones, "tasks": tasks}
    return json.dumps(data)


TASKS = """\
# Tasks: A site

10 tasks · 15 h · starts Mon 23 Nov 2026 · 3 h a day, 5 days a week · finishes Fri 27 Nov 2026

`python path.py` says where you are.

## Week 1 · Mon 23 Nov to Fri 27 Nov · 15 h

### Day 1 · Mon 23 Nov · 3 h

- [ ] **1. Do 1** · 1.5 h · Setup · [tasks/01-task-1.md](tasks/01-task-1.md)
- [ ] **2. Do 2** · 0.5 h · Setup · [tasks/02-task-2.md](tasks/02-task-2.md)
- [ ] **3. Do 3** · 2 h · Setup · [tasks/03-task-3.md](tasks/03-task-3.md) · 1 h of it the next day

### Day 2 · Tue 24 Nov · 3 h

- go on with task 3, Do 3: 1 h
- [ ] **4. Do 4** · 2.25 h · Setup · [tasks/04-task-4.md](tasks/04-task-4.md) · 0.25 h of it the next day

### Day 3 · Wed 25 Nov · 3 h

- go on with task 4, Do 4: 0.25 h
- [ ] **5. Do 5** · 0.75 h · Setup · [tasks/05-task-5.md](tasks/05-task-5.md)
- [ ] **6. Do 6** · 3 h · Setup · [tasks/06-task-6.md](tasks/06-task-6.md) · 1 h of it the next day

### Day 4 · Thu 26 Nov · 3 h

- go on with task 6, Do 6: 1 h
- [ ] **7. Do 7** · 1 h · Setup · [tasks/07-task-7.md](tasks/07-task-7.md)
- [ ] **8. Do 8** · 1.25 h · Setup · [tasks/08-task-8.md](tasks/08-task-8.md) · 0.25 h of it the next day

**Milestone: First.** Show it.

### Day 5 · Fri 27 Nov · 3 h

- go on with task 8, Do 8: 0.25 h
- [ ] **9. Do 9** · 2 h · Setup · [tasks/09-task-9.md](tasks/09-task-9.md)
- [ ] **10. Do 10** · 0.75 h · Setup · [tasks/10-task-10.md](tasks/10-task-10.md)

**Milestone: Second.** Show it.

**Checkpoint of week 1:** tasks 1 to 10 ticked, 15 of 15 h done; `python path.py check --all` passes.
"""


@pytest.fixture
def learner(shared: Learner) -> Learner:
    shared.take(project_json(), TASKS)
    shared.today = MONDAY
    return shared


def tick(learner: Learner, *numbers: int) -> None:
    for number in numbers:
        learner.swap(f"- [ ] **{number}. ", f"- [x] **{number}. ")


# -------------------------------------------------------- nothing changes without cause


@pytest.mark.parametrize("per_day", ["2", "2.5", "3", "0.75", "24"])
@pytest.mark.parametrize("per_week", [1, 5, 6, 7])
def test_planning_again_what_was_baked_changes_no_byte(
    shared: Learner, slug: str, per_day: str, per_week: int
) -> None:
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
    assert "Done ahead of their days: task 9." in said
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
    assert "TASKS.md has no line for task-5, so it has no date either" in said
    assert line in said
    assert "task-5" not in learner.text.decode()


# ---------------------------------------------------------------- what the learner wrote


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
    learner.swap("Show it.\n\n### Day 5", "Show it.\n\nShown to Ben.\n\n### Day 5")
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


def test_an_upper_case_tick_and_bytes_that_are_no_text_are_kept(
    learner: Learner,
) -> None:
    learner.swap("- [ ] **1.", "- [X] **1.")
    learner.repo.write("TASKS.md", learner.text.replace(b"(tasks/01-task-1.md)",
                       b"(tasks/01-task-1.md)\n  caf\xe9 \x00 \xe2\x80\xa8"))  # fmt: skip
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
    module = sys.modules["path_plan"]
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


# -------------------------------------------------------------------- any order of events


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
             ["--skip", "2020-01-01"], ["--hours", "0.01"], ["--skip", "x..y"]]
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
        days = self.learner.module.planned_days(self.learner.text)
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
            hours = hours or Fraction(HOURS[int(slug[5:]) - 1]) - Fraction(
                gone_on[slug]
            )
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
        with contextlib.suppress(AttributeError):
            self.learner.run()


def test_any_order_of_planning_ticking_and_writing_loses_nothing(
    shared: Learner,
) -> None:
    AnyOrder.learner = shared
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Parts of this path.py must not be taken for those of another test's."""
    yield
    for name in [name for name in sys.modules if name.startswith("path_")]:
        if name not in ("path_of_test_plan", "path_fixture"):
            sys.modules.pop(name)
