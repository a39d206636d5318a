"""Forks of a warm process: each says what a process of its own would, and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from djangopath import catalogue
from tools import environments, runs, warm
from tools.environments import clean_env
from tools.examples import smallest
from tools.runs import run_cold
from tools.warm import Finished, WarmPython

pytestmark = [
    pytest.mark.only_projects(smallest()),
    pytest.mark.skipif(not warm.SAFE, reason="forks are made on Linux alone"),
]

PYTHON = Path(sys.executable)
SECONDS = 120.0


def forked(warm_python: WarmPython, folder: Path, code: str, **more: str) -> Finished:
    """What came of a program in a fork."""
    return warm_python.run(["-c", code], folder, clean_env(**more), SECONDS)


def wait_for(holds: Callable[[], bool]) -> None:
    """Waits until it holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it has not come within a minute"
        time.sleep(0.02)


def marked(mark: str) -> list[int]:
    """The processes whose environment or arguments hold a mark."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            for name in ("environ", "cmdline"):
                try:
                    data = (entry / name).read_bytes()
                except OSError:
                    continue
                if mark.encode() in data:
                    found.append(int(entry.name))
    return found


ENDS = {
    "a signal": "os.kill(os.getpid(), signal.SIGSEGV)",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "interrupted": "raise KeyboardInterrupt",
    "closed streams": "os.close(0); os.close(1); os.close(2)",
    "closed stdout": "sys.stdout.close()",
    "os._exit": "print('said', flush=True); os._exit(7)",
    "exit with text": "raise SystemExit('a sentence')",
    "exit with nothing": "raise SystemExit",
    "exit with None": "raise SystemExit(None)",
    "exit with a number": "raise SystemExit(5)",
    "exit with a large number": "raise SystemExit(300)",
    "an error": "{}['missing']",
    "no end of line": "print('said', end='')",
    "an exit handler": "atexit.register(print, 'at the end')",
    "an exit handler that exits": "atexit.register(os._exit, 6)",
    "an excepthook": "sys.excepthook = lambda *e: print('hooked'); 1 / 0",
    "a thread": "threading.Thread(target=lambda: (time.sleep(.1), print(1))).start()",
    "a daemon": "threading.Thread(target=time.sleep, args=[99], daemon=True).start()",
    "warnings as errors": "warnings.simplefilter('error'); warnings.warn('old')",
    "nothing to write to": "os.dup2(os.open('/dev/full', 1), 1); print('said')",
}


@pytest.mark.parametrize("code", ENDS.values(), ids=ENDS)
def test_it_ends_as_a_process_of_its_own_does(
    warm_python: WarmPython, tmp_path: Path, code: str
) -> None:
    code = f"import atexit, os, signal, sys, threading, time, warnings\n{code}\n"
    found = forked(warm_python, tmp_path, code)
    cold = run_cold(PYTHON, ["-c", code], tmp_path, clean_env())
    assert found.code == cold.code
    assert found.output.splitlines()[-1:] == cold.output.splitlines()[-1:]
    assert ("Traceback" in found.output) == ("Traceback" in cold.output)
    assert found.left == 0
    assert forked(warm_python, tmp_path, "print(1)").output == "1\n"


def test_one_that_hangs_is_ended_at_its_time(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    code = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code += "while True: signal.pause()"
    found = warm_python.run(["-c", code], tmp_path, clean_env(), 1.0)
    assert found.code is None
    assert forked(warm_python, tmp_path, "print(1)").output == "1\n"


LEFT = {
    "a fork": "pid = os.fork()",
    "a session": "pid = os.fork(); pid or os.setsid()",
    "an orphan": "pid = os.fork(); pid or (os.fork() and os._exit(0))",
    "an orphan of a session": "pid = os.fork(); pid or (os.setsid(), os.fork())",
}


@pytest.mark.parametrize("code", LEFT.values(), ids=LEFT)
def test_what_forks_on_and_stays_is_ended_with_the_run(
    warm_python: WarmPython, tmp_path: Path, code: str
) -> None:
    code = f"""if True:
    import os, pathlib, signal, time
    here, there = os.pipe()
    {code}
    if not pid:
        os.write(there, str(os.getpid()).encode())
        while True: signal.pause()
    print(os.read(here, 99).decode())
    """
    found = forked(warm_python, tmp_path, code)
    assert found.code == 0 and found.left >= 1
    assert not Path(f"/proc/{found.output.strip()}").exists()
    assert forked(warm_python, tmp_path, "print(1)").output == "1\n"


@pytest.mark.parametrize(
    "draw",
    [
        "import random; print(random.random())",
        "import random; print(random.SystemRandom().random())",
        "import uuid; print(uuid.uuid4())",
        "import uuid; print(uuid.uuid1())",
        "import secrets; print(secrets.token_hex())",
        "import os; print(os.urandom(9))",
        "import ssl; print(ssl.RAND_bytes(9))",
        "import tempfile; print(next(tempfile._get_candidate_names()))",
    ],
)
def test_two_forks_draw_different_data(
    warm_python: WarmPython, tmp_path: Path, draw: str
) -> None:
    first, second = (forked(warm_python, tmp_path, draw) for _ in range(2))
    assert first.code == second.code == 0 and first.output != second.output


@pytest.mark.parametrize(
    "name", ["PYTHONHASHSEED", "PYTHONWARNINGS", "PYTHONUTF8", "LC_ALL", "LD_PRELOAD"]
)
def test_what_python_reads_at_its_start_is_refused(
    warm_python: WarmPython, tmp_path: Path, name: str
) -> None:
    with pytest.raises(warm.Refused, match=name):
        forked(warm_python, tmp_path, "print(1)", **{name: "1"})


@pytest.mark.parametrize(
    "code",
    [
        "threading.Thread(target=time.sleep, args=[600], daemon=True).start()",
        "opened = open(os.devnull)",
        "warnings.warn('old')",
        "os.environ['SET_AT_IMPORT'] = 'yes'",
        "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
        "child = subprocess.Popen(['sleep', '600'])",
        "os._exit(0)",
        "raise ValueError",
    ],
)
def test_such_a_module_is_not_imported_ahead(tmp_path: Path, code: str) -> None:
    """The process is one of the test's, which finds packages in a folder of its own."""
    packages = tmp_path / "packages"
    packages.mkdir()
    head = "import os, signal, subprocess, threading, time, warnings\n"
    (packages / "wrong_module.py").write_text(head + code, encoding="utf-8")
    (packages / "good_module.py").write_text("GOOD = 1\n", encoding="utf-8")
    script = f"""if True:
    import os, sys
    sys.path[:0] = [{str(warm.LEARNERS.parent)!r}, {str(packages)!r}]
    import warm
    parent = warm.Parent(os.pipe()[0], 1, None)
    parent.learn(["wrong_module", "good_module"])
    print("wrong_module" in sys.modules, "good_module" in sys.modules)
    parent.learn(["wrong_module", "good_module"])
    print("wrong_module" in sys.modules, warm.threads(), warm.children())
    """
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout.split("\n")
    assert said[:2] == ["False True", "False 1 []"], done.stderr


