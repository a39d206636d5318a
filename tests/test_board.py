"""The board: its numbers, its words, and how it looks and works in a browser."""

from __future__ import annotations

import datetime as dt
import html
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page

from djangopath import schedule
from tests import browser as look
from tests.browser import Visit
from tests.common import Bake
from tests.path_fixture import SLUGS, Repository
from tools.examples import EXAMPLE

pytestmark = pytest.mark.only_projects(EXAMPLE)

TODAY = "2026-11-24"
HOSTILE = "</script><b>\"&' بداية " + "w" * 90


class Learner(Repository):
    """A learner's repository that writes and reads boards."""

    def git(self, *words: str, **env: str) -> None:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(
            ["git", *who, *words], cwd=self.root, check=True, env=os.environ | env
        )

    def commit(self, day: str) -> None:
        when = f"{day}T21:00:00+0100"
        self.git("add", "-A", ":!*.pyc")
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        self.git("commit", "-q", "-m", "Work", **dates)

    def done(self, slug: str, day: str) -> None:
        """A task is done and committed on that day."""
        self.tick(slug)
        self.commit(day)

    def edit(self, old: str, new: str) -> None:
        text = self.tasks.decode()
        assert old in text
        self.write("TASKS.md", text.replace(old, new))

    def board(
        self, today: str = TODAY, *words: str, output: str = "board.html"
    ) -> BeautifulSoup:
        """The page that is written."""
        told = self.run("--today", today, "board", "--no-open", *words)
        assert told.returncode == 0, told.stderr
        page = (self.root / output).read_text(encoding="utf-8")
        assert sound(page) == []
        return BeautifulSoup(page, "html.parser")


@pytest.fixture
def repo(tmp_path: Path) -> Learner:
    """A learner's repository with its first commit, of 19 November 2026."""
    made = Learner(tmp_path / "learner")
    made.git("init", "-q", "-b", "main")
    made.write(".gitignore", "__pycache__/\n/board.html\n")
    made.commit("2026-11-19")
    return made


# ------------------------------------------------------------------------ what it finds

EMPTY = {"br", "hr", "link", "meta"}


class Nesting(HTMLParser):
    """Whether every element is closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.starts = 0
        self.ids: list[str] = []
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.starts += 1
        keys = [key for key, _ in attrs]
        if len(set(keys)) != len(keys):
            self.wrong.append(f"<{tag}> has an attribute twice")
        for key, value in attrs:
            if key == "id":
                self.ids.append(value or "")
            elif key in ("aria-labelledby", "aria-describedby"):
                self.names += (value or "").split()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")


def sound(page: str) -> list[str]:
    """What is wrong with a page's HTML."""
    nesting = Nesting()
    nesting.feed(page)
    nesting.close()
    wrong = nesting.wrong + [f"<{tag}> is not closed" for tag in nesting.open]
    wrong += [f"id {i} twice" for i in set(nesting.ids) if nesting.ids.count(i) > 1]
    return wrong + [
        f"no id {name}" for name in nesting.names if name not in nesting.ids
    ]


def words(element: Tag | None) -> str:
    assert element is not None
    return " ".join(element.get_text().split())


def facts(page: BeautifulSoup) -> dict[str, str]:
    names = page.select("dl dt")
    return {words(name): words(name.find_next_sibling("dd")) for name in names}


def numbers(page: BeautifulSoup) -> dict[str, tuple[str, str]]:
    """The chart's table."""
    rows = page.select(".numbers tbody tr")
    cells = [[words(cell) for cell in row.select("th, td")] for row in rows]
    return {day: (planned, done) for day, planned, done in cells}


def states(page: BeautifulSoup) -> dict[str, str]:
    """The state of each task, by the title that its link has."""
    rows = page.select("#plan .tasks li")
    return {words(row.p): words(row.select_one(".state")) for row in rows}


def polyline(page: BeautifulSoup, kind: str) -> list[tuple[float, float]]:
    line = page.select_one(f".chart.wide polyline.{kind}")
    assert line is not None
    pairs = str(line["points"]).split()
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in pairs)]


# --------------------------------------------------------------------------- the states


def test_nothing_is_done(repo: Learner) -> None:
    page = repo.board("2026-11-20")
    assert words(page.h1) == "Personal Blog"
    assert words(page.select_one(".status")) == "Day 1 of 5, on plan."
    assert words(page.select_one(".hours")) == "0 h of 12.5 h done"
    assert facts(page) == {
        "Tasks": "0 of 6 done",
        "Left": "12.5 h",
        "Plan ends": "Thu 26 Nov 2026",
        "Next": "1. Draw the entities",
    }
    assert states(page)["1. Draw the entities next"] == "to do by Fri 20 Nov"
    assert words(page.select_one("#topics .lead")).startswith(
        "0 of 6 topics mastered, 0 in progress, 6 to come."
    )
    assert "0 of 2 requirements covered" in words(
        page.select_one("#requirements .lead")
    )
    assert page.select_one("polyline.forecast") is None


