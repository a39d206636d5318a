"""path.py, run as a process in a small made-up repository, as a learner runs it."""

from __future__ import annotations

import ctypes
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from djangopath import catalogue
from tests.path_fixture import (
    HERE,
    NOT_YET,
    PAGE,
    SKELETON,
    SLUGS,
    TASKS_MD,
    VIEW,
    Repository,
    load_parts,
    make_real,
    packed,
    result_of,
    task_data,
)
from tools import environments
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """A learner's repository, nothing done."""
    return Repository(tmp_path)


task_lines, plan_days, projects = load_parts(
    SKELETON, "task_lines", "plan_days", "project"
)


def line_of(number: int, slug: str, box: str = " ") -> str:
    """A task's line as the bake writes it."""
    data = task_data(number, slug)
    return (
        f"- [{box}] **{number}. {data['title']}** · {data['hours']:g} h · "
        f"{data['phase']} · [{data['page']}]({data['page']})"
    )


def one_byte_apart(before: bytes, after: bytes) -> bool:
    """Whether exactly one byte became an x."""
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    return changed == [(ord(" "), ord("x"))]


# ------------------------------------------------------------------------------- status


def test_status_says_where_the_learner_is(repo: Repository) -> None:
    repo.tick("diagram", "post-model")
    result = repo.run("--today", "2026-11-24")
    assert result.returncode == 0
    assert result.stdout.splitlines() == [
        "Personal Blog",
        "",
        "  ━━━━━━━━──────────────────────",
        "  2 of 6 tasks · 3.5 of 12.5 h · 9 h left",
        "  Day 3 of 5, on plan",
        "",
        "  Next    3. Show the published posts · 2 h · Feature development",
        "          tasks/03-post-list.md",
        "",
        "  Read    python path.py next",
        "  Check   python path.py check",
        "  Hint    python path.py hint",
    ]


@pytest.mark.parametrize(
    ("today", "done", "sentence"),
    [
        ("2026-11-01", 0, "The plan starts on Fri 20 Nov"),
        ("2026-11-01", 1, "The plan starts on Fri 20 Nov, one day ahead"),
        ("2026-11-20", 0, "Day 1 of 5, on plan"),
        # The second task begins on day 1 and runs over into day 2.
        ("2026-11-23", 1, "Day 2 of 5, on plan"),
        ("2026-11-22", 0, "A day off, after day 1 of 5, one day behind"),
        ("2026-11-24", 0, "Day 3 of 5, two days behind"),
        (
            "2026-11-24",
            5,
            "Day 3 of 5, one day ahead; "
            "at your pace you finish on Wed 25 Nov instead of Thu 26 Nov",
        ),
        (
            "2026-12-24",
            5,
            "The plan ended on Thu 26 Nov, 20 days behind; "
            "at your pace you finish on Tue 29 Dec instead of Thu 26 Nov",
        ),
    ],
)
def test_status_knows_the_pace(
    repo: Repository, today: str, done: int, sentence: str
) -> None:
    repo.tick(*SLUGS[:done])
    lines = repo.run("--today", today, env={"COLUMNS": "88"}).stdout.splitlines()
    end = lines.index("", 3)
    assert " ".join(line.strip() for line in lines[4:end]) == sentence


def test_a_plan_over_new_year(repo: Repository) -> None:
    text = TASKS_MD.replace("Fri 20 Nov 2026", "Thu 31 Dec 2026")
    for number, old, new in [
        (1, "Fri 20 Nov", "Thu 31 Dec"),
        (2, "Mon 23 Nov", "Fri 1 Jan"),
        (3, "Tue 24 Nov", "Mon 4 Jan"),
        (4, "Wed 25 Nov", "Tue 5 Jan"),
        (5, "Thu 26 Nov", "Wed 5 Jan"),  # 2028, after a long break
    ]:
        text = text.replace(f"Day {number} · {old}", f"Day {number} · {new}")
    repo.write("TASKS.md", text)
    assert "Day 3 of 5" in repo.run("--today", "2027-01-04").stdout
    assert "A day off, after day 4 of 5" in repo.run("--today", "2027-06-01").stdout


@pytest.mark.parametrize(
    "spoil",
    [
        ("starts Fri 20 Nov 2026", "starts soon"),
        ("starts Fri 20 Nov 2026", "starts Fri 31 Nov 2026"),
        ("Day 3 · Tue 24 Nov", "Day 3 · Tue 24 Abc"),
        ("### Day", "### Tag"),
    ],
)
def test_unreadable_dates_leave_the_pace_out(
    repo: Repository, spoil: tuple[str, str]
) -> None:
    repo.write("TASKS.md", TASKS_MD.replace(*spoil))
    result = repo.run()
    assert result.returncode == 0
    assert "plan" not in result.stdout
    assert "0 of 6 tasks" in result.stdout


def test_status_when_all_is_done(repo: Repository) -> None:
    repo.tick(*SLUGS)
    result = repo.run()
    assert result.returncode == 0
    assert "━" * 30 in result.stdout
    assert "6 of 6 tasks · 12.5 of 12.5 h · nothing left" in result.stdout
    assert "Every task is done, all 6 of them" in result.stdout
    assert "!" not in result.stdout
    for command in ("next", "check", "hint"):
        result = repo.run(command)
        assert result.returncode == 0
        assert "python path.py check --all" in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.rstrip(b"\n"),
        lambda text: b"# \xe9t\xe9\n- [x] mine\n" + text + b"\n- [ ] caf\xe9",
        lambda text: b"\n".join(sorted(text.split(b"\n"), reverse=True)),
        lambda text: text.replace(b"- [", b"  > * [").replace(b"[x]", b"[X]"),
    ],
    ids=["crlf", "cr", "bom", "no-final-newline", "latin-1", "reordered", "quoted"],
)
def test_any_shape_of_tasks_md_works(repo: Repository, change: object) -> None:
    assert callable(change)
    before = change(repo.tick("diagram", "post-model"))
    repo.write("TASKS.md", before)
    result = repo.run()
    assert result.returncode == 0
    assert "2 of 6 tasks" in result.stdout
    assert "tasks/03-post-list.md" in result.stdout
    assert repo.run("check").returncode == 0
    assert one_byte_apart(before, repo.tasks)
    assert (
        task_lines.ticked(repo.tasks)[2:]
        or task_lines.ticked(repo.tasks)[0] == "post-list"
    )
    assert set(task_lines.ticked(repo.tasks)) == {"diagram", "post-model", "post-list"}


