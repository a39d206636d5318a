"""python path.py watch, in a real terminal and without one."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.path_fixture import (
    NOT_YET,
    SKELETON,
    SLUGS,
    result_of,
    task_data,
)

if sys.platform == "win32":
    pytest.skip("needs a POSIX system", allow_module_level=True)

import fcntl
import pty
import termios

from tests.watch_fixture import (
    CURSOR,
    ENTER,
    HIDDEN,
    LEAVE,
    PATIENT,
    VIEWS,
    Terminal,
    Watched,
    until,
    until_gone,
)
from tools.examples import smallest

pytestmark = pytest.mark.only_projects(smallest())


@pytest.fixture
def repo(tmp_path: Path) -> Watched:
    """A learner's repository, nothing done; its checks fail."""
    return Watched(tmp_path)


Start = Callable[..., Terminal]


@pytest.fixture
def start(repo: Watched) -> Iterator[Start]:
    """Starts `path.py watch` in a terminal; ended with the test."""
    started: list[Terminal] = []

    def once(*words: str, size: tuple[int, int] = (80, 30), **env: str) -> Terminal:
        terminal = Terminal(repo, repo.command("watch", *words), size, **env)
        started.append(terminal)
        return terminal

    yield once
    for terminal in started:
        terminal.close()


# ------------------------------------------------------------------- saves and verdicts


def test_checks_at_once_and_after_each_save(repo: Watched, start: Start) -> None:
    terminal = start()
    terminal.shows("diagram · Draw the entities", "not yet", "checked at")
    heading, *rest = terminal.frame.splitlines()
    assert heading == "diagram · Draw the entities" + "not yet".rjust(53)
    assert "  Opened  GET /posts/ as a visitor, with 3 published posts" in rest[1]
    assert "  A hint: python path.py hint diagram" in rest
    assert re.fullmatch(r"  checked at \d\d:\d\d:\d\d in \d+\.\d s", rest[-2])
    assert rest[-1] == "  h hint · n the task · Enter check · q quit"
    assert len(rest) == 29
    assert repo.runs == ["diagram"]
    repo.will_fail(result_of("test_a", notyet=NOT_YET | {"got": "something else"}))
    repo.save()
    terminal.shows("Got something else")
    assert repo.runs == ["diagram"] * 2
    repo.still(2)
    assert b"[x]" not in repo.tasks


def test_a_pass_ticks_and_moves_on(repo: Watched, start: Start) -> None:
    terminal = start()
    terminal.shows("not yet")
    repo.will()
    repo.save()
    terminal.shows("passed", "Ticked in TASKS.md: 1 of 6 tasks, 1.5 of 12.5 h.")
    terminal.shows("Next 2. Write the model of a post")
    assert repo.tasks.count(b"[x]") == 1
    repo.still(2)  # the tick itself is no save
    repo.will_fail(result_of("test_a", notyet=NOT_YET, file="post_model"))
    repo.save()
    terminal.shows("post-model · Write the model of a post", "not yet")
    assert repo.runs == ["diagram", "diagram", "post_model"]


def test_a_pass_tells_what_it_has_broken(repo: Watched, start: Start) -> None:
    repo.tick("post-model")
    terminal = start()
    terminal.shows("not yet")
    other = "acceptance/test_post_model.py"
    bad = result_of("test_a", notyet=NOT_YET, file="post_model")
    told = {"ran": ["test_a"], "left": [], "tests": [bad], "reading": 0.1}
    further = {"files": {other: told}, "now": None, "manage": {}}
    repo.will(fails={other: [bad]}, report={"start": 1.0, "further": further})
    repo.save()
    terminal.shows(
        "passed",
        "Ticked in TASKS.md: 2 of 6 tasks",
        "No longer passes: post-model · Write the model of a post",
        "no draft on the page",
        "Its tick stays as it is.",
        "Next 3. Show the published posts",
    )
    # It fails in a run of its own as well, and keeps its tick.
    assert repo.runs == ["diagram", "diagram", "post_model"]
    assert repo.tasks.count(b"[x]") == 2


def test_it_ends_when_all_is_done(repo: Watched, start: Start) -> None:
    repo.tick(*SLUGS[:-1])
    terminal = start()
    terminal.shows("not yet")
    repo.will()
    repo.save()
    left = terminal.ends(0)
    assert "own-tests · Write tests of your own" in left
    assert "Every task is done, all 6 of them" in left