def test_some_are_done(repo: Learner) -> None:
    """Late, next and done tasks, the pace, and what they mean for the rest."""
    repo.done("diagram", "2026-11-20")
    repo.done("post-model", "2026-11-23")
    page = repo.board("2026-11-25")
    assert states(page) == {
        "1. Draw the entities": "done Fri 20 Nov",
        "2. Write the model of a post": "done Mon 23 Nov",
        "3. Show the published posts next": "late, planned for Tue 24 Nov",
        "4. Sort posts into categories": "to do by Wed 25 Nov",
        "5. Let readers comment": "to do by Thu 26 Nov",
        "6. Write tests of your own": "to do by Thu 26 Nov",
    }
    assert words(page.select_one(".hours")) == "3.5 h of 12.5 h done"
    progress = page.progress
    assert progress is not None
    assert (progress["value"], progress["max"]) == ("3.5", "12.5")
    topics = {
        words(group.h3): [words(li) for li in group.select("li")]
        for group in page.select("#topics .topics")
    }
    assert topics == {
        "Mastered 1": ["data modelling 1 task"],
        "In progress 1": ["models 1 of 2 tasks"],
        "To come 4": ["forms 1 task", "templates 1 task", "testing 1 task",
                      "views 2 tasks"],
    }  # fmt: skip
    first, second = page.select(".requirements > li")
    assert words(first.select_one(".chip")) == "in part"
    assert [a["aria-label"] for a in first.select(".done a")] == [
        "1. Draw the entities",
        "2. Write the model of a post",
    ]
    assert [words(a) for a in first.select(".left a")] == ["3", "4", "5", "6"]
    assert words(second.select_one(".chip")) == "open"
    assert words(page.select_one("#task h3")) == "3. Show the published posts"
    assert words(page.select_one("#task pre")) == "def post_list(request): ..."


def test_the_plan_and_the_status_agree(repo: Learner) -> None:
    """The sentence under the title and the forecast are those of path.py itself."""
    repo.done("diagram", "2026-11-20")
    repo.done("post-model", "2026-11-23")
    for day in range(19, 31):
        today = f"2026-11-{day}"
        page = repo.board(today)
        said = repo.run("--today", today).stdout
        status = words(page.select_one(".status"))
        assert status.removesuffix(".") in " ".join(said.split())
        pace = facts(page).get("At your pace")
        if found := re.search(r"you finish on (\w+ \d+ \w+)", status):
            assert pace == f"{found[1]} 2026"


def test_all_are_done(repo: Learner) -> None:
    for number, slug in enumerate(SLUGS):
        repo.done(slug, f"2026-11-{20 + number}")
    page = repo.board("2026-11-26")
    assert words(page.select_one(".status")) == "Every task is done."
    assert set(states(page).values()) == {
        f"done {day}"
        for day in ("Fri 20 Nov", "Sat 21 Nov", "Sun 22 Nov", "Mon 23 Nov",
                    "Tue 24 Nov", "Wed 25 Nov")
    }  # fmt: skip
    assert page.select_one("#task") is None
    assert not page.select('a[href="#task"]'), "a link leads nowhere"
    assert not page.select(".week[open]"), "a finished week is unfolded"
    assert words(page.select_one("#topics .lead")).startswith("6 of 6 topics mastered")
    assert "2 of 2 requirements covered" in words(
        page.select_one("#requirements .lead")
    )
    assert words(page.select_one(".milestone .state")) == "reached"


def test_done_before_the_start(repo: Learner) -> None:
    """What was there when the repository was made is no work, and no day has it."""
    lines = re.findall(r"- \[ \] \*\*[12]\..*\n", repo.tasks.decode())
    assert len(lines) == 2
    for line in lines:
        repo.edit(line, "")
    there = "".join(lines).replace("[ ]", "[x]")
    repo.edit("## Week 1", f"## Done before you start\n\n{there}\n## Week 1")
    shutil.rmtree(repo.root / ".git")
    repo.git("init", "-q", "-b", "main")
    repo.commit("2026-11-19")
    page = repo.board("2026-11-23")
    assert states(page)["1. Draw the entities"] == "done before the start"
    assert words(page.select_one(".week h3")) == "Done before you start"
    assert words(page.select_one(".hours")) == "3.5 h of 12.5 h done"
    table = numbers(page)
    assert table["Fri 20 Nov 2026"] == ("3.5 h", "3.5 h")
    assert table["Mon 23 Nov 2026 (today)"] == ("5.5 h", "3.5 h")
    assert polyline(page, "done")[0][1] == polyline(page, "plan")[0][1]