def test_a_bom_before_a_task_line(repo: Repository) -> None:
    before = b"\xef\xbb\xbf" + repo.tasks[repo.tasks.index(b"- [ ]") :]
    repo.write("TASKS.md", before)
    assert repo.run("check", "diagram").returncode == 0
    assert one_byte_apart(before, repo.tasks)


def test_status_imports_neither_rich_console_nor_subprocess(repo: Repository) -> None:
    code = (
        "import sys, runpy\nsys.argv = ['path.py']\n"
        "try: runpy.run_path('path.py', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "late = {'rich.console', 'subprocess', 'filelock', 'difflib', 'tempfile'}\n"
        "print(sorted(late & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repo.root,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.stderr.strip() == "[]"


# --------------------------------------------------------------------- TASKS.md is gone


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "TASKS.md is missing"),
        (b"", "TASKS.md is empty"),
        (b"\r\n \n", "TASKS.md is empty"),
        (b"# My own list\n- [x] bread\n", "TASKS.md has no line for"),
        (TASKS_MD.encode("utf-16"), "TASKS.md is saved as UTF-16"),
    ],
)
@pytest.mark.parametrize("command", ["", "next", "check", "check 3", "check --all"])
def test_tasks_md_lost(
    repo: Repository, text: bytes | None, what: str, command: str
) -> None:
    if text is None:
        (repo.root / "TASKS.md").unlink()
    else:
        repo.write("TASKS.md", text)
    result = repo.run(*command.split())
    assert result.returncode == 1
    assert what in result.stderr
    assert "git checkout -- TASKS.md" in result.stderr
    assert "git log -- TASKS.md" in result.stderr
    assert line_of(3, "post-list") in result.stderr.splitlines()
    assert not (repo.root / "runs.txt").exists()
    assert (repo.tasks if text is not None else None) == text


def test_one_line_lost(repo: Repository) -> None:
    text = TASKS_MD.replace(line_of(3, "post-list") + "\n", "")
    repo.write("TASKS.md", text)
    result = repo.run("check", "post-list")
    assert result.returncode == 1
    assert "TASKS.md has no line for post-list" in result.stderr
    assert line_of(3, "post-list") in result.stderr.splitlines()
    status = repo.run()
    assert status.returncode == 1
    assert "0 of 6 tasks" in status.stdout
    assert line_of(3, "post-list") in status.stderr.splitlines()
    assert repo.run("show", "post-list").returncode == 0
    assert repo.tasks == text.encode()
    # The printed line is one that path.py takes.
    repo.write("TASKS.md", text + "\n" + line_of(3, "post-list"))
    assert repo.run("check", "post-list").returncode == 0


def test_a_line_that_goes_while_the_test_runs(repo: Repository) -> None:
    repo.write(
        "acceptance/__main__.py",
        (repo.root / "acceptance/__main__.py").read_text("utf-8")
        + "\nPath('TASKS.md').write_bytes(b'mine')\n",
    )
    result = repo.run("check")
    assert result.returncode == 1
    assert "passed" in result.stdout
    assert "no line for diagram" in result.stderr
    assert repo.tasks == b"mine"


def test_tasks_md_is_a_folder(repo: Repository) -> None:
    (repo.root / "TASKS.md").unlink()
    (repo.root / "TASKS.md").mkdir()
    result = repo.run("check")
    assert result.returncode == 1
    assert "TASKS.md" in result.stderr


# --------------------------------------------------------------------------- next, show


def test_next_shows_the_page_as_it_stands(repo: Repository) -> None:
    result = repo.run("next")
    assert result.returncode == 0
    assert result.stdout == PAGE.format(**task_data(1, "diagram"))


@pytest.mark.parametrize(
    "name",
    [
        "post-list",
        "Post-List",
        "post_list",
        "3",
        "03",
        "03-post-list",
        "03-post-list.md",
        "tasks/03-post-list.md",
        "./tasks/03-post-list.md",
        "tasks\\03-post-list.md",
        "acceptance/test_post_list.py",
    ],
)
def test_show_takes_any_name(repo: Repository, name: str) -> None:
    assert repo.run("show", name).stdout.startswith("# 3. Show the published posts")


@pytest.mark.parametrize("command", ["show", "check", "hint", "solution"])
@pytest.mark.parametrize(
    ("name", "offer"),
    [
        ("post-lst", "The nearest: post-list"),
        ("comment", "The nearest: comments"),
        ("99", "TASKS.md lists them"),
        ("²", "TASKS.md lists them"),
        ("", "TASKS.md lists them"),
        ("x" * 5000, "TASKS.md lists them"),
        ("../../etc/passwd", "TASKS.md lists them"),
        ("\x1b[31mred\n{{x}}", "TASKS.md lists them"),
        ("\udce9", "TASKS.md lists them"),
    ],
)
def test_an_unknown_task(repo: Repository, command: str, name: str, offer: str) -> None:
    result = repo.run(command, name)
    assert result.returncode == 1
    assert offer in " ".join(result.stderr.split())
    assert "\x1b" not in result.stderr
    assert len(result.stderr) < 300


def test_a_page_lost(repo: Repository) -> None:
    (repo.root / "tasks/03-post-list.md").unlink()
    result = repo.run("show", "3")
    assert result.returncode == 1
    assert "git checkout -- tasks/03-post-list.md" in " ".join(result.stderr.split())


# -------------------------------------------------------------------------------- check


def test_a_pass_ticks_and_says_what_comes_next(repo: Repository) -> None:
    before = repo.tick("diagram")
    result = repo.run("check")
    assert result.returncode == 0
    first, *rest = result.stdout.splitlines()
    assert first.startswith("post-model · Write the model of a post  ")
    assert first.endswith("  passed")
    assert len(first) == 80
    assert "  Ticked in TASKS.md: 2 of 6 tasks, 3.5 of 12.5 h." in rest
    assert "  Next    3. Show the published posts · 2 h · Feature development" in rest
    assert one_byte_apart(before, repo.tasks)
    runs = (repo.root / "runs.txt").read_text("utf-8")
    assert runs == "60 acceptance/test_post_model.py\n"


def test_check_of_a_ticked_task_changes_nothing(repo: Repository) -> None:
    before = repo.tick("diagram")
    result = repo.run("check", "1")
    assert result.returncode == 0
    assert "It was ticked before: 1 of 6 tasks" in result.stdout
    assert repo.tasks == before


