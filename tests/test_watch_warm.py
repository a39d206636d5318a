"""`python path.py watch` with its warm process: what it runs, survives and leaves."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from djangopath import catalogue
from tests.path_fixture import NOT_YET, SKELETON, load_parts, result_of
from tests.watch_fixture import PATIENT, Terminal, Watched, gone, until
from tools import cuts, environments
from tools.examples import EXAMPLE, EXAMPLE_TASK, smallest

pytestmark = pytest.mark.only_projects(smallest(), EXAMPLE)

if sys.platform != "linux":
    pytest.skip("only Linux has a warm process", allow_module_level=True)

# Notes its parent and itself, does what `.state/does.py` says, reports a failure.
RUNNER = """\
import argparse, json, os, signal, subprocess, sys, threading, time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--report", type=Path)
parser.add_argument("--timeout", type=float)
parser.add_argument("--further", type=Path)
parser.add_argument("files", nargs="+")
options = parser.parse_args()
with open(".state/parents.txt", "a") as log:
    log.write(f"{os.getppid()}\\n")
report = json.loads(Path(".state/report.json").read_text(encoding="utf-8"))
exec(Path(".state/does.py").read_text(encoding="utf-8"))
options.report.write_text(json.dumps(report))
"""

# In a fork of the warm process: starts one process in its own group and one in a group
# of its own, and waits.
HELD = """\
if os.getppid() in [{warm}] and not Path(".state/pids.txt").exists():
    sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
    started = [subprocess.Popen(sleep, start_new_session=new) for new in (False, True)]
    pids = [os.getpid(), *(process.pid for process in started)]
    Path(".state/pids").write_text(" ".join(map(str, pids)))
    Path(".state/pids").rename(".state/pids.txt")
    time.sleep(300)
"""


class Warmed(Watched):
    """A learner's repository whose runner notes what started it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.write("acceptance/__main__.py", RUNNER)
        report = {
            "outcome": "failed",
            "tests": [result_of("test_a", notyet=NOT_YET)],
            "crash": None,
            "seed": 1,
        }
        self.write(".state/report.json", json.dumps(report))
        self.write("pyproject.toml", "[project]\n")
        self.write("requirements.txt", "django\n")
        self.write("conftest.py", "")
        self.python = str(self.environment())
        self.does("")

    def environment(self) -> Path:
        """An environment of this test's own, with the packages of another one."""
        found = environments.environment(catalogue.load(smallest()))
        (packages,) = found.parent.parent.glob("lib/python*/site-packages")
        own = self.root / ".venv"
        self.packages = own / "lib" / packages.parent.name / "site-packages"
        self.packages.mkdir(parents=True)
        (self.packages / "others.pth").write_text(f"{packages}\n", "utf-8")
        (own / "bin").mkdir()
        (own / "bin/python").symlink_to(found.resolve())
        config = (found.parent.parent / "pyvenv.cfg").read_text("utf-8")
        (own / "pyvenv.cfg").write_text(config, "utf-8")
        return own / "bin/python"

    def does(self, code: str) -> None:
        """What the next runs do."""
        self.write(".state/does.py", code)

    def hold(self, warm: int) -> list[int]:
        """Saves until a warm check waits; that check, and what it has started.

        A check may be cold: the warm process imports what the last one has needed.
        """
        self.does(HELD.format(warm=warm))
        file = self.root / ".state/pids.txt"
        for _ in range(PATIENT):
            count = len(self.parents)
            self.save()
            until(lambda: len(self.parents) > count, "no run")  # noqa: B023
            if self.parents[-1] == warm:
                until(file.exists, "it does not wait")
                return [int(pid) for pid in file.read_text("utf-8").split()]
        raise AssertionError("no check was warm")

    @property
    def parents(self) -> list[int]:
        """The process that started each run."""
        file = self.root / ".state/parents.txt"
        return [int(pid) for pid in file.read_text("utf-8").split()]