def test_a_git_that_fails_is_told(repo: Learner) -> None:
    """The page says no day that nobody knows; the terminal says why."""
    repo.tick("diagram")
    repo.commit("2026-11-23")
    saved = dt.datetime(2026, 11, 25, 12).timestamp()
    os.utime(repo.root / "TASKS.md", (saved, saved))
    env = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    told = repo.run("--today", "2026-11-25", "board", "--no-open", env=env)
    assert told.returncode == 0
    sentence = "Git cannot say when tasks were done: detected dubious ownership"
    assert sentence in " ".join(told.stderr.split())
    page = BeautifulSoup((repo.root / "board.html").read_bytes(), "html.parser")
    assert states(page)["1. Draw the entities"] == "done"
    page = repo.board("2026-11-25")
    assert states(page)["1. Draw the entities"] == "done Mon 23 Nov"


def test_after_the_plan_has_ended(repo: Learner) -> None:
    repo.done("diagram", "2026-11-20")
    page = repo.board("2027-01-05")
    assert words(page.select_one(".status")).startswith("The plan ended on")
    late = "late, planned for Thu 26 Nov 2026"
    assert states(page)["6. Write tests of your own"] == late
    assert list(numbers(page))[-1] == "Tue 5 Jan 2027 (today)"
    assert len(page.select(".week[open]")) == 2, "a week with late tasks is folded"


def test_before_the_plan_begins(repo: Learner) -> None:
    page = repo.board("2026-11-02")
    assert words(page.select_one(".status")) == "The plan starts on Fri 20 Nov."
    assert page.select_one("line.today") is None
    assert {done for _, done in numbers(page).values()} == {"to come"}


def test_without_dates(repo: Learner) -> None:
    """Headings that the learner removed take the chart away and nothing else."""
    kept = [line for line in repo.tasks.decode().splitlines() if line[:1] != "#"]
    repo.write("TASKS.md", "\n".join(kept[2:]))
    page = repo.board()
    assert words(page.select_one(".status")) == "There is no dated plan."
    assert "TASKS.md has no dates" in words(page.select_one(".empty"))
    assert not page.select("svg.chart")
    assert len(states(page)) == 6
    repo.done("diagram", "2026-11-20")
    repo.done("post-model", "2026-11-23")
    page = repo.board()
    assert numbers(page) == {
        "Fri 20 Nov 2026": ("no plan", "1.5 h"),
        "Mon 23 Nov 2026": ("no plan", "3.5 h"),
        "Tue 24 Nov 2026 (today)": ("no plan", "3.5 h"),
    }


def test_without_git(repo: Learner) -> None:
    """Neither Git nor its history is needed; days that nobody knows are not told."""
    shutil.rmtree(repo.root / ".git")
    repo.tick("diagram", "post-model")
    saved = dt.datetime(2026, 11, 25, 12).timestamp()
    os.utime(repo.root / "TASKS.md", (saved, saved))
    told = repo.run("--today", "2026-11-25", "board", "--no-open", env={"PATH": ""})
    assert told.returncode == 0
    page = BeautifulSoup((repo.root / "board.html").read_bytes(), "html.parser")
    assert states(page)["1. Draw the entities"] == "done"
    assert numbers(page)["Fri 20 Nov 2026"] == ("2.5 h", "1.5 h")


def test_a_task_that_is_missing(repo: Learner) -> None:
    lines = repo.tasks.decode().splitlines(keepends=True)
    repo.write("TASKS.md", "".join(line for line in lines if "04-cat" not in line))
    page = repo.board()
    block = page.select_one(".missing")
    assert block is not None
    assert words(block.h3) == "Missing from TASKS.md"
    assert [words(a) for a in block.select("a")] == ["4. Sort posts into categories"]
    assert len(states(page)) == 6
    # What the days have room for beyond their tasks stays free.
    planned = [planned for planned, _ in numbers(page).values()]
    assert planned == ["2.5 h", "5 h", "5.5 h", "8 h", "10 h"]


def test_what_the_learner_wrote(repo: Learner) -> None:
    """Tasks, notes and links of their own stand where they stand in TASKS.md."""
    repo.edit(
        "### Day 3",
        "- [x] Read [the docs](docs/notes.md) on `Q`\n- [ ] Buy tea\n\n"
        "Slugs took *long*. <script>alert(1)</script>\n\n"
        "**Milestone: The blog.** Said twice.\n\n### Day 3",
    )
    page = repo.board()
    assert states(page)["Read the docs on Q"] == "done"
    assert states(page)["Buy tea"] == "to do"
    link = page.select_one('#plan a[href="docs/notes.md"]')
    assert words(link) == "the docs"
    note = page.select_one(".note")
    assert words(note) == "Slugs took long. <script>alert(1)</script>"
    assert note is not None and note.em is not None
    assert "2.5 h a day" not in words(page.select_one("#plan")), "the preamble is shown"
    assert len(page.select(".milestone")) == 1
    assert "Said twice" not in page.get_text()
    days = [words(day) for day in page.select("#plan h4")]
    assert days == [
        "Day 1 · Fri 20 Nov · 2.5 h",
        "Day 2 · Mon 23 Nov · 2.5 h",
        "Day 3 · Tue 24 Nov · 2.5 h today",
        "Day 4 · Wed 25 Nov · 2.5 h",
        "Day 5 · Thu 26 Nov · 2.5 h",
    ]