def test_the_last_task(repo: Repository) -> None:
    repo.tick(*SLUGS[:-1])
    result = repo.run("check")
    assert result.returncode == 0
    assert "Every task is done, all 6 of them: Personal Blog" in result.stdout


def test_a_fail_is_set_out(repo: Repository) -> None:
    repo.will_fail(
        result_of("test_a", "passed"),
        result_of("test_lists_posts", notyet=NOT_YET, text="E  pytest's own words"),
        result_of("test_c", notyet=NOT_YET | {"wanted": "as few queries"}),
        result_of("test_c", notyet=NOT_YET | {"wanted": "as few queries"}),
        result_of(
            "test_d",
            "error",
            error={
                "type": "TypeError",
                "message": "bad",
                "file": "blog/views.py",
                "line": 12,
                "code": "return 1",
            },
        ),
    )
    before = repo.tasks
    result = repo.run("check", "post-list")
    assert result.returncode == 1
    heading, *rest = result.stdout.splitlines()
    assert heading == "post-list · Show the published posts" + "not yet".rjust(44)
    assert rest == [
        "",
        "  Opened  GET /posts/ as a visitor, with 3 published posts and 1 draft in the",
        "          database.",
        "  Wanted  no draft on the page (FR-2: drafts are seen by their author only).",
        '  Got     the draft "Quiet harbours" is listed.',
        "  Look    blog/views.py, post_list",
        "",
        "  and 3 more of 5 checks:",
        "    as few queries (2 checks)",
        "    blog/views.py, line 12: TypeError: bad",
        "",
        "  A hint: python path.py hint post-list",
    ]
    assert repo.tasks == before
    assert "pytest's own words" in repo.run("check", "post-list", "-v").stdout


def test_an_error_names_the_file_and_line(repo: Repository) -> None:
    error = {
        "type": "ValueError",
        "message": "no \x1b[2Jsuch thing",
        "file": "blog/models.py",
        "line": 7,
        "code": "int('x')",
    }
    repo.will_fail(result_of("test_saves_a_post", error=error))
    result = repo.run("check", "post-list")
    assert result.returncode == 1
    assert "  Check  test saves a post\n" in result.stdout
    assert "  Got    ValueError: no [2Jsuch thing\n" in result.stdout
    assert "  Line   blog/models.py, line 7: int('x')\n" in result.stdout


def test_a_fail_that_does_not_begin_with_a_verb(repo: Repository) -> None:
    told = NOT_YET | {"did": "`GET /` as ada", "look": "", "got": "a\n\nb\n" * 30}
    repo.will_fail(result_of("test_a", notyet=told))
    result = repo.run("check", "post-list")
    assert "  Did     `GET /` as ada\n" in result.stdout
    assert "          …\n" in result.stdout
    assert "Look" not in result.stdout


def test_a_ticked_task_that_fails_keeps_its_tick(repo: Repository) -> None:
    before = repo.tick("diagram")
    repo.will_fail(result_of("test_a", notyet=NOT_YET))
    result = repo.run("check", "diagram")
    assert result.returncode == 1
    assert "It is ticked in TASKS.md, and the tick stays" in result.stdout
    assert repo.tasks == before


def test_all_runs_the_ticked_tasks_at_once(repo: Repository) -> None:
    assert "No task is ticked yet" in repo.run("check", "--all").stdout
    before = repo.tick("post-list", "diagram")
    result = repo.run("check", "--all")
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.splitlines() if line] == [
        "diagram",
        "post-list",
        "2",
    ]
    assert (repo.root / "runs.txt").read_text("utf-8") == (
        "65 acceptance/test_diagram.py acceptance/test_post_list.py\n"
    )
    repo.will_fail(result_of("a", "passed", "diagram"), result_of("b", notyet=NOT_YET))
    result = repo.run("check", "--all", "-v")
    assert result.returncode == 1
    assert re.search(r"^diagram .* passed$", result.stdout, re.M)
    assert re.search(r"^post-list .* not yet$", result.stdout, re.M)
    assert "python path.py check post-list" in " ".join(result.stdout.split())
    repo.will_fail(result_of("a", "passed", "diagram"))
    assert re.search(r"^post-list .* not run$", repo.run("check", "--all").stdout, re.M)
    assert repo.tasks == before


def test_all_and_a_task(repo: Repository) -> None:
    result = repo.run("check", "--all", "post-list")
    assert result.returncode == 2
    assert "not both" in result.stderr


def test_a_crash_is_one_sentence(repo: Repository) -> None:
    crash = {
        "type": "SyntaxError",
        "message": "'(' was never closed",
        "file": "blog/views.py",
        "line": 12,
        "code": "return render(request",
    }
    repo.will(report={"outcome": "crash", "tests": [], "crash": crash})
    before = repo.tick("diagram")
    for words, heading in [
        (("check", "3"), "post-list ·"),
        (("check", "--all"), "All ticked tasks"),
    ]:
        result = repo.run(*words)
        assert result.returncode == 1
        assert result.stdout.startswith(heading)
        assert "not checked" in result.stdout
        text = " ".join(result.stdout.split())
        assert (
            "Django cannot start because of blog/views.py, line 12: "
            "SyntaxError: '(' was never closed return render(request" in text
        )
    assert repo.tasks == before


def test_a_missing_package_is_named(repo: Repository) -> None:
    crash = {
        "type": "ModuleNotFoundError",
        "message": "No module named 'taggit'",
        "file": None,
        "line": None,
        "code": "",
    }
    repo.will(report={"outcome": "crash", "tests": [], "crash": crash})
    text = " ".join(repo.run("check").stdout.split())
    assert "No module named 'taggit'" in text
    assert "python -m pip install -r requirements.txt" in text


def test_a_time_out_is_one_sentence(repo: Repository) -> None:
    crash = {
        "type": "TimeoutError",
        "message": "still running",
        "file": "blog/views.py",
        "line": 14,
        "code": "while True:",
    }
    repo.will(report={"outcome": "timeout", "tests": [], "crash": crash})
    result = repo.run("check", env={"PATH_TIMEOUT": "2.5"})
    assert result.returncode == 1
    text = " ".join(result.stdout.split())
    assert "stopped after 2.5 seconds at blog/views.py, line 14: while True:" in text
    assert (repo.root / "runs.txt").read_text("utf-8").startswith("2.5 ")