def test_nothing_to_do(repo: Watched) -> None:
    repo.tick(*SLUGS)
    result = repo.run("watch")
    assert result.returncode == 0
    assert "Every task is done" in result.stdout
    assert repo.runs == []


def test_a_burst_of_saves_is_one_run(repo: Watched, start: Start) -> None:
    terminal = start()
    terminal.shows("checked at")
    repo.will_fail(result_of("test_a", notyet=NOT_YET | {"got": "after the burst"}))
    times = [time.monotonic()]
    for number in range(50):
        repo.write(f"blog/templates/{number}.html", "x")
        repo.save()
        times.append(time.monotonic())
        time.sleep(0.004)
    repo.settles()
    terminal.shows("after the burst", "checked at")
    # Where the test itself had to wait, a whole run may have found room in the burst;
    # with its verdict the patience begins anew.
    gaps = sum(after - before > 0.02 for before, after in pairwise(times))
    assert terminal.text.count("checking diagram") <= 1 + 5 * (1 + gaps)


def test_a_save_ends_the_run_and_begins_anew(repo: Watched, start: Start) -> None:
    repo.will(sleep=300)
    terminal = start()
    pids = repo.pids()
    repo.will()
    repo.save()
    terminal.shows("passed", "1 of 6 tasks")
    until_gone(pids)
    assert repo.runs == ["diagram"] * 2


def test_nothing_is_ticked_for_code_that_is_gone(repo: Watched, start: Start) -> None:
    """What is saved in the last moment of a run counts, event or no event."""
    runner = (repo.root / "acceptance/__main__.py").read_text("utf-8")
    repo.write(
        "acceptance/__main__.py",
        # The save is the last that it does: it may be ended for it.
        runner + "\nif len(open('.state/runs.txt').readlines()) == 1:\n"
        "    Path('.state/outcome.json').write_text(json.dumps({'report':"
        " {'outcome': 'failed', 'tests': []}}))\n"
        f"    Path('{VIEWS}').write_text('# the learner saves')\n",
    )
    repo.will()
    terminal = start()
    terminal.shows("not yet")
    assert repo.runs == ["diagram"] * 2
    assert b"[x]" not in repo.tasks


def test_a_check_that_writes_files_does_not_run_for_ever(
    repo: Watched, start: Start
) -> None:
    runner = (repo.root / "acceptance/__main__.py").read_text("utf-8")
    repo.write(
        "acceptance/__main__.py",
        runner + "\nPath('report.txt').write_text(str(time.time()))\n",
    )
    repo.will()
    terminal = start()
    terminal.shows("not checked", "report.txt changed while the check ran")
    assert b"[x]" not in repo.tasks
    runs = len(repo.runs)
    assert runs == 5
    repo.still(runs)
    repo.write("acceptance/__main__.py", runner)
    terminal.shows("passed")


def test_tasks_md_edited_by_hand(repo: Watched, start: Start) -> None:
    terminal = start()
    terminal.shows("diagram ·", "not yet")
    before = repo.tick("diagram")
    terminal.shows("post-model ·", "not yet")
    (repo.root / "TASKS.md").unlink()
    terminal.shows("not checked", "TASKS.md is missing", "git checkout -- TASKS.md")
    repo.write("TASKS.md", before)
    terminal.shows("post-model ·", "not yet")
    repo.tick(*SLUGS)
    assert "Every task is done, all 6 of them" in terminal.ends(0)


def test_a_link_to_tasks_md(repo: Watched, start: Start) -> None:
    (repo.root / "notes").mkdir()
    (repo.root / "TASKS.md").rename(repo.root / "notes/real.md")
    (repo.root / "TASKS.md").symlink_to("notes/real.md")
    repo.will()
    terminal = start()
    terminal.shows("passed", "1 of 6 tasks")
    repo.still(1)
    assert (repo.root / "TASKS.md").is_symlink()