def test_weeks_are_folded_when_done(repo: Learner) -> None:
    def folded() -> list[bool]:
        page = repo.board("2026-11-20")
        return [not week.has_attr("open") for week in page.select(".week")]

    assert folded() == [False, True]
    repo.tick("diagram", "post-model")
    assert folded() == [True, False]


# -------------------------------------------------------------------------- the numbers


def test_hours_by_day(repo: Learner) -> None:
    """Planned and done hours, counted here by hand."""
    repo.done("diagram", "2026-11-20")
    repo.done("post-model", "2026-11-22")
    repo.done("post-list", "2026-11-22")
    page = repo.board()
    assert numbers(page) == {
        "Fri 20 Nov 2026": ("2.5 h", "1.5 h"),
        "Sun 22 Nov 2026": ("2.5 h", "5.5 h"),
        "Mon 23 Nov 2026": ("5 h", "5.5 h"),
        "Tue 24 Nov 2026 (today)": ("7.5 h", "5.5 h"),
        "Wed 25 Nov 2026": ("10 h", "to come"),
        "Thu 26 Nov 2026": ("12.5 h", "to come"),
    }
    said = words(page.select_one(".chart.wide desc"))
    assert said.startswith(
        "By Tue 24 Nov 2026, 5.5 of 12.5 hours are done; the plan has 7.5 by then. "
        "The plan ends on Thu 26 Nov 2026."
    )


def test_a_tick_from_tomorrow(repo: Learner) -> None:
    """Where a clock is behind, what is done counts today and is not lost."""
    repo.done("diagram", "2026-11-26")
    page = repo.board("2026-11-23")
    assert numbers(page)["Mon 23 Nov 2026 (today)"] == ("5 h", "1.5 h")
    assert states(page)["1. Draw the entities"] == "done Mon 23 Nov"


@pytest.mark.parametrize("seed", range(4))
def test_hours_of_any_plan(tmp_path: Path, seed: int) -> None:
    """The table and the drawing say what the bake's own schedule says."""
    luck = random.Random(seed)
    repo = Learner(tmp_path)
    hours = [luck.randrange(2, 12) / 4 for _ in SLUGS]
    data = json.loads((repo.root / ".path/project.json").read_text("utf-8"))
    for task, length in zip(data["tasks"], hours, strict=True):
        task["hours"] = length
    repo.write(".path/project.json", json.dumps(data))
    day = dt.date(2026, 11, 2) + dt.timedelta(days=luck.randrange(60))
    days = schedule.plan(hours, day, luck.choice([2, 2.5, 3]), luck.choice([5, 6, 7]))
    lines = ["# Tasks", "", f"starts {schedule.day_text(days[0].date, year=True)}", ""]
    for one in days:
        lines.append(f"### Day {one.number} · {schedule.day_text(one.date)} · "
                     f"{schedule.hours_text(one.hours)} h")  # fmt: skip
        for piece in one.pieces:
            if piece.first:
                slug = SLUGS[piece.task]
                name = f"{piece.task + 1:02}-{slug}"
                lines.append(f"- [ ] **{slug}** · [x](tasks/{name}.md)")
    repo.write("TASKS.md", "\n".join(lines) + "\n")
    today = days[-1].date + dt.timedelta(days=1)
    page = repo.board(today.isoformat())
    worked, wanted = 0.0, {}
    for one in days:
        worked += float(one.hours)
        wanted[f"{schedule.day_text(one.date, year=True)}"] = f"{worked:g} h"
    found = {day: planned for day, (planned, _) in numbers(page).items()}
    assert {day: found[day] for day in wanted} == wanted
    drawn(page, "plan", [(one.date, float(one.hours)) for one in days], today)


def drawn(
    page: BeautifulSoup,
    kind: str,
    worked: Sequence[tuple[dt.date, float]],
    last: dt.date,
) -> None:
    """A line rises during each day by its hours, to scale, and is level between."""
    line = polyline(page, kind)
    first, total = worked[0][0], sum(hours for _, hours in worked)
    (left, bottom), top = line[0], line[-1][1]
    right = float(str(page.select(".chart.wide line.today")[0]["x1"]))

    def x(day: dt.date) -> float:
        return left + (right - left) * ((day - first).days + 1) / (
            (last - first).days + 1
        )

    sum_ = 0.0
    for day, hours in worked:
        for at, height in ((day - dt.timedelta(days=1), 0.0), (day, hours)):
            y = bottom + (top - bottom) * (sum_ + height) / total
            near = [p for p in line if abs(p[0] - x(at)) < 0.2 and abs(p[1] - y) < 0.2]
            assert near, f"the line misses {day}: {x(at)}, {y} is not in {line}"
        sum_ += hours
    assert line == sorted(line, key=lambda point: point[0]), "the line goes back"