@pytest.mark.parametrize(
    "code",
    [
        "from django.core import checks\nchecks.register(lambda **_: [])",
        "from django.core.signals import request_started as s\ns.connect(print)",
        "from django.db.models.signals import post_save\npost_save.connect(print)",
    ],
)
def test_what_registers_something_with_django_is_not_imported_ahead(
    tmp_path: Path, code: str
) -> None:
    """A project that has the package, and does not use it, would be told of it."""
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "wrong_module.py").write_text(code, encoding="utf-8")
    (packages / "importer.py").write_text("import wrong_module\n", encoding="utf-8")
    (packages / "good_module.py").write_text("import django.core.checks\n", "utf-8")
    script = f"""if True:
    import os, sys
    sys.path[:0] = [{str(warm.LEARNERS.parent)!r}, {str(packages)!r}]
    import warm
    parent = warm.Parent(os.pipe()[0], 1, None)
    parent.learn(warm.FIRST)
    parent.learn(["importer", "wrong_module", "good_module"])
    names = "wrong_module", "importer", "good_module", "django.core.checks"
    print([name in sys.modules for name in names])
    """
    python = environments.environment(catalogue.load(smallest()))
    done = subprocess.run(
        [str(python), "-c", script], capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout.strip() == "[False, False, True, True]", done.stderr


def test_what_is_good_is_imported_once_whatever_follows(tmp_path: Path) -> None:
    """By one fork and by the process itself, though two modules end the fork."""
    packages = tmp_path / "packages"
    packages.mkdir()
    told = tmp_path / "told.txt"
    note = f"import os\nwith open({str(told)!r}, 'a') as f: f.write(__name__ + ' ')\n"
    for name in ("first", "second", "third"):
        (packages / f"{name}.py").write_text(note, encoding="utf-8")
    for name in ("wrong", "worse"):
        (packages / f"{name}.py").write_text(f"{note}os._exit(0)\n", encoding="utf-8")
    script = f"""if True:
    import os, sys
    sys.path[:0] = [{str(warm.LEARNERS.parent)!r}, {str(packages)!r}]
    import warm
    warm.Parent(os.pipe()[0], 1, None).learn("first wrong second worse third".split())
    print([name in sys.modules for name in ("first", "second", "third")])
    """
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout.strip() == "[True, True, True]", done.stderr
    assert sorted(told.read_text("utf-8").split()) == sorted(
        "first first second second third third wrong worse".split()
    )


OWNER = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tools import warm
from tools.environments import clean_env
code = "import os, signal, subprocess, sys\\nprint(os.getpid())\\n"
code += "import siblings\\n"
code += "here = [sys.executable, '-c', 'import signal; signal.pause()']\\n"
code += "subprocess.Popen(here)\\nsubprocess.Popen(['sleep', '600'])\\n"
code += "Path = __import__('pathlib').Path\\nPath('ready').touch()\\nsignal.pause()"
more = {{"PYTHONPATH": {plugins!r}, "PATH_SIBLINGS": "", "MARKED": {mark!r}}}
warm.run(Path(sys.executable), ["-c", code], Path({folder!r}), clean_env(**more), 600)
"""


def test_nothing_is_left_where_the_owner_is_killed(tmp_path: Path) -> None:
    mark = f"mark-of-{os.getpid()}-{time.time_ns()}"
    script = OWNER.format(
        root=str(warm.ROOT),
        plugins=str(runs.PLUGINS),
        folder=str(tmp_path),
        mark=mark,
    )
    owner = subprocess.Popen([sys.executable, "-c", script])
    wait_for((tmp_path / "ready").exists)
    assert len(marked(mark)) >= 3
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    wait_for(lambda: not marked(mark))


def test_where_the_warm_process_is_killed_the_run_is_made_cold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PROOF_COLD", raising=False)
    code = "import os; print(os.getppid())"
    if_forked = runs.run_python(PYTHON, tmp_path, "-c", code)
    assert int(if_forked.output) != os.getpid()
    kill = "import os, signal, sys\nif os.getppid() != int(sys.argv[1]):\n"
    kill += "    os.kill(os.getppid(), signal.SIGKILL); signal.pause()\nprint('cold')"
    done = runs.run_python(PYTHON, tmp_path, "-c", kill, str(os.getpid()))
    assert (done.code, done.output) == (0, "cold\n")
    again = runs.run_python(PYTHON, tmp_path, "-c", code)
    assert int(again.output) != os.getpid()


def test_cold_is_a_process_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROOF_COLD", "1")
    done = runs.run_python(PYTHON, tmp_path, "-c", "import os; print(os.getppid())")
    assert int(done.output) == os.getpid()