class Watching:
    """`path.py watch` without a terminal."""

    def __init__(self, repo: Warmed, *words: str, **env: str) -> None:
        self.repo = repo
        self.process = subprocess.Popen(
            repo.command("watch", *words),
            cwd=repo.root,
            env=repo.environ(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self.verdicts: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("  checked at"):
                self.verdicts.append(" ".join("".join(lines).split()))
                lines = []

    def verdict(self, count: int) -> str:
        """The verdict of that number, from 1, in one line."""
        until(lambda: len(self.verdicts) >= count, f"no verdict: {self.verdicts}")
        return self.verdicts[count - 1]

    def next(self) -> str:
        """The verdict on the next save."""
        count = len(self.verdicts)
        self.repo.save()
        return self.verdict(count + 1)

    def warm(self, old: int = 0) -> int:
        """Saves until a check runs in a fork; the warm process, another than ``old``.

        The first check is cold, since the warm process takes its time to start.
        """
        self.verdict(1)
        for _ in range(PATIENT):
            self.next()
            if self.repo.parents[-1] not in (self.process.pid, old):
                return self.repo.parents[-1]
        raise AssertionError("no check was ever warm")

    def next_by(self, parent: int) -> str:
        """The verdict on the first save whose check that process has started."""
        for _ in range(PATIENT):
            verdict = self.next()
            if self.repo.parents[-1] == parent:
                return verdict
        raise AssertionError("it started none")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENT)
        self._reader.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def repo(tmp_path: Path) -> Warmed:
    """A learner's repository, nothing done; its checks fail."""
    return Warmed(tmp_path)


Start = Callable[..., Watching]


@pytest.fixture
def start(repo: Warmed) -> Iterator[Start]:
    """Starts `path.py watch`; ended with the test."""
    started: list[Watching] = []

    def once(*words: str, **env: str) -> Watching:
        started.append(Watching(repo, *words, **env))
        return started[-1]

    yield once
    for watching in started:
        watching.close()


def warm_process(path_py: int) -> list[int]:
    """The children of path.py that are warm processes."""
    children = Path(f"/proc/{path_py}/task/{path_py}/children").read_text("utf-8")
    found = []
    for pid in map(int, children.split()):
        if b"warm.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
            found.append(pid)
    return found


# ------------------------------------------------------------------------- who runs it


def test_checks_are_forks_of_one_process(repo: Warmed, start: Start) -> None:
    watching = start()
    warm = watching.warm()
    assert repo.parents[0] == watching.process.pid
    assert warm_process(watching.process.pid) == [warm]
    for _ in range(3):
        assert "not yet" in watching.next()
    until(lambda: repo.parents.count(warm) >= 2, "only once")
    watching.close()
    assert gone(warm)


def test_cold_is_the_way_out(repo: Warmed, start: Start) -> None:
    watching = start("--cold")
    watching.verdict(1)
    for _ in range(3):
        assert "not yet" in watching.next()
        assert warm_process(watching.process.pid) == []
    assert set(repo.parents) == {watching.process.pid}


@pytest.mark.parametrize(
    "changed",
    [
        "pyproject.toml",
        "conftest.py",
        "path.py",
        "requirements.txt",
        ".path/text.py",
        ".path/warm.py",
        "package",
    ],
)
def test_a_new_process_after_a_change(repo: Warmed, start: Start, changed: str) -> None:
    watching = start()
    old = watching.warm()
    if changed == "package":
        (repo.packages / "another-1.0.dist-info").mkdir()
    else:
        repo.save(changed)
    assert watching.warm(old) != old
    assert gone(old)
    assert len(list((repo.root / ".path").glob("imported-*.txt"))) == 1


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("    requests, answers =", "    sys.exit(1)\n"),
        ("    requests, answers =", "    print('no answer', flush=True)\n"),
        (
            "    kind(requests",
            "    wait = threading.Event().wait\n"
            "    threading.Thread(target=wait, daemon=True).start()\n",
        ),
    ],
    ids=["dies", "talks nonsense", "has a thread"],
)
def test_without_a_warm_process_checks_are_cold(
    repo: Warmed, start: Start, line: str, broken: str
) -> None:
    file = repo.root / ".path/warm.py"
    text = file.read_text("utf-8")
    assert text.count(line) == 1
    repo.write(".path/warm.py", text.replace(line, broken + line))
    watching = start()
    watching.verdict(1)
    for _ in range(6):
        assert "not yet" in watching.next()
    assert set(repo.parents) == {watching.process.pid}