def test_the_chart_keeps_inside_its_frame(repo: Learner) -> None:
    """Whatever the day, no mark and no label leaves the drawing."""
    repo.done("diagram", "2026-11-20")
    for today in ("2026-11-20", "2026-11-23", "2026-11-26", "2027-03-01", "2029-01-01"):
        for svg in repo.board(today).select("svg.chart"):
            _, _, across, down = map(float, str(svg["viewbox"]).split())
            for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", str(svg)):
                assert 0 <= float(pair[0]) <= across and 0 <= float(pair[1]) <= down
            for label in svg.select("text"):
                wide = len(words(label)) * 7.2
                start = float(str(label["x"])) - wide * {"start": 0, "middle": 0.5,
                    "end": 1}[str(label["text-anchor"])]  # fmt: skip
                assert start >= -8 and start + wide <= across + 8, f"{today}: {label}"


def test_the_same_state_gives_the_same_bytes(repo: Learner) -> None:
    repo.done("diagram", "2026-11-20")
    repo.board()
    first = (repo.root / "board.html").read_bytes()
    (repo.root / "board.html").unlink()
    repo.board()
    assert (repo.root / "board.html").read_bytes() == first


# -------------------------------------------------------------------- what is dangerous


def test_hostile_titles(repo: Learner) -> None:
    """Whatever a title, a name or a requirement holds, it is text and nothing else."""
    hostile(repo)
    page = repo.board()
    assert words(page.h1) == HOSTILE
    assert not page.select("b, script, img, iframe, object, form, base")
    assert HOSTILE in words(page.title)
    for element in page.select("*"):
        for name, value in element.attrs.items():
            assert not name.startswith("on"), element
            if name in ("href", "src"):
                assert not re.match(r"\s*(javascript|vbscript|data:text)", str(value))
    assert page.select_one('#plan a[href="tasks/01-diagram.md"]') is not None


def hostile(repo: Learner) -> None:
    """Puts the worst text into every place that holds text."""
    escaped = re.sub(r"([<>&\"'/])", r"\\\1", HOSTILE)
    repo.edit("# Tasks of Personal Blog", f"# Tasks: {escaped}")
    repo.edit("Draw the entities", HOSTILE)
    repo.edit("### Day 2", f"- [ ] {HOSTILE}\n\n{HOSTILE}\n\n### Day 2")
    data = json.loads((repo.root / ".path/project.json").read_text("utf-8"))
    data["title"] = data["tasks"][0]["title"] = data["tasks"][0]["phase"] = HOSTILE
    data["tasks"][1]["topics"] = [HOSTILE]
    for one in data["tasks"]:
        one["milestone"] = HOSTILE
    data["milestones"][0] |= {"title": HOSTILE, "checkpoint": HOSTILE}
    data["requirements"][0]["text"] = HOSTILE + " \ud800\x07"
    repo.write(".path/project.json", json.dumps(data))
    repo.write(
        "tasks/01-diagram.md",
        f"# 1. {HOSTILE}\n\n{HOSTILE}\n\n![x](javascript:alert(1)) "
        "![y](https://example.com/y.png) [z](javascript:alert(1)) <img src=x onerror=1>"
        f"\n\n[on](02-post-model.md#what) [here](#top) [net](https://example.com/)\n\n"
        f"| a | b |\n| --- | ---: |\n| {'w' * 200} | 1 |\n\n"
        f"```python\n{'x' * 300}</script>\n```\n",
    )


def test_titles_of_topics(repo: Learner) -> None:
    """A topic has the title that the project gives it, or else its slug's words."""
    data = json.loads((repo.root / ".path/project.json").read_text("utf-8"))
    data["topics"] = {"models": "Models & <managers>"}
    repo.write(".path/project.json", json.dumps(data))
    named = [words(topic) for topic in repo.board().select("#topics li")]
    assert named == [
        "data modelling 1 task",
        "forms 1 task",
        "Models & <managers> 2 tasks",
        "templates 1 task",
        "testing 1 task",
        "views 2 tasks",
    ]


def test_links_of_the_task(repo: Learner) -> None:
    hostile(repo)
    links = {words(a): a for a in repo.board().select("#task a")}
    assert links["on"]["href"] == "tasks/02-post-model.md#what"
    assert links["here"]["href"] == "tasks/01-diagram.md#top"
    assert links["net"]["rel"] == ["noopener", "noreferrer"]
    assert "rel" not in links["on"].attrs
    assert "z" not in links


