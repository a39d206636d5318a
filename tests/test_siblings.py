"""What a test starts is forked, and is what a process of its own would be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tools import warm
from tools.environments import clean_env
from tools.runs import PLUGINS, run_cold
from tools.warm import Finished, WarmPython

pytestmark = [
    pytest.mark.only_projects(),
    pytest.mark.skipif(not warm.SAFE, reason="forks are made on Linux alone"),
]

PYTHON = Path(sys.executable)
SECONDS = 120.0


def variables(**more: str) -> dict[str, str]:
    """Those of a run that can ask for siblings."""
    return clean_env(PYTHONPATH=str(PLUGINS), PATH_SIBLINGS="", **more)


def program(text: str) -> list[str]:
    """The arguments of a Python that runs this, with Popen in its place."""
    return ["-c", f"import siblings, subprocess, sys, os, time\n{dedent(text)}"]


def both(
    warm_python: WarmPython, tmp_path: Path, text: str
) -> tuple[Finished, Finished]:
    """What came of a program in a fork, and in a process of its own."""
    found = warm_python.run(program(text), tmp_path, variables(), SECONDS)
    return found, run_cold(PYTHON, program(text), tmp_path, variables())


FORKED = """
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getppid())"],
                          capture_output=True, text=True)
    print("own" if int(done.stdout) == os.getpid() else "forked")
"""


def test_python_is_forked_and_cold_it_is_not(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    found, cold = both(warm_python, tmp_path, FORKED)
    assert (found.output, cold.output) == ("forked\n", "own\n")


def test_a_run_that_does_not_ask_gets_none(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    given = clean_env(PYTHONPATH=str(PLUGINS))
    found = warm_python.run(program(FORKED), tmp_path, given, SECONDS)
    assert found.output == "own\n"


@pytest.mark.parametrize(
    "start",
    [
        '[sys.executable, "-X", "dev", "-c", CODE]',
        '[sys.executable, "-u", "-c", CODE]',
        '[sys.executable, "-c", CODE + "; sys.modules"]',
        '[sys.executable, "-c", CODE], preexec_fn=lambda: None',
        '[sys.executable, "-c", CODE], pass_fds=[2]',
        '[sys.executable, "-c", CODE], close_fds=False',
        '[sys.executable, "-c", CODE], umask=0o77',
        '[sys.executable, "-c", CODE], env={**os.environ, "PYTHONHASHSEED": "1"}',
        '[sys.executable, "-c", CODE], env={**os.environ, "PYTHONWARNINGS": "error"}',
        '[sys.executable, "-c", CODE], env={**os.environ, "LC_ALL": "C"}',
        'f"{sys.executable} -c {chr(34)}{CODE}{chr(34)}", shell=True',
    ],
)
def test_what_makes_a_difference_goes_the_ordinary_way(
    warm_python: WarmPython, tmp_path: Path, start: str
) -> None:
    text = f"""
    CODE = "import os, sys; print(os.getpid(), os.getppid())"
    process = subprocess.Popen({start}, stdout=subprocess.PIPE, text=True)
    output, _ = process.communicate()
    pid, parent = map(int, output.split())
    print("own" if os.getpid() in (parent, os.getppid()) or pid == process.pid
          and parent == os.getpid() else "forked")
    """
    if "shell" in start:
        text = text.replace("pid == process.pid", "parent == process.pid or True")
    found = warm_python.run(program(text), tmp_path, variables(), SECONDS)
    assert found.output == "own\n"


def test_other_limits_and_ignored_signals_go_the_ordinary_way(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    for change in (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))",
        "import signal; signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
        "os.umask(0o77)",
        "os.nice(1)",
    ):
        text = f"{change}\n{dedent(FORKED)}"
        found = warm_python.run(program(text), tmp_path, variables(), SECONDS)
        assert found.output == "own\n", change


@pytest.mark.parametrize(
    "code",
    [
        "print('both'); print('errors', file=sys.stderr)",
        "print(sys.stdin.read().upper(), end='')",
        "print(sys.argv[1:], os.getcwd(), sys.path[0], __name__)",
        "print(sorted(vars(sys.modules['__main__'])))",
        "sys.exit(3)",
        "sys.exit('a sentence')",
        "sys.exit(None)",
        "sys.exit(256 + 7)",
        "raise ValueError('wrong')",
        "os._exit(9)",
        "os.kill(os.getpid(), signal.SIGTERM)",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os.abort()",
        "sys.stdout.close(); os.close(2)",
        "os.close(0); os.close(1); os.close(2)",
        "atexit.register(print, 'at the end')",
        "threading.Thread(target=lambda: (time.sleep(.2), print('late'))).start()",
        "threading.Thread(target=time.sleep, args=[99], daemon=True).start()",
        "print(os.environ.get('GIVEN'), sys.stdout.encoding, sys.stdout.errors)",
        "print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))",
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, []))",
        "print(sorted(os.listdir('/proc/self/fd'))[:3])",
        "print(sys.dont_write_bytecode, 'pytest' in vars(sys)['mod' + 'ules'])",
        "print(os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())",
    ],
)
@pytest.mark.parametrize("kind", ["-c", "-m", "file"])
def test_it_is_what_a_process_of_its_own_is(
    warm_python: WarmPython, tmp_path: Path, code: str, kind: str
) -> None:
    code = f"import atexit, os, signal, sys, threading, time\n{code}\n"
    (tmp_path / "given_code.py").write_text(code, encoding="utf-8")
    words = {
        "-c": ["-c", code],
        "-m": ["-m", "given_code"],
        "file": ["given_code.py"],
    }[kind]
    text = f"""
    given = {{**os.environ, "GIVEN": "yes", "PYTHONIOENCODING": "latin-1"}}
    process = subprocess.Popen(
        [sys.executable, *{words!r}, "a word"], cwd={str(tmp_path)!r}, env=given,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = process.communicate(b"gr\\xfcn")
    print([t.decode("latin-1").splitlines()[-1:] for t in said], len(said[0]))
    print(process.returncode, process.poll(), process.wait())
    """
    found, cold = both(warm_python, tmp_path, text)
    assert found.output == cold.output
    assert found.left == 0


def test_waiting_with_a_limit_killing_and_groups(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    text = """
    import signal
    code = "import signal; print(1, flush=True); signal.pause()"
    sleeping = [sys.executable, "-c", code]
    for end in ("kill", "terminate"):
        process = subprocess.Popen(sleeping, stdout=subprocess.PIPE)
        process.stdout.readline()
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            print("waited", process.poll())
        getattr(process, end)()
        print(process.wait(60), process.returncode)
        process.kill()
    process = subprocess.Popen(sleeping, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, start_new_session=True)
    process.stdout.readline()
    print(os.getsid(process.pid) == process.pid)
    os.killpg(process.pid, signal.SIGINT)
    print(process.wait(60))
    process = subprocess.Popen(sleeping, stdout=subprocess.PIPE)
    process.stdout.readline()
    print(os.getpgid(process.pid) == os.getpgid(0))
    process.send_signal(signal.SIGUSR1)
    print(process.wait(60))
    with subprocess.Popen([sys.executable, "-c", "print(2)"], stdout=1) as process:
        pass
    print(subprocess.call([sys.executable, "-c", "1/0"], stderr=subprocess.DEVNULL))
    """
    found, cold = both(warm_python, tmp_path, text)
    assert found.output == cold.output
    assert found.output.count("True") == 2


def test_threads_start_processes_at_the_same_time(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    text = """
    from concurrent.futures import ThreadPoolExecutor
    def one(number):
        code = f"import sys; print({number}); sys.exit({number})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True)
        return done.returncode, int(done.stdout)
    with ThreadPoolExecutor(8) as pool:
        print(list(pool.map(one, range(40))) == [(n, n) for n in range(40)])
    """
    found = warm_python.run(program(text), tmp_path, variables(), SECONDS)
    assert found.output == "True\n"


def test_asyncio_and_a_fork_of_the_tests_own_have_the_ordinary_way(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    text = """
    import asyncio
    async def main():
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "exit(4)")
        print(await process.wait())
    asyncio.run(main())
    pid = os.fork()
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getppid())"],
                          capture_output=True)
    if pid == 0:
        os._exit(5 if int(done.stdout) == os.getpid() else 6)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
    found = warm_python.run(program(text), tmp_path, variables(), SECONDS)
    assert found.output == "4\n5\n"