def test_what_is_not_the_learners_is_passed_over(repo: Watched, start: Start) -> None:
    (repo.root / "own").mkdir()
    repo.write("own/pyvenv.cfg", "")
    terminal = start()
    terminal.shows("checked at")
    for path in (
        "db.sqlite3 db.sqlite3-journal .git/index .venv/lib/a.py own/lib/a.py "
        "blog/__pycache__/views.cpython-312.pyc .path/hints-seen.json media/a.png "
        "staticfiles/a.css blog/.views.py.swp blog/views.py~ blog/4913 "
        "blog/.#views.py blog/#views.py# blog/views.py___jb_tmp___ .coverage "
        "static/node_modules/a/index.js .TASKS.md.ab12.tmp debug.log .vscode/x.json "
        "board.html tasks.ics"
    ).split():
        repo.write(path, "x")
    repo.still(1)
    for number, path in enumerate(
        "templates/media/board.html .env .github/workflows/ci.yml Dockerfile "
        "static/logo.svg requirements.txt new/deep/er/models.py".split(),
        2,
    ):
        repo.write(path, "x")
        repo.until_runs(number)
        terminal.shows("checked at")
        until(lambda: "checking" not in terminal.frame, "no verdict")


def test_a_new_folder_is_watched_like_the_others(repo: Watched, start: Start) -> None:
    terminal = start()
    terminal.shows("checked at")
    repo.write("shop/models.py", "x")
    repo.until_runs(2)
    shutil.move(repo.root / "shop", repo.root / "store")
    repo.until_runs(3)
    repo.write("store/models.py", "y")
    repo.until_runs(4)
    shutil.rmtree(repo.root / "store")
    repo.until_runs(5)
    repo.save()
    repo.until_runs(6)


# -------------------------------------------------------------------------------- keys


def test_the_keys(repo: Watched, start: Start) -> None:
    terminal = start()
    terminal.shows("not yet", "checked at")
    terminal.press("h")
    terminal.shows("Hint 1 of 3", "Which way, diagram?")
    terminal.press("h")
    terminal.shows("Hint 2 of 3", "Sort with")
    terminal.press("n")
    terminal.shows("1. Draw the entities", "Write a view post_list.", "checked at")
    terminal.press("n")
    terminal.shows("not yet", "A hint:")
    terminal.press("x\x1b[A\x1b[6~")
    repo.still(1, 0.3)
    repo.will_fail(result_of("test_a", notyet=NOT_YET | {"got": "as it was"}))
    terminal.press("\r")
    terminal.shows("Got as it was")  # the verdict; it would replace what N shows
    assert len(repo.runs) == 2
    terminal.press("N")
    terminal.shows("Write a view post_list.")
    repo.will()
    repo.save()  # a verdict takes the place of what was read
    terminal.shows("passed")
    terminal.press("n")
    terminal.shows("2. Write the model of a post", "Write a view post_list.")
    terminal.press("H")
    terminal.shows("post-model · Write the model of a post", "Hint 1 of 3")
    terminal.press("q")
    left = " ".join(terminal.ends(0).split())
    assert left == (
        "1 of 6 tasks, 1.5 of 12.5 h. At hand: post-model · Write the model of a post"
    )
    seen = json.loads((repo.root / ".path/hints-seen.json").read_text("utf-8"))
    assert seen == {"diagram": 2, "post-model": 1}


def test_keys_while_a_check_runs(repo: Watched, start: Start) -> None:
    repo.will(sleep=300)
    terminal = start()
    terminal.shows("checking diagram")
    terminal.press("h")
    terminal.shows("Hint 1 of 3", "checking diagram")
    pids = repo.pids()
    terminal.press("q")
    terminal.ends(0)
    until_gone(pids)


def test_what_does_not_fit_comes_with_the_space_bar(
    repo: Watched, start: Start
) -> None:
    page = "# Long\n" + "".join(f"\nLine {number}.\n" for number in range(1, 31))
    repo.write(task_data(1, "diagram")["page"], page)
    terminal = start(size=(60, 12))
    terminal.shows("checked at")
    terminal.press("n")
    terminal.shows("Line 1.", "Space more")
    assert len(terminal.frame.splitlines()) == 12
    read: list[str] = []
    for _ in range(12):
        first = re.findall(r"Line \d+\.", terminal.frame)
        read += first
        if "Line 30." in first:
            break
        terminal.press(" ")
        until(lambda: re.findall(r"Line \d+\.", terminal.frame) != first, "no more")  # noqa: B023
    assert read == [f"Line {number}." for number in range(1, 31)]
    terminal.press(" ")
    terminal.shows("Line 1.")