def test_every_link_leads_to_a_file(repo: Learner) -> None:
    """Also from a board that lies elsewhere, in a folder with a name of its own."""
    folder = repo.root.parent / "my boards, 100%"
    folder.mkdir()
    for output in (repo.root / "board.html", folder / "b#1.html"):
        page = repo.board(TODAY, "-o", str(output), output=str(output))
        hrefs = [str(a["href"]) for a in page.select("a[href]")]
        near = [href for href in hrefs if not re.match("[a-z]+:|#", href)]
        assert len(near) > 6
        for href in near:
            file = output.parent / html.unescape(href.partition("#")[0])
            assert file.is_file(), href


def test_the_policy_admits_nothing(repo: Learner) -> None:
    page = repo.board()
    policy = page.select_one("meta[http-equiv]")
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        str(policy["content"]),
    )
    assert not page.select("[style], script, [src]")


# -------------------------------------------------------------------- how it is written


def test_it_says_what_it_wrote(repo: Learner) -> None:
    repo.tick("diagram")
    told = repo.run("board", "--no-open", env={"COLUMNS": "88"})
    assert told.stdout.startswith("The board is written: 1 of 6 tasks, 1.5 of 12.5 h.")
    assert str(repo.root / "board.html") in told.stdout
    assert repo.run("board", "--no-open", "-o", "my.html").returncode == 0
    assert (repo.root / "my.html").is_file()
    if sys.platform != "win32":
        assert repo.run("board", "--no-open", umask=0o022).returncode == 0
        assert stat.S_IMODE((repo.root / "board.html").stat().st_mode) == 0o644
    left = [p.name for p in repo.root.iterdir() if p.name.endswith(".tmp")]
    assert not left


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_it_opens_a_browser(repo: Learner) -> None:
    script = repo.write("browser", '#!/bin/sh\necho "$1" > opened.txt\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    told = repo.run("board", env={"BROWSER": f"{script} %s"})
    assert "It is open in your browser" in told.stdout
    opened = (repo.root / "opened.txt").read_text("utf-8").strip()
    assert opened == (repo.root / "board.html").as_uri()
    (repo.root / "opened.txt").unlink()
    assert repo.run("board", "--no-open", env={"BROWSER": f"{script} %s"}).stdout
    assert not (repo.root / "opened.txt").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a browser")
def test_no_browser(repo: Learner) -> None:
    none = {"PATH": "", "BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    told = repo.run("board", env=none)
    assert told.returncode == 0
    assert "To see it, open this file in a browser:" in " ".join(told.stdout.split())
    assert str(repo.root / "board.html") in told.stdout


TEXT_BROWSERS = ("www-browser", "links", "elinks", "lynx", "w3m")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a browser")
@pytest.mark.parametrize(
    ("screen", "wanted", "ran"),
    [
        ("", "", ""),
        ("", "no-such-browser", ""),
        (":7", "", ""),
        ("", "lynx", "lynx"),
        ("", "no-such-browser:w3m", "w3m"),
    ],
)
def test_a_browser_in_the_terminal_is_opened_only_on_demand(
    repo: Learner, screen: str, wanted: str, ran: str
) -> None:
    """It takes the terminal, and the command would wait until somebody quits it."""
    for name in TEXT_BROWSERS:
        script = repo.write(
            f"bin/{name}", f'#!/bin/sh\necho "{name} $TERM" >> ran.txt\n'
        )
        script.chmod(0o755)
    env = {
        "PATH": str(repo.root / "bin"),
        "TERM": "xterm",
        "BROWSER": wanted,
        "DISPLAY": screen,
        "WAYLAND_DISPLAY": "",
    }
    told = repo.run("board", env=env)
    assert told.returncode == 0
    said = " ".join(told.stdout.split())
    assert ("To see it, open this file" in said) is not bool(ran)
    log = repo.root / "ran.txt"
    assert (log.read_text("utf-8") if log.exists() else "") == (
        f"{ran} xterm\n" if ran else ""
    )


def test_nothing_but_a_board_is_replaced(repo: Learner) -> None:
    before = repo.tasks
    told = repo.run("board", "--no-open", "-o", "TASKS.md")
    assert told.returncode == 1
    assert "path.py board did not write it" in " ".join(told.stderr.split())
    assert repo.tasks == before
    folder = repo.run("board", "--no-open", "-o", "tasks")
    assert folder.returncode == 1 and "is a folder" in " ".join(folder.stderr.split())
    nowhere = repo.run("board", "--no-open", "-o", "no/where.html")
    assert nowhere.returncode == 1 and nowhere.stderr.startswith("There is no folder")
    assert not (repo.root / "board.html").exists()


@pytest.mark.parametrize("device", ["/dev/null"])
def test_a_device_is_left_alone(repo: Learner, device: str) -> None:
    if not Path(device).exists():
        pytest.skip(f"there is no {device}")
    assert repo.run("board", "--no-open", "-o", device).returncode == 1
    assert Path(device).is_char_device()


@pytest.mark.parametrize(
    "broken", ['{"tasks"', '{"requirements": 1}', '{"topics": ["x"]}', "[]"]
)
def test_a_damaged_project(repo: Learner, broken: str) -> None:
    data = json.loads((repo.root / ".path/project.json").read_text("utf-8"))
    repo.write(
        ".path/project.json",
        json.dumps(data | json.loads(broken)) if broken[-1] == "}" else broken,
    )
    told = repo.run("board", "--no-open")
    assert told.returncode == 1
    assert ".path/project.json cannot be read" in " ".join(told.stderr.split())
    assert not (repo.root / "board.html").exists()


def test_a_page_that_is_missing(repo: Learner) -> None:
    (repo.root / "tasks/01-diagram.md").unlink()
    page = repo.board()
    assert "git checkout -- tasks/01-diagram.md" in words(page.select_one("#task"))


def test_git_leaves_it_out(bake: Bake) -> None:
    """The board is made anew each day; it is no part of the work or of the image."""
    root = bake()
    ignored = subprocess.run(
        ["git", "check-ignore", "board.html"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    assert ignored.returncode == 0
    assert "board.html" in (root / ".dockerignore").read_text("utf-8").split()


# ------------------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory, bake: Bake) -> dict[str, Path]:
    """Boards of all kinds, by name."""
    made = {}

    def keep(name: str, repo: Learner, today: str) -> None:
        repo.board(today)
        made[name] = repo.root / "board.html"

    def fresh() -> Learner:
        repo = Learner(tmp_path_factory.mktemp("board") / "learner")
        repo.git("init", "-q", "-b", "main")
        repo.commit("2026-11-19")
        return repo

    keep("first-day", fresh(), "2026-11-20")
    repo = fresh()
    hostile(repo)
    keep("hostile", repo, TODAY)
    repo = fresh()
    repo.tick(*SLUGS)
    keep("finished", repo, "2026-11-26")
    repo = fresh()
    for slug in SLUGS[:4]:
        repo.done(slug, "2026-11-20")
    keep("ahead", repo, "2026-11-23")
    repo = fresh()
    repo.write("TASKS.md", re.sub(r"(?m)^#.*\n", "", repo.tasks.decode()))
    keep("no-dates", repo, TODAY)

    real = tmp_path_factory.mktemp("board") / "real"
    shutil.copytree(bake(EXAMPLE, start_date="2026-11-23"), real)
    repo = Learner.__new__(Learner)
    repo.root, repo.python = real, sys.executable
    slugs = re.findall(r"tasks/\d+-([a-z0-9-]+)\.md\)", repo.tasks.decode())
    for number, slug in enumerate(slugs[:6]):
        repo.done(slug, f"2026-11-{23 + number // 2}")
    keep("real", repo, "2026-11-27")
    return made


NAMES = ["first-day", "real", "hostile", "finished", "no-dates"]


@pytest.mark.parametrize("width", look.WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_in_a_browser(
    boards: dict[str, Path], name: str, width: str, chromium: Browser
) -> None:
    """Sound, legible and free of other hosts, in light and dark, by keyboard."""
    file = boards[name]
    base = file.parent.as_uri() + "/"
    asked: list[str] = []
    with look.window(chromium, width) as window:
        window.route("**/*", lambda route: (asked.append(route.request.url),
                     route.continue_() if route.request.url == base + file.name
                     else route.abort()))  # fmt: skip
        page = window.new_page()
        visit = Visit(page, base, f"board-{name}")
        page.goto(file.as_uri())
        unfold(page)
        visit.judge(file.name, width)
        visit.waiting += [*look.walk(page), *look.skip(page)]
        visit.told(file.name)
        # axe cannot tell what lies behind a text of SVG; the next test can.
        svg = re.compile("axe color-contrast: .*: <text ")
        problems = [text for text in visit.problems if not svg.search(text)]
        assert not problems, "\n".join(problems)
        assert asked == [file.as_uri()], "something else was asked for"

        # The parser of a browser mends what is not sound; it found nothing to mend.
        nesting = Nesting()
        nesting.feed(file.read_text(encoding="utf-8"))
        count = page.evaluate("document.querySelectorAll('*').length")
        assert count == nesting.starts


COLOURS = """
kinds => {
    const colour = (query, what) =>
        getComputedStyle(document.querySelector(query))[what].match(/[\\d.]+/g);
    const found = {paper: colour('.band', 'backgroundColor')};
    for (const [query, what] of kinds)
        found[query] = colour('.chart.wide ' + query, what);
    return found;
}
"""


def test_contrast_of_the_chart(boards: dict[str, Path], chromium: Browser) -> None:
    """Its labels are as legible as text has to be, its lines as graphics have to be."""
    texts = [
        (f"text.{kind}", "fill") for kind in "tick today plan forecast done".split()
    ]
    lines = [(f"polyline.{kind}", "stroke") for kind in "plan forecast done".split()]
    lines.append(("line.today", "stroke"))
    with look.window(chromium, "desktop") as window:
        page = window.new_page()
        page.goto(boards["real"].as_uri())
        papers = set()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = page.evaluate(COLOURS, [*texts, *lines])
            paper = luminance(found.pop("paper"))
            papers.add(paper)
            for query, colour in found.items():
                high, low = sorted([paper, luminance(colour)], reverse=True)
                least = 4.5 if query.startswith("text") else 3
                assert (high + 0.05) / (low + 0.05) >= least, f"{query} in {scheme}"
        assert len(papers) == 2


def luminance(colour: Sequence[str]) -> float:
    """The relative luminance of red, green and blue, as WCAG defines it."""
    shares = [float(value) / 255 for value in colour[:3]]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def unfold(page: Page) -> None:
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")


def test_folding_by_keyboard(boards: dict[str, Path], chromium: Browser) -> None:
    with look.window(chromium, "desktop") as window:
        page = window.new_page()
        page.goto(boards["real"].as_uri())
        link = page.get_by_role("link", name="18. Review your own work")
        link = link.and_(page.locator("#plan a"))
        assert not link.is_visible()
        page.locator(".week summary").nth(1).focus()
        page.keyboard.press("Enter")
        link.wait_for(state="visible")


def test_names_for_a_screen_reader(boards: dict[str, Path], chromium: Browser) -> None:
    """What a screen reader is told: landmarks, headings, the chart, the hours."""
    with look.window(chromium, "desktop") as window:
        page = window.new_page()
        page.goto(boards["real"].as_uri())
        unfold(page)
        for role, name in [
            ("navigation", "On this page"),
            ("region", "Progress"),
            ("region", "Plan"),
            ("region", "Next task"),
            ("region", "Topics"),
            ("region", "Requirements"),
            ("progressbar", "Hours done"),
            ("table", "Hours, day by day"),
        ]:
            found = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
            assert found.count() == 1, f"{role} {name}"
        charts = page.get_by_role("img")
        assert charts.count() == 1, "both drawings are told"
        assert charts.first.get_attribute("aria-describedby") == "wide-text"
        levels = page.eval_on_selector_all(
            "h1, h2, h3, h4, h5, h6", "all => all.map(one => +one.tagName[1])"
        )
        steps = [b - a for a, b in pairwise(levels)]
        assert levels[0] == 1 and max(steps) == 1, levels
        unnamed = page.eval_on_selector_all(
            "a, summary",
            "all => all.filter(e => !(e.ariaLabel || e.innerText).trim())"
            ".map(e => e.outerHTML)",
        )
        assert not unnamed


def test_print(boards: dict[str, Path], chromium: Browser) -> None:
    """On paper everything is unfolded, dark on white, with every task to be seen."""
    with look.window(chromium, "desktop") as window:
        page = window.new_page()
        page.emulate_media(color_scheme="dark")
        page.goto(boards["real"].as_uri())
        hidden = page.locator(".week:not([open])")
        assert hidden.count() == 1, "nothing is folded, so this shows nothing"
        page.emulate_media(media="print", color_scheme="dark")
        shown = page.eval_on_selector_all(
            "#plan .tasks a",
            "all => all.filter(e => e.getBoundingClientRect().height > 5"
            " && e.checkVisibility({contentVisibilityAuto: true})).length",
        )
        assert shown == 18
        colours = page.evaluate(
            "() => { const s = getComputedStyle(document.documentElement);"
            " return [s.backgroundColor, s.color]; }"
        )
        assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1]
        paper = page.pdf(prefer_css_page_size=True)
        pages = len(re.findall(rb"/Type\s*/Page\b", paper))
        assert paper.startswith(b"%PDF") and 3 <= pages <= 10


BOXES = """
query => [...document.querySelectorAll('.chart.narrow ' + query)].map(e => {
    const b = e.getBoundingClientRect();
    return [b.left, b.top, b.right, b.bottom, e.textContent];
})
"""


@pytest.mark.parametrize("name", ["first-day", "real", "ahead", "finished"])
def test_the_chart_on_a_phone(
    boards: dict[str, Path], name: str, chromium: Browser
) -> None:
    """Its text is at least 12 pixels high, and no label lies on anything's way."""
    with look.window(chromium, "phone") as window:
        page = window.new_page()
        page.goto(boards[name].as_uri())
        labels = page.evaluate(BOXES, "text")
        leads = page.evaluate(BOXES, "line.lead")
        assert len(labels) > 6
        assert len(leads) == (2 if name in ("real", "ahead") else 1)
        for number, a in enumerate(labels):
            assert a[3] - a[1] >= 12 and a[0] >= 0 and a[2] <= 390
            for b in labels[number + 1 :] + leads:
                apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
                assert apart, f"{a[4]!r} lies on {b[4] or 'a line'!r}: {a} {b}"