# ---------------------------------------------------------------- checks that misbehave

SLOW = {"PATH_TIMEOUT": "0.2"}
MINE = "def mine(): Path(f'.state/{os.getpid()}.pid').touch()\n"
PASSED = "report['outcome'] = 'passed'; "


@pytest.mark.parametrize("way", ["warm", "cold"])
@pytest.mark.parametrize(
    ("code", "sentence", "env"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "The check ended by signal 9", {}),
        ("os.kill(os.getpid(), signal.SIGTERM)", "The check ended by signal 15", {}),
        ("os._exit(0)", "The check ended with exit code 0 before", {}),
        ("sys.exit('enough')", "The check ended with exit code 1 before", {}),
        ("1 / 0", "The check ended with exit code 1 before", {}),
        ("for n in range(3, 64):\n    try: os.close(n)\n    except OSError: pass\n"
         "os._exit(5)", "The check ended with exit code 5 before", {}),
        ("os.close(0); os.close(1); os.close(2)", "not yet", {}),
        ("sys.stdout.close(); sys.stderr.close()", "not yet", {}),
        ("if os.fork() == 0: mine(); time.sleep(300)", "not yet", {}),
        ("if os.fork() == 0: mine(); os.execv(sys.executable, [sys.executable, '-c', "
         "'import time; time.sleep(300)'])", "not yet", {}),
        ("threading.Thread(target=time.sleep, args=(300,), daemon=True).start()",
         "not yet", {}),
        (PASSED + "threading.Thread(target=time.sleep, args=(300,)).start()",
         "The tests passed, but the check had not ended after 0.2 seconds", SLOW),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
         "The check was stopped after 0.2 seconds", SLOW),
    ],
    ids=["killed", "terminated", "_exit", "exit", "error", "descriptors", "streams",
         "sys-streams", "fork", "fork-exec", "daemon-thread", "thread", "hang"],
)  # fmt: skip
def test_a_check_that_misbehaves_is_alone(
    repo: Warmed, start: Start, code: str, sentence: str, env: dict[str, str], way: str
) -> None:
    watching = start(*(["--cold"] if way == "cold" else []), **env)
    warm = watching.warm() if way == "warm" else watching.process.pid
    watching.verdict(1)
    repo.does(f"{MINE}mine()\n{code}\n")
    assert sentence in watching.next_by(warm)
    assert b"[x]" not in repo.tasks
    pids = [int(file.stem) for file in (repo.root / ".state").glob("*.pid")]
    assert pids
    until(lambda: all(map(gone, pids)), "something is left")
    repo.does("")
    assert "not yet" in watching.next_by(warm)
    if way == "warm":
        assert warm_process(watching.process.pid) == [warm]


def test_a_process_that_leaves_its_group_is_ended(repo: Warmed, start: Start) -> None:
    watching = start()
    warm = watching.warm()
    away = "os.setsid(); mine()\n    os.close(parent); os.close(there); time.sleep(300)"
    repo.does(
        f"{MINE}parent, there = os.pipe()\n"
        f"if os.getppid() == {warm} and os.fork() == 0:\n    {away}\n"
        "os.close(there); os.read(parent, 1)\n"
    )
    assert "not yet" in watching.next_by(warm)
    (file,) = (repo.root / ".state").glob("*.pid")
    until(lambda: gone(int(file.stem)), "it is left")


# ----------------------------------------------------------------- nothing stays behind


def test_the_warm_process_is_killed(repo: Warmed, start: Start) -> None:
    """While it runs a check: that is run again, cold; while it rests."""
    watching = start()
    warm = watching.warm()
    pids = repo.hold(warm)
    count = len(watching.verdicts)
    os.kill(warm, signal.SIGKILL)
    assert "not yet" in watching.verdict(count + 1)
    until(lambda: all(map(gone, pids)), "something is left")
    resting = watching.warm(warm)
    os.kill(resting, signal.SIGKILL)
    assert "not yet" in watching.next()
    watching.warm(resting)


@pytest.mark.parametrize("runs", [False, True], ids=["resting", "checking"])
def test_path_py_is_killed(repo: Warmed, start: Start, runs: bool) -> None:
    watching = start()
    pids = [watching.warm()]
    if runs:
        pids += repo.hold(pids[0])
    watching.process.kill()
    until(lambda: all(map(gone, pids)), "something is left")