def test_they_end_with_the_run_and_their_time_is_counted(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    text = """
    code = "from time import process_time as t\\nwhile t() < 1: pass"
    subprocess.run([sys.executable, "-c", code])
    wait = "import os, signal\\nos.setsid()\\nprint(os.getpid(), flush=True)\\n"
    wait += "signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", wait], stdout=subprocess.PIPE)
    print(int(process.stdout.readline()) == process.pid, process.pid)
    """
    found = warm_python.run(program(text), tmp_path, variables(), SECONDS)
    said, pid = found.output.split()
    assert said == "True" and found.processor > 1 and found.left == 1
    assert not Path(f"/proc/{pid}").exists()


def test_a_run_that_is_killed_takes_them_along(
    warm_python: WarmPython, tmp_path: Path
) -> None:
    text = """
    wait = "import signal; print(1, flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", wait], stdout=subprocess.PIPE)
    process.stdout.readline()
    print(process.pid, flush=True)
    os.kill(os.getpid(), 9)
    """
    found = warm_python.run(program(text), tmp_path, variables(), SECONDS)
    assert found.code == -9
    assert not Path(f"/proc/{found.output.strip()}").exists()
    assert warm_python.run(["-c", "print(1)"], tmp_path, variables(), 60).code == 0


def test_the_kept_databases_are_for_pytest_alone() -> None:
    code = f"""if True:
    import sys; sys.path.insert(0, {str(PLUGINS)!r})
    import siblings
    given = {{"PYTHONPATH": {str(PLUGINS)!r}}}
    for words in (["-m", "pytest"], ["-m", "coverage"], ["-c", "pytest"]):
        print(sorted(siblings.with_plugins(words, given, "/kept")))
    print(sorted(siblings.with_plugins(["-m", "pytest"], {{}}, "/kept")))
    print(sorted(siblings.with_plugins(["-m", "pytest"], given, "")))
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PATH_SIBLINGS": ""},
        check=True,
    )
    assert done.stdout.splitlines() == [
        "['PATH_DATABASES', 'PYTEST_ADDOPTS', 'PYTHONPATH']",
        "['PYTHONPATH']",
        "['PYTHONPATH']",
        "[]",
        "['PYTHONPATH']",
    ]
