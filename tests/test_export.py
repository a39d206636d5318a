"""`path.py export`: the calendar, the table, and where they are written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject

from tests.common import Bake
from tests.path_fixture import SLUGS, TASKS_MD, TITLES, Repository
from tools.examples import EXAMPLE

pytestmark = pytest.mark.only_projects(EXAMPLE)

DAY = dt.timedelta(days=1)
NAMES = {"ics": "tasks.ics", "csv": "tasks.csv", "github": "github_issues.py"}
AWKWARD = [
    "Commas, semicolons; back\\slashes: \\n \\, \\;",
    '"Quotes" \'and\' "more',
    "two\nlines\r\nBEGIN:VEVENT\r\nand\ta tab",
    "é \U0001f98a " + "long and wide, ありがとう, " * 12,
    "=HYPERLINK(A1)",
    "\x1b[31mred\x07 \ud800",
]


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A learner's repository, its first commit of 20 November 2026."""
    made = Repository(tmp_path / "blog")
    git(made.root, "init", "-q", "-b", "main")
    commit(made, "2026-11-20")
    return made


def git(root: Path, *words: str, **env: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(
        ["git", *identity, *words], cwd=root, check=True, env=os.environ | env
    )


def commit(repo: Repository, day: str) -> None:
    when = f"{day}T21:00:00+0100"
    git(repo.root, "add", "-A")
    dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    git(repo.root, "commit", "-q", "-m", "Work", "--allow-empty", **dates)


def export(repo: Repository, form: str, *words: str) -> bytes:
    """What an export writes into its usual file."""
    done = repo.run("export", form, *words)
    assert done.returncode == 0, done.stderr
    return (repo.root / NAMES[form]).read_bytes()


def refused(repo: Repository, *words: str, **options: Any) -> str:
    """What a run says that ends with one sentence and writes nothing."""
    before = {file: file.stat().st_mtime_ns for file in repo.root.rglob("*")}
    done = repo.run("export", *words, **options)
    assert (done.returncode, done.stdout) == (1, ""), done.stdout
    after = {file: file.stat().st_mtime_ns for file in repo.root.rglob("*")}
    cached = {file for file in after if "__pycache__" in file.parts}
    assert {f: t for f, t in after.items() if f not in cached and f.is_file()} == {
        f: t for f, t in before.items() if f not in cached and f.is_file()
    }
    return " ".join(done.stderr.split())


# ------------------------------------------------------------------------ the calendar


class Events:
    """A calendar, held against RFC 5545 and read by two libraries that must agree."""

    def __init__(self, data: bytes) -> None:
        check_lines(data)
        self.calendar = icalendar.Calendar.from_ical(data)
        for part in self.calendar.walk():
            assert not part.errors, part.errors
        assert self.calendar["PRODID"] and self.calendar["VERSION"] == "2.0"
        assert "METHOD" not in self.calendar
        self.rows = {str(event["UID"]): event for event in self.calendar.events}
        assert len(self.rows) == len(self.calendar.events) > 0
        for event in self.calendar.events:
            check_event(event)
        second = vobject.readOne(data.decode())
        second.validate(raiseException=True)
        self.seen = {event.uid.value: event for event in second.vevent_list}
        assert self.seen.keys() == self.rows.keys()
        for uid, event in self.seen.items():
            assert event.summary.value == str(self.rows[uid]["SUMMARY"])
            assert event.dtstart.value == self.rows[uid]["DTSTART"].dt

    def of(self, slug: str) -> tuple[str, list[str]]:
        """An event's summary, and all the days it is on, as vobject counts them."""
        (uid,) = (uid for uid in self.rows if uid.startswith(f"blog.{slug}."))
        event = self.seen[uid]
        start = event.dtstart.value
        assert event.dtend.value - start == DAY
        rules = event.getrruleset(addRDate=True)
        days = [day.date() for day in rules] if rules else [start]
        return event.summary.value, [f"{day:%d %b}" for day in days]

    @property
    def slugs(self) -> list[str]:
        """What the events are of, in the order of the file."""
        return [uid.split(".", 1)[1].rpartition(".")[0] for uid in self.rows]


def check_lines(data: bytes) -> None:
    """Lines end with CRLF, are at most 75 octets long and hold no control character."""
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert not set(data) & (set(range(32)) - {10, 13})
    assert data.replace(b"\r\n ", b"").decode()


def check_event(event: icalendar.Event) -> None:
    """What RFC 5545 asks of an event, and what an all-day task needs besides."""
    once = "UID DTSTAMP DTSTART DTEND SUMMARY DESCRIPTION SEQUENCE LAST-MODIFIED"
    for name in f"{once} TRANSP STATUS".split():
        assert not isinstance(event[name], list), name
    assert event["DTSTAMP"].dt.tzinfo is dt.UTC or event["DTSTAMP"].dt.utcoffset() == (
        dt.timedelta(0)
    )
    for name in ("DTSTART", "DTEND"):
        assert event[name].params["VALUE"] == "DATE"
    assert event["DTEND"].dt > event["DTSTART"].dt
    assert 0 <= event["SEQUENCE"] < 2**31
    assert event["TRANSP"] == "TRANSPARENT"
    if "RRULE" in event:
        assert event["RRULE"]["COUNT"][0] > 1


def test_each_task_is_on_the_days_it_is_worked_on(repo: Repository) -> None:
    events = Events(export(repo, "ics"))
    assert events.slugs == [*SLUGS, "milestone.1"]
    assert events.of("diagram") == ("1. Draw the entities (1.5 h)", ["20 Nov"])
    # Over a weekend; then into the next day.
    assert events.of("post-model")[1] == ["20 Nov", "23 Nov"]
    assert events.of("post-list")[1] == ["23 Nov", "24 Nov"]
    assert events.of("own-tests")[1] == ["26 Nov"]
    assert events.of("milestone.1") == ("Milestone: The blog", ["26 Nov"])
    event = events.rows[next(uid for uid in events.rows if "post-list" in uid)]
    assert event.categories == ["Feature development", "views", "templates"]
    text = str(event["DESCRIPTION"])
    assert "Feature development, 2 hours\nMilestone: The blog\n" in text
    assert "Page: tasks/03-post-list.md\nOn Mon 23 Nov, Tue 24 Nov.\n" in text
    assert text.endswith("When it works: python path.py check post-list")
    last = events.rows[next(uid for uid in events.rows if "milestone" in uid)]
    assert str(last["DESCRIPTION"]) == (
        "Readers find the posts.\nCheckpoint: The list of posts, shown to a friend."
    )


def test_uneven_days_are_kept(repo: Repository) -> None:
    """A Friday and the next week's first three days: no rule but its exceptions."""
    repo.write("TASKS.md", TASKS_MD.replace("· 2.5 h\n", "· 1 h\n"))
    events = Events(export(repo, "ics"))
    assert events.of("diagram")[1] == ["20 Nov", "23 Nov"]
    assert events.of("post-model")[1] == ["20 Nov", "23 Nov", "24 Nov", "25 Nov"]
    assert b"EXDATE;VALUE=DATE:20261121,20261122\r\n" in export(repo, "ics")


def test_a_baked_plan_has_the_days_that_its_tasks_md_says(bake: Bake) -> None:
    """TASKS.md lists each task under each of its days, and the weeks."""
    folder = bake(project=EXAMPLE, start_date="2026-11-25", days_per_week="6")
    days: dict[int, list[str]] = {}
    weeks: dict[int, str] = {}
    week = day = ""
    for line in (folder / "TASKS.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"## Week (\d+)", line):
            week = found[1]
        elif found := re.match(r"### Day \d+ · \w+ (\d+ \w+)", line):
            day = f"{found[1]:>06}"
        elif found := re.match(r"- (?:\[ \] \*\*|go on with task )(\d+)", line):
            days.setdefault(int(found[1]), []).append(day)
            weeks.setdefault(int(found[1]), week)
    done = {
        form: subprocess.run(
            [sys.executable, "path.py", "export", form, "-o", "-"],
            cwd=folder,
            capture_output=True,
            check=True,
        ).stdout
        for form in ("ics", "csv")
    }
    events = Events(done["ics"])
    rows = table(done["csv"])
    assert len(rows) == len(days) > 10
    slugs = events.slugs[: len(rows)]
    assert {n: events.of(slug)[1] for n, slug in enumerate(slugs, 1)} == days
    assert {int(row["Number"]): row["Week"] for row in rows} == weeks


def test_a_task_that_is_done_has_the_day_it_was_done(repo: Repository) -> None:
    repo.tick("post-model")
    commit(repo, "2026-11-21")
    events = Events(export(repo, "ics"))
    assert events.of("post-model") == (
        "✓ 2. Write the model of a post (2 h)",
        ["21 Nov"],
    )
    assert events.of("milestone.1")[0] == "Milestone: The blog"
    repo.tick(*SLUGS)
    commit(repo, "2026-11-28")
    events = Events(export(repo, "ics"))
    assert events.of("post-model")[1] == ["21 Nov"]
    assert events.of("own-tests")[1] == ["28 Nov"]
    assert events.of("milestone.1") == ("✓ Milestone: The blog", ["28 Nov"])


def test_tasks_done_before_the_start_are_no_entries(tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.tick("diagram", "post-model")
    git(repo.root, "init", "-q", "-b", "main")
    commit(repo, "2026-11-20")
    events = Events(export(repo, "ics"))
    assert events.slugs == [*SLUGS[2:], "milestone.1"]


def test_a_second_import_changes_the_entries_that_are_there(repo: Repository) -> None:
    """A calendar keeps an entry by its UID, and takes the higher SEQUENCE."""
    first = Events(export(repo, "ics"))
    repo.write("TASKS.md", TASKS_MD.replace("23 Nov", "25 Nov").replace("25 Nov · 2.5 "
               "h\n\n- [ ] **5", "27 Nov · 2.5 h\n\n- [ ] **5"))  # fmt: skip
    repo.tick("diagram")
    later = (repo.root / "TASKS.md").stat().st_mtime + 60
    os.utime(repo.root / "TASKS.md", (later, later))
    second = Events(export(repo, "ics"))
    assert second.rows.keys() == first.rows.keys()
    assert first.of("post-list")[1] != second.of("post-list")[1]
    for uid, event in second.rows.items():
        assert event["SEQUENCE"] >= first.rows[uid]["SEQUENCE"] + 60
        for name in ("DTSTAMP", "LAST-MODIFIED"):
            assert event[name].dt > first.rows[uid][name].dt


def test_a_commit_that_moves_a_day_is_a_later_revision(repo: Repository) -> None:
    """A tick that is saved on one day and committed on the next has the next."""
    repo.tick("diagram")
    os.utime(repo.root / "TASKS.md", (1795428000, 1795428000))
    first = Events(export(repo, "ics"))
    commit(repo, "2027-11-25")
    second = Events(export(repo, "ics"))
    assert first.of("diagram")[1] != second.of("diagram")[1] == ["25 Nov"]
    for uid, event in second.rows.items():
        assert event["SEQUENCE"] > first.rows[uid]["SEQUENCE"]


@pytest.mark.parametrize("form", NAMES)
def test_two_exports_of_one_state_are_the_same_bytes(
    repo: Repository, form: str
) -> None:
    repo.tick("diagram")
    first = export(repo, form)
    env = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    done = subprocess.run(
        repo.command("--today", "2027-03-01", "export", form, "-o", "-"),
        cwd=repo.root.parent,
        env=repo.environ(**env),
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (first, b"")


def test_an_entry_is_known_again_in_another_folder_and_clone(
    repo: Repository, tmp_path: Path
) -> None:
    first = Events(export(repo, "ics"))
    repo.root = repo.root.rename(tmp_path / "renamed")
    assert Events(export(repo, "ics")).rows.keys() == first.rows.keys()
    # A history that was begun on GitHub, with a README, and is merged.
    git(repo.root, "checkout", "-q", "--orphan", "theirs")
    git(repo.root, "commit", "-q", "-m", "Initial commit", "--allow-empty",
        GIT_COMMITTER_DATE="2026-11-19T10:00:00Z")  # fmt: skip
    git(repo.root, "checkout", "-q", "-f", "main")
    git(repo.root, "merge", "-q", "--allow-unrelated-histories", "-m", "M", "theirs")
    assert Events(export(repo, "ics")).rows.keys() == first.rows.keys()
    git(tmp_path, "clone", "-q", str(repo.root), "clone")
    repo.root = tmp_path / "clone"
    assert Events(export(repo, "ics")).rows.keys() == first.rows.keys()


def test_two_repositories_of_one_project_do_not_share_entries(
    repo: Repository, tmp_path: Path
) -> None:
    first = Events(export(repo, "ics"))
    other = Repository(tmp_path / "other")
    without = Events(export(other, "ics"))
    git(other.root, "init", "-q", "-b", "main")
    commit(other, "2026-11-21")
    second = Events(export(other, "ics"))
    assert not first.rows.keys() & second.rows.keys()
    assert len(without.rows) == len(second.rows)


def test_a_shallow_clone_is_refused(repo: Repository, tmp_path: Path) -> None:
    commit(repo, "2026-11-21")
    git(tmp_path, "clone", "-q", "--depth", "1", repo.root.as_uri(), "shallow")
    repo.root = tmp_path / "shallow"
    assert "git fetch --unshallow" in refused(repo, "ics")


def test_without_git_there_is_a_calendar(repo: Repository) -> None:
    shutil.rmtree(repo.root / ".git")
    done = repo.run("export", "ics", env={"PATH": str(repo.root)})
    assert (done.returncode, done.stderr) == (0, "")
    events = Events((repo.root / "tasks.ics").read_bytes())
    assert "blog.diagram@djangopath" in events.rows


OTHER_OWNER = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}


def test_an_entry_keeps_the_identity_that_the_bake_gave_it(
    repo: Repository, tmp_path: Path
) -> None:
    """Whatever becomes of the history, and of Git: a second import doubles nothing."""
    start = json.dumps({"id": "0123456789abcdef", "done": []})
    repo.write(".path/start.json", start)
    first = Events(export(repo, "ics")).rows.keys()
    assert "blog.diagram.0123456789abcdef@djangopath" in first
    commit(repo, "2026-11-21")
    for env in ({"PATH": str(repo.root)}, OTHER_OWNER):
        done = repo.run("export", "ics", env=env)
        assert done.returncode == 0
        assert " ".join(done.stderr.split()).startswith("Git cannot say when tasks")
        data = (repo.root / "tasks.ics").read_bytes()
        assert Events(data).rows.keys() == first
    git(tmp_path, "clone", "-q", "--depth", "1", repo.root.as_uri(), "shallow")
    repo.root = tmp_path / "shallow"
    assert Events(export(repo, "ics")).rows.keys() == first
    shutil.rmtree(repo.root / ".git")
    assert Events(export(repo, "ics")).rows.keys() == first
    git(repo.root, "init", "-q", "-b", "main")
    commit(repo, "2026-11-25")
    assert Events(export(repo, "ics")).rows.keys() == first


def test_an_older_bake_needs_git_to_know_its_entries_again(repo: Repository) -> None:
    """A failure of Git is no other repository: its entries would be there twice."""
    first = Events(export(repo, "ics")).rows.keys()
    said = refused(repo, "ics", env=OTHER_OWNER)
    assert "By that commit a calendar knows its entries again" in said
    assert f"detected dubious ownership in repository at '{repo.root}'" in said
    assert "git config --global --add safe.directory" in said
    said = refused(repo, "ics", env={"PATH": str(repo.root)})
    assert "it is not on this machine" in said
    # Moved into a folder, with all that is in it.
    listed = ["git", "ls-files", "-z"]
    run = subprocess.run(listed, cwd=repo.root, capture_output=True, check=True)
    for name in run.stdout.decode().split("\0")[:-1]:
        (repo.root / "moved" / name).parent.mkdir(parents=True, exist_ok=True)
        git(repo.root, "mv", name, f"moved/{name}")
    git(repo.root, "commit", "-q", "-m", "Move")
    repo.root = repo.root / "moved"
    assert Events(export(repo, "ics")).rows.keys() == first


def test_awkward_titles_are_text_in_a_calendar(repo: Repository) -> None:
    rename(repo)
    events = Events(export(repo, "ics"))
    assert len(events.rows) == 7
    shown = [str(event["SUMMARY"]) for event in events.rows.values()][:6]
    for number, (title, slug) in enumerate(zip(AWKWARD[:5], SLUGS, strict=False), 1):
        wanted = f"{number}. {' '.join(title.split())} ({TITLES[slug][1]:g} h)"
        assert shown[number - 1] == wanted
    assert shown[5] == "6. [31mred ? (1.5 h)"


def rename(repo: Repository) -> None:
    """Gives the tasks awkward titles."""
    file = repo.root / ".path/project.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    for task, title in zip(data["tasks"], AWKWARD, strict=True):
        task["title"] = title
    file.write_text(json.dumps(data), encoding="utf-8")


def test_open_tasks_without_a_date_are_named(repo: Repository) -> None:
    head, _, rest = TASKS_MD.partition("### Day 5")
    repo.write("TASKS.md", f"{head}### Later\n{rest.partition(chr(10))[2]}")
    done = repo.run("export", "ics")
    assert done.returncode == 0
    said = " ".join(done.stderr.split())
    assert said == "Left out, because TASKS.md gives them no date: own-tests."
    assert "own-tests" not in Events((repo.root / "tasks.ics").read_bytes()).slugs


def test_a_plan_without_dates_makes_no_calendar(repo: Repository) -> None:
    repo.write("TASKS.md", TASKS_MD.replace("Day", "Tag"))
    assert "python path.py plan" in refused(repo, "ics")


# --------------------------------------------------------------------------- the table


def table(data: bytes) -> list[dict[str, str]]:
    """The rows of the table, read as a spreadsheet reads them."""
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\xef\xbb\xbf") == 1
    text = data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert {len(row) for row in rows} == {13}
    assert text.count("\r\n") == len(rows)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_a_row_a_task(repo: Repository) -> None:
    repo.tick("diagram", "post-model")
    commit(repo, "2026-11-22")
    rows = table(export(repo, "csv"))
    assert [row["Task"] for row in rows] == [TITLES[slug][0] for slug in SLUGS]
    assert [row["Number"] for row in rows] == list("123456")
    assert [row["Status"] for row in rows] == ["Done"] * 2 + ["Next"] + ["To do"] * 3
    assert [row["Week"] for row in rows] == list("112222")
    assert [row["Done on"] for row in rows] == ["2026-11-22"] * 2 + [""] * 4
    assert rows[2] == {
        "Task": "Show the published posts",
        "Number": "3",
        "Week": "2",
        "Date": "2026-11-23",
        "Due": "2026-11-24",
        "Hours": "2",
        "Phase": "Feature development",
        "Milestone": "The blog",
        "Status": "Next",
        "Done on": "",
        "Topics": "views, templates",
        "Requirements": "FR-1, NFR-1",
        "Page": "tasks/03-post-list.md",
    }


def test_a_task_without_a_date_has_empty_cells(repo: Repository) -> None:
    repo.write("TASKS.md", TASKS_MD.replace("Day", "Tag"))
    rows = table(export(repo, "csv"))
    assert len(rows) == 6
    assert {(row["Week"], row["Date"], row["Due"]) for row in rows} == {("", "", "")}


def test_no_cell_is_a_formula(repo: Repository) -> None:
    rename(repo)
    rows = table(export(repo, "csv"))
    titles = [row["Task"] for row in rows]
    assert titles[:4] == [" ".join(title.split()) for title in AWKWARD[:4]]
    assert titles[4] == "'=HYPERLINK(A1)"
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


# ------------------------------------------------------------------------ where it goes


@pytest.mark.parametrize("form", NAMES)
def test_the_usual_file_is_written_whole_and_ignored_by_git(
    repo: Repository, form: str, tmp_path: Path
) -> None:
    shutil.copy(
        Path(__file__).parent.parent / "{{cookiecutter.project_slug}}/.gitignore",
        repo.root,
    )
    done = repo.run("export", form, cwd=tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert " ".join(done.stdout.split()).startswith(f"{NAMES[form]}: 6 tasks, 0 of")
    file = repo.root / NAMES[form]
    if sys.platform != "win32":
        mask = os.umask(0)
        os.umask(mask)
        assert file.stat().st_mode & 0o777 == 0o666 & ~mask
    ignored = ["git", "check-ignore", "-q", NAMES[form]]
    subprocess.run(ignored, cwd=repo.root, check=True)
    left = [path.name for path in repo.root.glob(".*.tmp")]
    assert left == []


@pytest.mark.parametrize("form", NAMES)
def test_an_earlier_export_is_replaced_and_nothing_else(
    repo: Repository, form: str, tmp_path: Path
) -> None:
    first = export(repo, form)
    repo.tick("diagram")
    assert export(repo, form) != first
    repo.write("mine.txt", "My own words.\n")
    for name in ("mine.txt", "TASKS.md", "path.py", os.devnull):
        assert "stays as it is" in refused(repo, form, "-o", name, cwd=repo.root)
    other = next(name for key, name in NAMES.items() if key != form)
    repo.run("export", next(key for key in NAMES if NAMES[key] == other))
    assert "stays as it is" in refused(repo, form, "-o", other, cwd=repo.root)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(repo: Repository, tmp_path: Path) -> None:
    export(repo, "ics")
    real = (repo.root / "tasks.ics").rename(tmp_path / "real.ics")
    (repo.root / "tasks.ics").symlink_to(real)
    repo.tick("diagram")
    data = export(repo, "ics")
    assert (repo.root / "tasks.ics").is_symlink() and real.read_bytes() == data


@pytest.mark.parametrize("form", NAMES)
def test_a_place_that_cannot_be_written_is_a_sentence(
    repo: Repository, form: str
) -> None:
    (repo.root / "folder").mkdir()
    said = refused(repo, form, "-o", "folder")
    assert f"-o {Path('folder', NAMES[form])}" in said
    assert "There is no folder" in refused(repo, form, "-o", "none/such/file")
    assert "There is no folder" in refused(repo, form, "-o", "mine.txt/file")
    assert "was not written" in refused(repo, form, "-o", "x" * 300)
    assert "is a folder" in refused(repo, form, "-o", "")
    if sys.platform == "linux":
        assert "was not written" in refused(repo, form, "-o", "/proc/tasks")


@pytest.mark.parametrize("form", NAMES)
def test_a_read_only_file_stays(repo: Repository, form: str) -> None:
    before = export(repo, form)
    file = repo.root / NAMES[form]
    file.chmod(0o444)
    if os.access(file, os.W_OK):
        pytest.skip("nothing is read-only to this user")
    repo.tick("diagram")
    assert "read-only" in refused(repo, form)
    assert file.read_bytes() == before


# Each is what an editor, a merge, a half-saved file or a hand can make of TASKS.md.
DISREPAIR = {
    "empty": b"",
    "binary": bytes(range(256)) * 40,
    "utf-16": TASKS_MD.encode("utf-16"),
    "windows line ends": TASKS_MD.replace("\n", "\r\n").encode(),
    "half": TASKS_MD[: len(TASKS_MD) // 2].encode(),
    "conflict": TASKS_MD.replace("### Day 3", "<<<<<<< HEAD\n### Day 3").encode(),
    "no such date": TASKS_MD.replace("24 Nov", "31 Feb").encode(),
    "the same day twice": TASKS_MD.replace("24 Nov", "23 Nov").encode(),
    "days in reverse": TASKS_MD.replace("23 Nov", "27 Nov").encode(),
    "the end of time": TASKS_MD.replace("20 Nov 2026", "30 Dec 9999")
    .replace("Fri 20 Nov", "30 Dec")
    .replace("23 Nov", "31 Dec")
    .encode(),
    "the beginning of time": TASKS_MD.replace("2026", "0001").encode(),
    "no hours": TASKS_MD.replace("2.5 h", "0 h").encode(),
    "tasks twice": (TASKS_MD + TASKS_MD).encode(),
    "one line": TASKS_MD.split("\n")[8].encode(),
}


@pytest.mark.parametrize("name", DISREPAIR)
def test_tasks_md_in_disrepair(repo: Repository, name: str) -> None:
    """A file that readers accept, or a sentence and no file."""
    repo.write("TASKS.md", DISREPAIR[name])
    for form in NAMES:
        done = repo.run("export", form)
        file = repo.root / NAMES[form]
        assert file.exists() == (done.returncode == 0)
        if done.returncode:
            assert done.returncode == 1 and done.stderr.strip() and not done.stdout
        elif form == "ics":
            Events(file.read_bytes())
        elif form == "csv":
            assert len(table(file.read_bytes())) == 6
        else:
            compile(file.read_bytes(), "github_issues.py", "exec")
    assert (repo.root / "TASKS.md").read_bytes() == DISREPAIR[name]


@pytest.mark.parametrize("form", NAMES)
def test_what_is_lost_or_damaged_is_a_sentence(repo: Repository, form: str) -> None:
    project = repo.root / ".path/project.json"
    data = json.loads(project.read_text(encoding="utf-8"))
    for damage in (
        {"milestones": None},
        {"milestones": [{}]},
        {"tasks": [{**task, "topics": None} for task in data["tasks"]]},
    ):
        project.write_text(json.dumps(data | damage), encoding="utf-8")
        assert "git checkout -- .path/project.json" in refused(repo, form)
    project.write_text(json.dumps(data), encoding="utf-8")
    tasks = repo.root / "TASKS.md"
    tasks.unlink()
    assert "TASKS.md is missing" in refused(repo, form)
    tasks.mkdir()
    assert "TASKS.md" in refused(repo, form)