@pytest.mark.parametrize("runs", [False, True], ids=["resting", "checking"])
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("q", 0),
        ("\x03", 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGQUIT, 131),
    ],
    ids=["q", "ctrl-c", "sigterm", "sighup", "sigquit"],
)
def test_an_end_leaves_nothing(
    repo: Warmed, how: str | signal.Signals, code: int, runs: bool
) -> None:
    terminal = Terminal(repo, repo.command("watch"), (80, 30))
    try:
        terminal.shows("not yet", "checked at")
        pids = warm_process(terminal.process.pid)
        assert len(pids) == 1
        for number in range(2, PATIENT):
            repo.save()
            until(lambda: len(repo.parents) >= number, "no run")  # noqa: B023
            terminal.shows("checked at")
            if repo.parents[-1] in pids:
                break
        assert repo.parents[-1] in pids
        if runs:
            pids += repo.hold(pids[0])
        if isinstance(how, str):
            terminal.press(how)
        else:
            terminal.process.send_signal(how)
        assert "Traceback" not in terminal.ends(code)
        until(lambda: all(map(gone, pids)), "something is left")
    finally:
        terminal.close()


def test_a_save_ends_a_warm_check(repo: Warmed, start: Start) -> None:
    watching = start()
    warm = watching.warm()
    pids = repo.hold(warm)
    count = len(watching.verdicts)
    repo.save()
    assert "not yet" in watching.verdict(count + 1)
    until(lambda: all(map(gone, pids)), "something is left")
    assert warm_process(watching.process.pid) == [warm]


# -------------------------------------------------------------------- what it imports


def test_code_below_pythons_prefix_is_not_imported_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where Python's prefix is /usr and the repository stands in /usr/src."""
    (warm,) = load_parts(SKELETON, "warm")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    known = {name for name in sys.modules if name not in ("json", "pytest")}
    (tmp_path / "posts_of_a_learner.py").write_text("", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("posts_of_a_learner")
    assert set(warm.installed(known)) == {"json", "pytest"}


# ------------------------------------------------------------------------- the verdict

BOTH = """\
import json, sys, time
sys.path.insert(0, ".")
import path
checking, warm_checks = path.part("checking"), path.part("warm_checks")
cold = checking.run_tests(sys.argv[1:])
found = [cold]
with warm_checks.WarmChecks() as warm:
    for _ in range(2):
        end = time.monotonic() + 90
        while not warm.is_ready():
            assert time.monotonic() < end, "never ready"
            time.sleep(0.01)
        runs, checking.run_cold = checking.run_cold, None
        found.append(checking.run_tests(sys.argv[1:], None, warm.run))
        checking.run_cold = runs
print(json.dumps(found))
"""


@pytest.mark.parametrize("state", ["before", "after", "settings"])
@pytest.mark.parametrize(("slug", "name"), [(smallest(), ""), (EXAMPLE, EXAMPLE_TASK)])
def test_the_same_report_warm_and_cold(
    tmp_path: Path, slug: str, name: str, state: str
) -> None:
    project = catalogue.load(slug)
    task = project.task(name) if name else project.tasks[-1]
    done = task.number - (state != "after")
    folder = cuts.write_cut(project, done, tmp_path / "cut")
    if state == "settings":
        (folder / "config/settings.py").write_text("import nothing_such\n", "utf-8")
    env = environments.clean_env(PATH_SEED="1")
    said = subprocess.run(
        [str(environments.environment(project)), "-c", BOTH, task.test],
        cwd=folder, env=env, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    cold, *warm = map(comparable, json.loads(said.stdout))
    wanted = {"before": "failed", "after": "passed", "settings": "crash"}[state]
    assert cold["outcome"] == wanted
    assert warm == [cold, cold]


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    """A report without what differs in each run: addresses in memory, and times."""
    text = re.sub(r"0x[0-9a-f]+", "0x", json.dumps(report))
    text = re.sub(r"in \d+\.\d+s", "in a moment", text)
    found: dict[str, Any] = json.loads(text)
    return found | {"seconds": sorted(found.get("seconds", ()))}