@pytest.mark.parametrize("size", [(30, 8), (44, 12), (200, 50)])
def test_lines_fit_the_terminal_of_any_size(
    repo: Watched, start: Start, size: tuple[int, int]
) -> None:
    terminal = start()
    terminal.shows("not yet", "q quit")
    terminal.resize(*size)
    terminal.shows("not yet")
    until(lambda: len(terminal.frame.splitlines()) == size[1], "not drawn anew")
    longest = max(len(line.rstrip()) for line in terminal.frame.splitlines())
    assert longest <= min(size[0], 88)
    assert repo.runs == ["diagram"]
    terminal.press("q")
    terminal.ends(0)


def test_a_terminal_that_is_resized_while_it_is_drawn(
    repo: Watched, start: Start
) -> None:
    file = repo.root / ".path/watch.py"
    text, line = file.read_text("utf-8"), "        body = self._view()\n"
    assert text.count(line) == 1
    hold = (
        "        while (ROOT / '.state/hold').exists():\n"
        "            (ROOT / '.state/holds').touch()\n"
    )
    repo.write(".path/watch.py", text.replace(line, line + hold))
    terminal = start()
    terminal.shows("not yet", "q quit")
    held = repo.write(".state/hold", "")
    terminal.press("n")
    until(lambda: (repo.root / ".state/holds").exists(), "not drawn")
    terminal.resize(44, 12)
    held.unlink()
    until(lambda: len(terminal.frame.splitlines()) == 12, "not drawn anew")
    assert max(len(line.rstrip()) for line in terminal.frame.splitlines()) <= 44


# ------------------------------------------------------------ the terminal, as it was


@pytest.mark.parametrize("runs", [False, True], ids=["resting", "checking"])
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("q", 0),
        ("\x03", 130),
        ("\x1c", 131),
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
    ],
    ids=["q", "ctrl-c", "ctrl-backslash", "sigint", "sigterm", "sighup"],
)
def test_the_terminal_is_left_as_it_was(
    repo: Watched, start: Start, how: str | signal.Signals, code: int, runs: bool
) -> None:
    if runs:
        repo.will(sleep=300)
    terminal = start()
    terminal.shows("checking diagram" if runs else "checked at")
    assert termios.tcgetattr(terminal.slave) != terminal.before
    if isinstance(how, str):
        terminal.press(how)
    else:
        terminal.process.send_signal(how)
    left = terminal.ends(code)
    assert "Traceback" not in left
    assert (left.strip() == "") == (code != 0)


def test_a_signal_upon_a_signal(repo: Watched, start: Start) -> None:
    repo.will(sleep=300)
    terminal = start()
    pids = repo.pids()
    for _ in range(5):
        terminal.process.send_signal(signal.SIGTERM)
    terminal.ends(143)
    until_gone(pids)


@pytest.mark.parametrize("place", ["_hint", "_tell", "_judge"])
def test_a_defect_in_the_middle(repo: Watched, start: Start, place: str) -> None:
    file = repo.root / ".path/watch.py"
    text, found = re.subn(
        rf"(    def {place}\(self.*?:\n)(?=        \"\"\")",
        r"\1        raise RuntimeError('a defect')\n",
        file.read_text("utf-8"),
        flags=re.DOTALL,
    )
    assert found == 1
    repo.write(".path/watch.py", text)
    terminal = start()
    if place == "_hint":
        terminal.shows("checked at")
        terminal.press("h")
    assert "RuntimeError: a defect" in terminal.ends(1)


def test_a_runner_that_is_killed(repo: Watched, start: Start) -> None:
    repo.will(sleep=300)
    terminal = start()
    runner, child = repo.pids()
    os.kill(child, signal.SIGKILL)
    os.kill(runner, signal.SIGKILL)
    terminal.shows("not checked", "The check ended by signal 9")
    repo.will(exit=3)
    repo.save()
    terminal.shows("The check ended with exit code 3")
    repo.will()
    repo.save()
    terminal.shows("passed")
    terminal.press("q")
    terminal.ends(0)


# A shell in little: starts a command in the foreground, and takes the terminal back
# when it is stopped; goes on with it when it is told to.
SHELL = """
import os, signal, sys, termios
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
modes = termios.tcgetattr(0)
ready, go = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(go)
    os.read(ready, 1)  # Once it runs its program, nobody may set its group any more.
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
os.setpgid(pid, pid)
os.tcsetpgrp(0, pid)
print("group", pid, flush=True)
os.close(go)
while True:
    _, status = os.waitpid(pid, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpgrp())
    if not os.WIFSTOPPED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
    same = termios.tcgetattr(0) == modes
    print("stopped", "clean" if same else "UNCLEAN", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, pid)
    os.kill(pid, signal.SIGCONT)
"""