@pytest.mark.parametrize("value", ["abc", "0", "-1", "nan", "inf", "1e9", "\x1b[0m"])
def test_a_bad_time_limit(repo: Repository, value: str) -> None:
    result = repo.run("check", env={"PATH_TIMEOUT": value})
    assert result.returncode == 1
    assert "PATH_TIMEOUT is a number of seconds" in result.stderr


def test_nothing_ran(repo: Repository) -> None:
    text = "('test_a.py', 3, 'Skipped: set DEPLOYED_URL first')"
    tests = [result_of("test_a", "skipped", text=text)]
    repo.will(report={"outcome": "nothing", "tests": tests})
    before = repo.tasks
    result = repo.run("check")
    assert result.returncode == 1
    said = " ".join(result.stdout.split())
    assert said.endswith("nothing is ticked. The test says: set DEPLOYED_URL first")
    repo.will(report={"outcome": "nothing", "tests": []})
    assert "No check ran" in repo.run("check").stdout
    assert repo.tasks == before


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ({"exit": 3}, "with exit code 3"),
        ({"exit": 0}, "with exit code 0"),
        ({"exit": 3, "raw": '{"outcome": "pas'}, "with exit code 3"),
        ({"raw": "[]"}, "with exit code 0"),
        ({"raw": ""}, "with exit code 0"),
        (
            {"exit": 1, "says": "No module named pytest"},
            "python -m pip install -r requirements.txt",
        ),
    ],
)
def test_no_report(repo: Repository, plan: dict[str, object], sentence: str) -> None:
    repo.will(**plan)
    before = repo.tasks
    result = repo.run("check")
    assert result.returncode == 1
    assert sentence in " ".join(result.stderr.split())
    if "says" not in plan:
        assert "python -m pytest acceptance/test_diagram.py" in result.stderr
    assert repo.tasks == before


def test_a_test_lost(repo: Repository) -> None:
    (repo.root / "acceptance/test_diagram.py").unlink()
    result = repo.run("check")
    assert result.returncode == 1
    assert "acceptance/test_diagram.py is missing" in result.stderr


def gone(pid: int) -> bool:
    """Whether a process has ended (or waits, dead, for its parent)."""
    for _ in range(1200):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
        except OSError:
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def children(repo: Repository) -> list[int]:
    """The processes that the stand-in started, once they run."""
    file = repo.root / "pids.txt"
    for _ in range(1200):
        if file.exists() and len(file.read_text("utf-8").split()) == 2:
            return [int(pid) for pid in file.read_text("utf-8").split()]
        time.sleep(0.05)
    raise AssertionError("the runner never started")


@contextmanager
def ended_quietly(repo: Repository) -> Iterator[subprocess.Popen[bytes]]:
    """A check that hangs; what is sent to it has to end it and all it has started."""
    before = repo.tick("diagram")
    repo.will(sleep=300)
    process = subprocess.Popen(
        repo.command("check"),
        cwd=repo.root,
        env=repo.environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pids = children(repo)
    yield process
    out, err = process.communicate(timeout=60)
    assert (out + err).strip() == b""
    assert all(gone(pid) for pid in pids)
    assert repo.tasks == before


@POSIX
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_signal_ends_all_quietly(
    repo: Repository, number: signal.Signals, code: int
) -> None:
    with ended_quietly(repo) as process:
        process.send_signal(number)
    assert process.returncode == code


@POSIX
def test_signals_that_come_together_end_all_quietly(repo: Repository) -> None:
    """None of them breaks off what the first one has begun to tidy up."""
    with ended_quietly(repo) as process:
        process.send_signal(signal.SIGSTOP)
        for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT, signal.SIGHUP):
            process.send_signal(number)
        process.send_signal(signal.SIGCONT)
    assert process.returncode in (129, 130, 131, 143)


@POSIX
def test_the_outer_limit_ends_what_hangs(repo: Repository) -> None:
    text = (repo.root / ".path/checking.py").read_text("utf-8")
    begin = "        while process.poll() is None and time.monotonic() < end:\n"
    assert text.count("seconds + 10 + ") == text.count(begin) == 1
    # Its time begins when what hangs is there, however slow the machine is.
    wait = (
        "        while not (ROOT / 'pids.txt').exists():\n"
        "            time.sleep(0.01)\n"
        "        end = time.monotonic() + seconds\n"
    )
    text = text.replace("seconds + 10 + ", "seconds + 0 * ")
    text = text.replace(begin, wait + begin)
    repo.write(".path/checking.py", text)
    repo.will(sleep=300)
    result = repo.run("check", env={"PATH_TIMEOUT": "1.5"})
    assert result.returncode == 1
    assert "The check was stopped after 1.5 seconds." in result.stdout
    assert all(gone(pid) for pid in children(repo))


# ----------------------------------------------------------------------- writing a tick


def test_many_at_once_lose_no_tick(repo: Repository) -> None:
    slugs = [f"task-{letter}" for letter in "abcdefgh"]
    tasks = [task_data(1, "diagram") | {"slug": slug, "number": number,
             "page": f"tasks/{number:02}-{slug}.md"}
             for number, slug in enumerate(slugs, 1)]  # fmt: skip
    project = {"format": 1, "project": "x", "title": "X", "tasks": tasks}
    repo.write(".path/project.json", json.dumps(project))
    text = "note\r\n" + "".join(
        f"- [ ] [{slug}](tasks/{number:02}-{slug}.md) mine\r\n"
        for number, slug in enumerate(slugs, 1)
    )
    repo.write("TASKS.md", text)
    # Eight times a slow disk is no matter of this test.
    source = (repo.root / ".path/tasks_file.py").read_text("utf-8")
    assert source.count("timeout=15") == 1
    repo.write(".path/tasks_file.py", source.replace("timeout=15", "timeout=120"))
    running = [
        subprocess.Popen(
            repo.command("check", slug),
            cwd=repo.root,
            env=repo.environ(),
            stdout=subprocess.DEVNULL,
        )
        for slug in slugs
    ]
    assert [process.wait(150) for process in running] == [0] * 8
    assert repo.tasks == text.replace("[ ]", "[x]").encode()
    assert [p.name for p in repo.root.glob(".TASKS.md*")] == []


def test_a_lock_that_stays_held(repo: Repository) -> None:
    from filelock import FileLock

    text = (repo.root / ".path/tasks_file.py").read_text("utf-8")
    repo.write(".path/tasks_file.py", text.replace("timeout=15", "timeout=0.2"))
    with FileLock(repo.root / ".path/lock"):
        result = repo.run("check")
    assert result.returncode == 1
    assert "another path.py has been writing" in " ".join(result.stderr.split())
    assert repo.run("check").returncode == 0