@pytest.mark.parametrize("how", ["ctrl-z", "sigstop"])
def test_stopped_and_resumed(repo: Watched, how: str) -> None:
    command = [sys.executable, "-c", SHELL, *repo.command("watch")]
    terminal = Terminal(repo, command, (80, 30))
    stopped = re.compile(r"stopped \w+\n")
    try:
        terminal.shows("not yet", "checked at")
        if how == "ctrl-z":
            terminal.press("\x1a")
            until(lambda: stopped.search(terminal.text), "never stopped")
            after = terminal.text.rpartition(LEAVE)[2]
            assert after.split() == ["stopped", "clean"]
        else:
            started = re.search(r"group (\d+)", terminal.text)
            assert started is not None
            os.kill(int(started[1]), signal.SIGSTOP)
            until(lambda: stopped.search(terminal.text), "never stopped")
        repo.will_fail(result_of("test_a", notyet=NOT_YET | {"got": "saved meanwhile"}))
        repo.save()
        terminal.press("\n")
        terminal.shows("not yet", "saved meanwhile")
        terminal.press("h")
        terminal.shows("Hint 1 of 3")
        terminal.press("q")
        assert terminal.process.wait(PATIENT) == 0
        assert termios.tcgetattr(terminal.slave) == terminal.before
        text = terminal.whole()
        assert CURSOR in text.rpartition(HIDDEN)[2]
        assert ENTER not in text.rpartition(LEAVE)[2]
    finally:
        terminal.close()