@POSIX
def test_a_link_and_its_mode_stay(repo: Repository, tmp_path: Path) -> None:
    (repo.root / "notes").mkdir()
    real = repo.root / "notes/real.md"
    (repo.root / "TASKS.md").rename(real)
    real.chmod(0o640)
    (repo.root / "TASKS.md").symlink_to("notes/real.md")
    before = real.read_bytes()
    assert repo.run("check").returncode == 0
    assert (repo.root / "TASKS.md").is_symlink()
    assert one_byte_apart(before, real.read_bytes())
    assert real.stat().st_mode & 0o777 == 0o640


def without_overrides() -> None:
    """Lets even root obey the modes of files: drops two capabilities."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.skipif(sys.platform != "linux", reason="drops capabilities of Linux")
@pytest.mark.parametrize("locked", [".", ".path", "TASKS.md"])
def test_a_read_only_place_is_a_sentence(repo: Repository, locked: str) -> None:
    before = repo.tasks
    repo.write("runs.txt", "")  # the stand-in adds to it
    place = repo.root / locked
    mode = place.stat().st_mode
    place.chmod(mode & ~0o222)
    try:
        result = repo.run("check", preexec_fn=without_overrides)
        hint = repo.run("hint", preexec_fn=without_overrides)
    finally:
        place.chmod(mode)
    if result.returncode == 0:
        pytest.skip("this user may write everywhere")
    assert result.returncode == 1
    text = " ".join(result.stderr.split())
    assert "diagram passed, but it could not be ticked" in text
    assert "TASKS.md is as it was" in text
    assert repo.tasks == before
    assert hint.returncode == 0
    assert ("cannot be kept" in hint.stderr) == (locked == ".path")


# ----------------------------------------------------------------------- hint, solution


def test_hints_come_one_by_one(repo: Repository) -> None:
    first = repo.run("hint")
    assert first.stdout.splitlines() == [
        "diagram · Draw the entities",
        "",
        "Hint 1 of 3",
        "",
        "Which way, diagram?",
        "",
        "One more: python path.py hint diagram",
    ]
    assert "Hint 2 of 3" in repo.run("hint", "1").stdout
    third = repo.run("hint", "diagram").stdout
    assert "Hint 3 of 3" in third
    assert "Hint 2 of 3" not in third
    assert "python path.py solution diagram --peek" in third
    after = repo.run("hint").stdout
    assert re.findall(r"Hint \d of 3", after) == [f"Hint {n} of 3" for n in (1, 2, 3)]
    assert "python path.py solution diagram --peek" in after
    assert "Hint 1 of 3" in repo.run("hint", "post-list").stdout
    seen = json.loads((repo.root / ".path/hints-seen.json").read_text("utf-8"))
    assert seen == {"diagram": 3, "post-list": 1}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"diagram": "x"}', '{"diagram": -4}', "\xff", "[" * 9999]
)
def test_a_spoilt_memory_of_hints_is_none(repo: Repository, text: str) -> None:
    repo.write(".path/hints-seen.json", text.encode("latin-1"))
    result = repo.run("hint")
    assert result.returncode == 0
    assert "Hint 1 of 3" in result.stdout
    assert "Hint 2 of 3" in repo.run("hint").stdout


def test_no_hint_for_a_task(repo: Repository) -> None:
    repo.write(".path/hints.pack", packed({}))
    result = repo.run("hint")
    assert result.returncode == 1
    assert "There is no hint for diagram" in result.stderr


def test_the_solution_waits_for_the_tick(repo: Repository) -> None:
    result = repo.run("solution", "post-list")
    assert result.returncode == 1
    assert result.stdout == ""
    text = " ".join(result.stderr.split())
    assert "post-list is not ticked yet" in text
    assert "python path.py solution post-list --peek" in text
    peeked = repo.run("solution", "post-list", "--peek")
    repo.tick("post-list")
    assert repo.run("solution", "post-list").stdout == peeked.stdout


def test_the_solution_is_a_diff_of_two_cuts(repo: Repository) -> None:
    assert repo.run("solution", "post-list", "--peek").stdout.splitlines() == [
        "diff --git a/blog/new.py b/blog/new.py",
        "new file mode 100644",
        "--- /dev/null",
        "+++ b/blog/new.py",
        "@@ -0,0 +1 @@",
        "+NEW = 1",
        "diff --git a/blog/views.py b/blog/views.py",
        "--- a/blog/views.py",
        "+++ b/blog/views.py",
        "@@ -1,4 +1,6 @@",
        " from django.shortcuts import render",
        "+from blog.models import Post",
        " ",
        " ",
        "-posts = None",
        "+def post_list(request):",
        '+    return render(request, "blog/post_list.html", '
        '{"posts": Post.objects.all()})',
        "diff --git a/static/places.json b/static/places.json",
        "new file mode 100644",
        "--- /dev/null",
        "+++ b/static/places.json",
        "@@ -0,0 +1 @@",
        "+[]",
    ]
    none = repo.run("solution", "diagram", "--peek")
    assert none.returncode == 0
    assert "changes no file" in none.stdout


def test_solution_and_show_need_no_tasks_md(repo: Repository) -> None:
    (repo.root / "TASKS.md").unlink()
    assert repo.run("solution", "post-list", "--peek").returncode == 0
    assert repo.run("show", "post-list").returncode == 0
    assert repo.run("hint", "post-list").returncode == 0
    assert repo.run("solution", "post-list").returncode == 1


# ------------------------------------------------------------------- what lies in .path


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{",
        "[]",
        "null",
        '{"format": 2, "title": "X", "tasks": []}',
        '{"format": 1, "title": "X", "tasks": []}',
        '{"format": 1, "title": "X", "tasks": [{"slug": "a"}]}',
        '{"format": 1, "title": "X", "tasks": [1]}',
        json.dumps({"format": 1, "title": "X", "tasks": [
            task_data(1, "diagram") | {"hours": "2"}]}),
        json.dumps({"format": 1, "title": "X", "tasks": [
            task_data(1, "diagram") | {"page": None}]}),
        "[" * 99999,
        "\xff\xfe",
    ],
)  # fmt: skip
def test_project_json_missing_or_broken(repo: Repository, text: str | None) -> None:
    file = repo.root / ".path/project.json"
    file.unlink()
    if text is not None:
        file.write_bytes(text.encode("latin-1"))
    for words in ([], ["next"], ["show", "1"], ["check"], ["hint"]):
        result = repo.run(*words)
        assert result.returncode == 1
        assert ".path/project.json" in " ".join(result.stderr.split())
        assert result.stdout == ""


@pytest.mark.parametrize("text", [None, "", "!!!", "aGVsbG8=", packed([1]), packed({})])
def test_packs_missing_or_broken(repo: Repository, text: str | None) -> None:
    for name, words in [
        ("hints.pack", ["hint"]),
        ("reference.pack", ["solution", "3", "--peek"]),
    ]:
        (repo.root / ".path" / name).unlink()
        if text is not None:
            repo.write(f".path/{name}", text)
        result = repo.run(*words)
        assert result.returncode == 1
        assert len(result.stderr.splitlines()) <= 4


@pytest.mark.parametrize("text", [None, "cut = 1", "def cut(", "import nothing_such"])
@pytest.mark.parametrize("name", ["regions", "reference"])
def test_a_part_missing_or_broken(
    repo: Repository, text: str | None, name: str
) -> None:
    if name == "reference" and text == "cut = 1":
        return
    (repo.root / f".path/{name}.py").unlink()
    if text is not None:
        repo.write(f".path/{name}.py", text)
    result = repo.run("solution", "3", "--peek")
    assert result.returncode == 1
    said = " ".join(result.stderr.split())
    # Of regions.py that does not do what it should, the pack may be to blame.
    file = "reference.pack" if text == "cut = 1" else f"{name}.py"
    assert f"git checkout -- .path/{file}" in said


@pytest.mark.parametrize("text", [None, "", "def wrapped(", "import nothing_such"])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("text", ".path"),
        ("parts", ".path"),
        ("repository", ".path"),
        ("project", ".path/project.py"),
        ("tasks_file", ".path/tasks_file.py"),
        ("task_lines", ".path/task_lines.py"),
    ],
)
def test_what_every_part_needs_missing_or_broken(
    repo: Repository, text: str | None, name: str, file: str
) -> None:
    (repo.root / f".path/{name}.py").unlink()
    if text is not None:
        repo.write(f".path/{name}.py", text)
    result = repo.run()
    assert (result.returncode, result.stdout) == (1, "")
    assert f"git checkout -- {file}" in result.stderr.split("\n")[-2]


def test_no_part_imports_path_py(repo: Repository) -> None:
    """Each part can be imported where there is no path.py."""
    names = [file.stem for file in (repo.root / ".path").glob("*.py")]
    assert len(names) > 30
    code = (
        "import importlib, sys, types\n"
        "package = sys.modules['path_parts'] = types.ModuleType('path_parts')\n"
        "package.__path__ = ['.path']\n"
        "for name in sys.argv[1:]: importlib.import_module(f'path_parts.{name}')\n"
    )
    (repo.root / "path.py").write_text("1 / 0\n", "utf-8")
    names.remove("github_issues")  # a program of its own
    done = subprocess.run(
        [str(environments.environment(catalogue.load(smallest()))), "-c", code, *names],
        cwd=repo.root, env=repo.environ(), capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_outside_its_repository(tmp_path: Path) -> None:
    (tmp_path / "path.py").write_bytes((SKELETON / "path.py").read_bytes())
    result = subprocess.run(
        [sys.executable, "path.py"],
        cwd=tmp_path, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert result.returncode == 1
    assert "is not a learning repository" in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_from_any_folder(
    repo: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert repo.run("check", cwd=elsewhere).returncode == 0
    assert task_lines.ticked(repo.tasks) == ["diagram"]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("words", [["chek"], ["show"], ["--nope"], ["--today", "x"]])
def test_a_mistyped_command(repo: Repository, words: list[str]) -> None:
    result = repo.run(*words)
    assert result.returncode == 2
    assert "Usage: python path.py" in result.stderr


def test_help_lists_commands_in_the_order_of_use(repo: Repository) -> None:
    text = repo.run("--help").stdout
    commands = re.findall(r"^  (\w+)  ", text.partition("Commands:")[2], re.M)
    assert commands == [
        *("next", "show", "check", "hint", "solution"),
        *("watch", "plan", "export", "board"),
    ]
    assert "..." not in text.partition("Options:")[2]
    assert "--today" not in text


@pytest.mark.parametrize(
    ("missing", "words"),
    [("click", []), ("rich", ["next"]), ("filelock", ["check"])],
)
def test_without_the_virtual_environment(
    repo: Repository, missing: str, words: list[str]
) -> None:
    # A terminal, because only there rich is used.
    repo.write(
        "bare.py",
        "import runpy, sys\n"
        f"for name in {{'{missing}', '{missing}.console'}}: sys.modules[name] = None\n"
        f"sys.argv = ['path.py', *{words!r}]\n"
        "sys.stdout.isatty = lambda: True\n"
        "runpy.run_path('path.py', run_name='__main__')\n",
    )
    result = subprocess.run(
        [sys.executable, "bare.py"],
        cwd=repo.root, env=repo.environ(), capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert result.returncode == 1
    text = " ".join(result.stderr.split())
    assert "activate its virtual environment" in text
    assert "python -m pip install -r requirements.txt" in text
    assert "Traceback" not in text


# ---------------------------------------------------------------------------- terminals


def in_terminal(repo: Repository, *words: str, columns: int = 80, **env: str) -> str:
    """What path.py writes to a terminal of that width."""
    import fcntl
    import pty
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        repo.command(*words),
        cwd=repo.root,
        env=repo.environ(TERM="xterm-256color") | env,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    found = b""
    try:
        while select.select([master], [], [], 90)[0]:
            if not (read := os.read(master, 65536)):
                break
            found += read
    except OSError:  # Linux says so at the end
        pass
    os.close(master)
    process.wait(30)
    return found.decode().replace("\r\n", "\n")


@POSIX
@pytest.mark.parametrize("columns", [30, 44, 80, 200])
def test_lines_fit_the_terminal(repo: Repository, columns: int) -> None:
    repo.will_fail(result_of("a", notyet=NOT_YET), result_of("b", notyet=NOT_YET))
    for words in ([], ["next"], ["check"], ["hint"]):
        text = in_terminal(repo, *words, columns=columns)
        text = re.sub(r"\x1b\[[0-9;]*m|^checking\r *\r", "", text)
        longest = max(len(line.rstrip()) for line in text.splitlines())
        commands = 2 + len("A hint: python path.py hint diagram")
        assert longest <= max(min(columns, 88), commands), text


@POSIX
def test_colour_in_a_terminal_only(repo: Repository) -> None:
    repo.will_fail(result_of("a", notyet=NOT_YET))
    for words in ([], ["check"], ["next"], ["solution", "3", "--peek"]):
        assert "\x1b[3" in in_terminal(repo, *words)
        assert "\x1b[3" not in in_terminal(repo, *words, NO_COLOR="1")
        assert "\x1b[" not in in_terminal(repo, *words, TERM="dumb")
        assert "\x1b[" not in repo.run(*words).stdout


@POSIX
def test_markdown_is_set_out_in_a_terminal(repo: Repository) -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", in_terminal(repo, "show", "3"))
    assert "`" not in text
    assert "# 3." not in text
    assert " 1 Write a view post_list." in text
    assert "(https://docs.djangoproject.com/en/5.2/topics/db/queries/)" in text


def test_a_console_of_another_encoding(repo: Repository) -> None:
    title = '"title": "Bl\\u00f6g \\u4e2d\\u6587 \\ud83c\\udf31"'
    text = (repo.root / ".path/project.json").read_text("utf-8")
    repo.write(".path/project.json", text.replace('"title": "Personal Blog"', title))
    repo.will_fail(result_of("a", notyet=NOT_YET | {"got": "中文 🌱 \ud83c"}))
    for encoding in ("cp1252", "ascii", "cp437", "utf-8"):
        env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
        for words in ([], ["next"], ["check"], ["hint"], ["--help"], ["show", "中"]):
            result = repo.run(*words, env=env)
            assert result.returncode in (0, 1)
            assert "Error" not in result.stderr
    assert "###" not in repo.run().stdout
    repo.tick("diagram")
    assert "####-" in repo.run(env={"PYTHONIOENCODING": "cp1252"}).stdout


@POSIX
@pytest.mark.parametrize("words", [[], ["next"], ["check"], ["show", "99"], ["--help"]])
def test_a_closed_pipe(repo: Repository, words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        repo.command(*words), cwd=repo.root, env=repo.environ(),
        stdout=write, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    os.close(write)
    assert result.returncode in (0, 1)
    if words != ["show", "99"]:
        assert result.stderr == ""
    if words == ["check"]:
        assert task_lines.ticked(repo.tasks) in (["diagram"], [])


# --------------------------------------------------------------------------- properties

SLUG = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
NOISE = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"- [x] bread and butter",
            b"- [ ] see [the docs](https://example.org/tasks/03-post-list.md)",
            b"[x] [a](tasks/03-post-list.md)",
            b"- [y] [a](tasks/03-post-list.md)",
            b"- [x](tasks/03-post-list.md)",
            b"* [x] caf\xe9 [a](tasks/post-list.md)",
            "1. [y] … [a](tasks/03-post-list.md)".encode(),
            b"### Day 9 \xb7 Wed 99 Nov",
            b"``` sh",
            b"",
        ]
    ),
).map(lambda line: re.sub(rb"[\r\n]", b" ", line))


def is_noise(line: bytes) -> bool:
    """Whether it is no task, makes none of a line above it, and hides none below it."""
    fence = line.strip(b" \t>")[:3] in (b"```", b"~~~") and line != b"``` sh"
    hides = fence or b"<!--" in line
    return not hides and not task_lines.boxes(b"- [x] mine\n" + line)


NOISE = NOISE.filter(is_noise)


@st.composite
def documents(draw: st.DrawFn) -> tuple[bytes, dict[str, bool]]:
    """A TASKS.md as a learner may leave it, and which tasks it has ticked."""
    slugs = draw(st.lists(SLUG, min_size=1, max_size=6, unique=True))
    end = draw(st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n"]))
    boxes: dict[str, bool] = {}
    lines: list[bytes] = draw(st.lists(NOISE, max_size=4))
    for number, slug in enumerate(draw(st.permutations(slugs))):
        box = draw(st.sampled_from([b" ", b"x", b"X"]))
        boxes[slug] = box != b" "
        start = draw(st.sampled_from([b"", b"  ", b"\t", b"> ", b" > > "]))
        start += draw(st.sampled_from([b"- ", b"* ", b"+ ", b"-   "]))
        link = b"](tasks/%02d-%s.md)" % (number, slug.encode())
        before = draw(NOISE.filter(lambda text: b"](tasks" not in text))
        after = draw(NOISE)
        lines.append(start + b"[" + box + b"] " + before + b" [page" + link + after)
        lines += draw(st.lists(NOISE, max_size=3))
    text = end.join(lines) + draw(st.sampled_from([b"", end]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text, boxes


@settings(deadline=None)
@given(documents())
def test_ticked_finds_exactly_the_ticked(
    document: tuple[bytes, dict[str, bool]],
) -> None:
    text, boxes = document
    assert task_lines.ticked(text) == [slug for slug, done in boxes.items() if done]
    assert task_lines.listed(text) == set(boxes)


@settings(deadline=None)
@given(documents(), st.data())
def test_a_tick_changes_one_byte(
    document: tuple[bytes, dict[str, bool]], data: st.DataObject
) -> None:
    text, boxes = document
    slug = data.draw(st.sampled_from(sorted(boxes)))
    after = task_lines.tick(text, slug)
    assert (after == text) if boxes[slug] else one_byte_apart(text, after)
    wanted = {name for name, done in boxes.items() if done} | {slug}
    assert set(task_lines.ticked(after)) == wanted
    assert task_lines.tick(text, "no-such-task") is None


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_are_too_odd(text: bytes) -> None:
    task_lines.ticked(text)
    plan_days.planned_days(text)
    plan_days.planned_days(b"starts Fri 20 Nov 2026\n### Day " + text)


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80),
    st.sampled_from(["starts Fri 20 Nov 2026", "starts Fri 30 Dec 9999", "starts x"]),
)
def test_no_heading_is_too_odd(text: str, start: str) -> None:
    lines = f"{start}\n### Day 1 · {text}\n### Day 9999 · Wed 31 Dec · {text} h\n"
    plan_days.planned_days(lines.encode())


EDIT = st.one_of(
    st.tuples(st.just("insert"), st.integers(0, 60), NOISE),
    st.tuples(st.just("untick"), st.integers(0, 5), st.just(b"")),
    st.tuples(st.just("move"), st.integers(0, 60), st.just(b"")),
    st.tuples(st.just("check"), st.integers(0, 5), st.just(b"")),
    st.tuples(st.just("crlf"), st.just(0), st.just(b"")),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(EDIT, max_size=20))
def test_no_line_is_lost_between_edits_and_ticks(
    edits: list[tuple[str, int, bytes]],
) -> None:
    text, done = TASKS_MD.encode(), set[str]()
    for kind, number, line in edits:
        lines = text.splitlines(keepends=True)
        slug = SLUGS[min(number, 5)]
        if kind == "insert":
            lines.insert(number, line + b"\n")
            text = b"".join(lines)
        elif kind == "move":
            lines.append(lines.pop(min(number, len(lines) - 1)))
            if not lines[-2].endswith((b"\r", b"\n")):
                lines[-2] += b"\n"
            text = b"".join(lines)
        elif kind == "crlf":
            text = text.replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
        elif kind == "untick":
            text = re.sub(
                rb"\[x\]( \*\*\d\. [^\r\n]*-%s\.md\))" % slug.encode(), rb"[ ]\1", text
            )
            done.discard(slug)
        else:
            before, text = text, task_lines.tick(text, slug)
            assert sorted(before.replace(b"[ ]", b"[x]")) == sorted(
                text.replace(b"[ ]", b"[x]")
            )
            done.add(slug)
        assert set(task_lines.ticked(text)) == done
    assert task_lines.listed(text) == set(SLUGS)


# --------------------------------------------------------------------- the real runner


@pytest.fixture
def real(repo: Repository) -> Iterator[Repository]:
    """The repository with the real runner and a Django project of one view."""
    make_real(repo, environments.environment(catalogue.load(smallest())))
    yield repo


@pytest.mark.parametrize(
    ("views", "code", "said"),
    [
        (VIEW + "    return HttpResponse('Hello')\n", 0, "Ticked in TASKS.md"),
        (VIEW + "    return HttpResponse('Bye')\n", 1, "Wanted a greeting"),
        (VIEW + "    return 1 / 0\n", 1, "views.py, line 3"),
        (VIEW + "    return HttpResponse(\n", 1, "because of views.py, line 3: Syntax"),
        ("import urls\nurls.urlpatterns\n", 1, "because of views.py, line 2"),
        (VIEW + "    import os; os._exit(7)\n", 1, "with exit code 7"),
    ],
    ids=["pass", "fail", "error", "syntax", "import-loop", "exit"],
)
def test_with_the_real_runner(
    real: Repository, views: str, code: int, said: str
) -> None:
    real.write("views.py", views)
    before = real.tasks
    result = real.run("check", env={"PATH_TIMEOUT": "60"})
    assert result.returncode == code, result
    assert said in " ".join((result.stdout + result.stderr).split())
    assert (real.tasks == before) == (code == 1)


def test_the_real_runner_ends_an_endless_loop(real: Repository) -> None:
    loop = "    open('reached', 'w').close()\n    while True:\n        pass\n"
    real.write("views.py", VIEW + loop)
    before = real.tasks
    # A busy machine may take longer to get there; that run tells nothing of the loop.
    for limit in (3, 12, 48):
        result = real.run("check", env={"PATH_TIMEOUT": str(limit)})
        assert result.returncode == 1, result
        if (real.root / "reached").exists():
            break
    said = " ".join(result.stdout.split())
    assert f"stopped after {limit} seconds at views.py, line" in said
    assert real.tasks == before


@pytest.mark.parametrize("text", [None, "def broken(:\n", "1 / 0\n"])
def test_pytest_needs_no_path_py(real: Repository, text: str | None) -> None:
    real.write("views.py", VIEW + "    return HttpResponse('Hello')\n")
    real.tick("diagram")
    (real.root / "path.py").unlink()
    if text is not None:
        real.write("path.py", text)
    done = subprocess.run(
        [real.python, "-m", "pytest", "-q"],
        cwd=real.root, env=real.environ(), capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_sources_agree() -> None:
    """The fixture's shapes are those that regions.py and the bake use."""
    assert (HERE / "djangopath/regions.py").exists()
    assert line_of(3, "post-list") in TASKS_MD
    data = task_data(3, "post-list")
    task = projects.Task(**{key: data[key] for key in projects.Task._fields})
    assert task.line == line_of(3, "post-list")


# ------------------------------------------------------------------------- a terminal

SIGNS = "Añ · → 好 “x” …"
# The exit code of each.
COMMANDS = {
    "": 0,
    "--help": 0,
    "next": 0,
    "show 3": 0,
    "check": 1,
    "hint": 0,
    "solution post-model --peek": 0,
    "plan --dry-run": 0,
    "plan --skip 2026-12-01": 0,
    "export ics": 0,
    "export csv -o -": 0,
    "board --no-open": 0,
    "show “nothing”": 1,
    "plan --hours ½": 1,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_terminal_that_shows_little(repo: Repository, command: str) -> None:
    """No command fails there; a file's content is not the terminal's to change.

    ISO 8859-5 has none of these signs. Where Python is told ASCII, click writes UTF-8.
    """
    title = f"Show the published posts {SIGNS}"
    repo.write("TASKS.md", repo.tasks.replace(b"# Tasks", "# Tasks · é".encode(), 1))
    page = repo.root / "tasks/02-post-model.md"
    repo.write("tasks/03-post-list.md", f"# {title}\n")
    repo.write("tasks/02-post-model.md", page.read_bytes() + SIGNS.encode())
    data = json.loads((repo.root / ".path/project.json").read_bytes())
    data["tasks"][2]["title"] = title
    repo.write(".path/project.json", json.dumps(data))
    repo.will_fail(result_of("test_it", notyet=NOT_YET | {"got": SIGNS}))
    repo.tick("diagram")
    words = ["--today", "2026-11-23", *command.split()]
    for encoding in ("ascii", "iso8859-5"):
        told = repo.run(*words, env={"PYTHONIOENCODING": encoding})
        assert told.returncode == COMMANDS[command], told.stdout + told.stderr
    assert told.stdout + told.stderr
    if "-" in words:
        assert SIGNS in told.stdout
    else:
        assert (told.stdout + told.stderr).isascii()


def test_signs_have_something_like_them(repo: Repository) -> None:
    (text,) = load_parts(repo.root, "text")
    assert text
    said = "a · b … → “c” ‘d’ – — ━─ • ✓ é"
    assert said.encode("ascii", "legible") == b"a - b . > \"c\" 'd' - - =- * v ?"
    assert said.encode("cp1252", "legible").startswith("a · b … > “c”".encode("cp1252"))