@pytest.mark.parametrize("runs", [False, True], ids=["resting", "checking"])
def test_a_terminal_that_goes_away(repo: Watched, runs: bool) -> None:
    """A window that is closed, or a connection that breaks."""
    if runs:
        repo.will(sleep=300)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        repo.command("watch"),
        cwd=repo.root,
        env=repo.environ(TERM="xterm-256color"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    read = b""
    while b"checked at" not in read and not (runs and b"checking diagram" in read):
        read += os.read(master, 65536)
    pids = repo.pids() if runs else []
    os.close(master)
    assert process.wait(PATIENT) == 129
    until_gone(pids)


# ------------------------------------------------------------------- without a terminal


def piped(repo: Watched, *words: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        repo.command("watch", *words),
        cwd=repo.root,
        env=repo.environ(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_without_a_terminal_it_prints_lines(repo: Watched) -> None:
    process = piped(repo)

    def verdict() -> str:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("  checked at"):
                break
        return "".join(lines)

    first = verdict()
    assert first.startswith("diagram · Draw the entities" + "not yet".rjust(53) + "\n")
    repo.will()
    repo.save()
    second = verdict()
    assert "Ticked in TASKS.md: 1 of 6 tasks" in second
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENT)
    assert process.returncode == 143
    assert (out.strip(), err) == ("", "")
    assert "\x1b" not in first + second
    assert "quit" not in first + second


def test_without_a_terminal_it_ends_too(repo: Watched) -> None:
    repo.tick(*SLUGS[:-1])
    repo.will()
    result = repo.run("watch")
    assert result.returncode == 0
    assert result.stdout.count("Every task is done") == 1


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_another_encoding(repo: Watched, start: Start, encoding: str) -> None:
    terminal = start(PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    terminal.shows("not yet", "q quit")
    terminal.press("q")
    terminal.ends(0)


def test_colours_only_where_they_are_wanted(repo: Watched, start: Start) -> None:
    terminal = start()
    terminal.shows("checked at")
    assert b"\x1b[33m" in terminal.raw
    plain = start(NO_COLOR="1")
    plain.shows("checked at")
    plain.press("n")
    plain.shows("Write a view")
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", plain.raw)
    dumb = start(TERM="dumb")
    until(lambda: "checked at" in dumb.text, "no verdict")
    assert b"\x1b" not in dumb.raw
    dumb.process.send_signal(signal.SIGTERM)
    assert dumb.process.wait(PATIENT) == 143
    assert termios.tcgetattr(dumb.slave) == dumb.before


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("TASKS.md", "TASKS.md is missing"),
        (".path/project.json", ".path/project.json"),
        (".path/saves.py", ".path/saves.py"),
    ],
)
def test_what_is_missing_from_the_start(
    repo: Watched, start: Start, spoil: str, said: str
) -> None:
    (repo.root / spoil).unlink()
    terminal = start()
    assert terminal.process.wait(PATIENT) == 1
    until(lambda: said in " ".join(terminal.text.split()), terminal.text)
    assert ENTER not in terminal.text
    assert repo.run("watch").returncode == 1


def test_a_bad_time_limit(repo: Watched) -> None:
    result = repo.run("watch", env={"PATH_TIMEOUT": "soon"})
    assert result.returncode == 1
    assert "PATH_TIMEOUT is a number of seconds" in result.stderr


def test_without_watchfiles(repo: Watched) -> None:
    repo.write(
        ".state/bare.py",
        "import runpy, sys\n"
        "sys.modules['watchfiles'] = None\n"
        "sys.argv = ['path.py', 'watch']\n"
        "runpy.run_path('path.py', run_name='__main__')\n",
    )
    result = subprocess.run(
        [repo.python, ".state/bare.py"],
        cwd=repo.root, env=repo.environ(), capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert result.returncode == 1
    said = " ".join(result.stderr.split())
    assert "python -m pip install -r requirements.txt" in said
    assert "Traceback" not in said


# ------------------------------------------------------------------------- how it looks


@pytest.mark.parametrize("way", ["--poll", "variable", "broken"])
def test_where_no_event_comes(repo: Watched, start: Start, way: str) -> None:
    """By its option, by the variable of watchfiles, and where watchfiles fails."""
    saves = repo.root / ".path/saves.py"
    text = saves.read_text("utf-8")
    assert text.count("in watchfiles.watch(") == 1
    broken = text.replace("in watchfiles.watch(", "in os.fspath(")  # a TypeError
    repo.write(".path/saves.py", broken)
    env = {"WATCHFILES_FORCE_POLLING": "1"} if way == "variable" else {}
    terminal = start(*(["--poll"] if way == "--poll" else []), **env)
    terminal.shows("checked at")
    # Twice within a second, of the same size, and in its place.
    for got in ("one", "two"):
        repo.will_fail(result_of("test_a", notyet=NOT_YET | {"got": f"try {got}"}))
        with (repo.root / VIEWS).open("r+b", buffering=0) as file:
            file.write(got.encode())
        terminal.shows(f"try {got}")
    repo.still(3)
    terminal.press("q")
    terminal.ends(0)


@pytest.fixture(scope="module")
def saves(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`.path/saves.py` as a module, without watchfiles."""
    spec = importlib.util.spec_from_file_location(
        "saves_alone", SKELETON / ".path/saves.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    kept = sys.modules.get("watchfiles")
    sys.modules["watchfiles"] = ModuleType("watchfiles")
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
        del sys.modules["watchfiles"]
        if kept is not None:
            sys.modules["watchfiles"] = kept
    return module


MOUNTS = r"""
sysfs /sys sysfs rw 0 0
/dev/sdc / ext4 rw,relatime 0 0
C:\134 /mnt/c 9p rw,dirsync,aname=drvfs;path=C:\ 0 0
D: /mnt/d drvfs rw 0 0
host:/home /home/ada/net\040drive nfs4 rw 0 0
/dev/sdd /mnt/c/inner ext4 rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("place", "looks"),
    [
        ("/home/ada/blog", False),
        ("/mnt/c/Users/ada/blog", True),
        ("/mnt/c", True),
        ("/mnt/cc/blog", False),
        ("/mnt/c/inner/blog", False),
        ("/mnt/d/blog", True),
        ("/home/ada/net drive/blog", True),
        ("/home/ada/net", False),
    ],
)
def test_file_systems_whose_events_do_not_come(
    saves: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, looks: bool
) -> None:
    monkeypatch.delenv("WATCHFILES_FORCE_POLLING", raising=False)
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS, "utf-8")
    assert saves.needs_looking(Path(place), str(mounts)) is looks
    for value in ("false", "Disabled"):
        monkeypatch.setenv("WATCHFILES_FORCE_POLLING", value)
        assert saves.needs_looking(Path(place), str(mounts)) is False
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    assert saves.needs_looking(Path(place), str(mounts)) is True
    monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "")
    assert saves.needs_looking(Path(place), str(tmp_path / "none")) is False
