"""Runs Python commands in forks of one process that has imported what they need.

    python warm.py [--remember FILE]

It reads requests from its standard input and writes answers to its standard output, one
JSON object a line each. A request:

    {"arguments": ["-m", "pytest", "tests"], "folder": "/home/ada/blog",
     "environment": {"PATH": "..."}, "output": "/tmp/output.txt", "seconds": 60}

`arguments` is what would stand behind `python`: `-m MODULE ...` or `-c CODE ...`;
`environment` is the whole environment; standard output and error go to the file
`output`; after `seconds` the run is ended. The answer:

    {"code": 1, "processor": 0.8, "killed": 0}

`code` is the exit code, negative for a signal, null where the run was ended for its
time; `processor` the seconds of processor time that it and the processes that it waited
for used; `killed` how many processes it left behind, which are ended. An answer
`{"refused": "why"}` says that this run has to be started the usual way. The line
`{"stop": true}` ends the run under way, whose answer then has `"stopped": true`. At the
end of its input this process ends, and with it the run and all that it started.

What it imports ahead it learns from the runs: modules of installed packages and of
Python, never of the folder, and only those that can be imported without settings, that
open and start nothing, and that give no warning, which the next run would miss. FILE
keeps their names for the next process.

It stands on the standard library alone, and on a system whose processes can be forked
safely: that is Linux (`SAFE`). See "Contexts and start methods" in Python's manual of
multiprocessing for why macOS is none.
"""

from __future__ import annotations

import atexit
import builtins
import codecs
import contextlib
import ctypes
import gc
import importlib
import importlib.machinery
import io
import json
import os
import random
import runpy
import select
import signal
import site
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

SAFE = sys.platform == "linux"

# Options of Linux's prctl(2).
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# Imported before the first run has told what it needs.
FIRST = ("pytest", "django", "django.core.checks", "django.db.models.signals")
# What is read when Python starts and cannot be changed afterwards.
FIXED = ("PYTHON", "LANG", "LC_", "LD_")
# Applied here, by hand.
APPLIED = (
    "PYTHONPATH",
    "PYTHONBREAKPOINT",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONIOENCODING",
)

GRACE = 5.0  # seconds in which killed processes have to be gone


@dataclass(frozen=True)
class Command:
    """What a fork runs.

    Attributes:
        arguments: what would stand behind ``python``.
        folder: where it runs, a whole path.
        environment: all its variables.
    """

    arguments: list[str]
    folder: str
    environment: dict[str, str]


# ------------------------------------------------------------------------------ parent


class Parent:
    """The process that forks: what it has imported, and the run under way."""

    def __init__(self, requests: int, answers: int, remember: Path | None) -> None:
        """Takes the descriptors of both directions, and the file to remember in."""
        self._requests, self._answers = requests, answers
        self._remember = remember
        self._buffer = b""
        self._closed = False
        self._fixed = fixed(os.environ)
        own = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        here = str(Path(__file__).resolve().parent)
        self._path = [entry for entry in sys.path if entry not in (here, *own)]
        self._tried: set[str] = set()
        self._imported: list[str] = []

    def serve(self) -> None:
        """Answers requests until the input ends."""
        known = self._remembered()
        self._import_ahead([name for name, good in known.items() if good])
        self._tried.update(known)
        self.learn(FIRST)
        while (line := self._line(None)) is not None:
            try:
                answer = self._answer(json.loads(line))
            except (ValueError, TypeError, LookupError) as error:
                answer = {"refused": f"not a request: {error}"}
            self._write(answer)

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "arguments" not in request:
            return {"refused": "nothing runs"} if "stop" not in request else {}
        if threads() > 1:
            return {"refused": "an imported package has started a thread"}
        environment = {str(k): str(v) for k, v in request["environment"].items()}
        if name := differing(self._fixed, environment):
            return {"refused": f"{name} differs from that of the warm process"}
        arguments = [str(word) for word in request["arguments"]]
        if len(arguments) < 2 or arguments[0] not in ("-m", "-c"):
            return {"refused": "only -m MODULE and -c CODE can be run"}
        command = Command(arguments, str(request["folder"]), environment)
        output, seconds = str(request["output"]), float(request["seconds"])
        with os.fdopen(os.memfd_create("learned"), "rb") as learned:
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                end_with(parent)
                for descriptor in (self._requests, self._answers):
                    os.close(descriptor)
                self._become(command, output, learned)
            answer = self._await(pid, seconds)
            learned.seek(0)
            names = learned.read().decode("utf-8", "replace").split()
        # The answer first: what is learned is for the next run.
        self._write(answer)
        self.learn(names)
        return {}

    def _become(
        self, command: Command, output: str, learned: io.BufferedReader
    ) -> NoReturn:
        """Becomes, in a fork, what ``python ARGUMENTS`` would be; runs it, and ends."""
        code = 1
        try:
            os.setsid()
            silence(output)
            known = set(sys.modules)
            command = self.forked(command)
            become(command, self._path)
            code = run(command.arguments)
            os.write(learned.fileno(), "\n".join([*installed(known), ""]).encode())
        except BaseException:
            with contextlib.suppress(BaseException):
                traceback.print_exc()
        finally:
            good = flushed()
            if code < 0:
                signal.signal(-code, signal.SIG_DFL)
                os.kill(os.getpid(), -code)
            os._exit(code if good else 120)  # 120: Python's own code for it

    def forked(self, command: Command) -> Command:
        """What the fork that calls this is to run; a class derived may fork again."""
        return command

    # ---------------------------------------------------------------------- the channel

    def _line(self, deadline: float | None) -> bytes | None:
        """The next line; None at the end of the input. Waits without a deadline."""
        while b"\n" not in self._buffer:
            if self._closed:
                return None
            data = os.read(self._requests, 1 << 16)
            self._closed = not data
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _write(self, answer: dict[str, Any]) -> None:
        if answer:
            data = json.dumps(answer).encode() + b"\n"
            while data:
                data = data[os.write(self._answers, data) :]

    # ---------------------------------------------------------------------- the run

    def _await(self, pid: int, seconds: float) -> dict[str, Any]:
        """Waits for a run, for its time to be over, and for the word to stop it."""
        end = time.monotonic() + seconds
        stopped = timed_out = False
        ended = pidfd(pid)
        try:
            while True:
                got, status, usage = os.wait4(pid, os.WNOHANG)
                if got:
                    break
                left = end - time.monotonic()
                if left <= 0 or stopped:
                    timed_out = not stopped
                    kill_group(pid)
                    _, status, usage = os.wait4(pid, 0)
                    break
                wanted = [self._requests] if not self._closed else []
                if ended is None:
                    left = min(left, 0.005)
                else:
                    wanted.append(ended)
                ready, _, _ = select.select(wanted, [], [], left)
                if self._requests in ready:
                    data = os.read(self._requests, 1 << 16)
                    self._buffer += data
                    self._closed = not data
                    line, found, rest = self._buffer.partition(b"\n")
                    if found and b'"stop"' in line:
                        stopped, self._buffer = True, rest
                    stopped = stopped or self._closed
        finally:
            if ended is not None:
                os.close(ended)
        killed = end_leftovers(pid)
        answer: dict[str, Any] = {
            "code": None if timed_out else os.waitstatus_to_exitcode(status),
            "processor": usage.ru_utime + usage.ru_stime,
            "killed": killed,
        }
        if stopped:
            answer["stopped"] = True
        return answer

    # ---------------------------------------------------------------------- imports

    def learn(self, names: Iterable[str]) -> None:
        """Imports modules ahead, if a fork shows that they open and start nothing."""
        wanted = [name for name in dict.fromkeys(names) if name not in self._tried]
        if not wanted:
            return
        self._tried.update(wanted)
        while wanted:
            good, bad = self._probe(wanted)
            # What a fork has imported before the one that ended it is good already.
            self._import_ahead(good)
            if bad is None:
                break
            wanted = wanted[wanted.index(bad) + 1 :] if bad else []
        if self._remember is not None:
            known = dict.fromkeys(self._imported, True)
            known |= dict.fromkeys(sorted(self._tried - set(known)), False)
            write_names(self._remember, known)

    def _import_ahead(self, names: list[str]) -> None:
        """Imports what a fork has imported before, in this process or another."""
        self._tried.update(names)
        with rewritten_plugins():
            for name in names:
                with contextlib.suppress(Exception, SystemExit):
                    importlib.import_module(name)
        self._imported += names
        gc.collect()
        gc.freeze()

    def _probe(self, wanted: list[str]) -> tuple[list[str], str | None]:
        """Which modules a fork could import, and which of them ended it.

        Those that raise are left out. A module that opens, starts or handles something
        ends the fork: given back are those before it, and it; "" where no module can be
        named.
        """
        with os.fdopen(os.memfd_create("probe"), "r+b") as told:
            parent = os.getpid()
            pid = os.fork()
            if pid == 0:
                with contextlib.suppress(BaseException):
                    end_with(parent)
                    silence()
                    probe(wanted, told)
                os._exit(0)
            self._await(pid, 120)
            told.seek(0)
            lines = told.read().decode("utf-8", "replace").splitlines()
        good = [line[1:] for line in lines if line.startswith("+")]
        if lines and lines[-1] == "end":
            return good, None
        if lines and lines[-1].startswith("?"):
            return good, lines[-1][1:]
        return [], ""

    def _remembered(self) -> dict[str, bool]:
        """Module names, and whether each can be imported ahead."""
        if self._remember is None:
            return {}
        try:
            lines = self._remember.read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            return {}
        return {line[1:]: line[0] == "+" for line in lines if line[0] in "+-"}


def probe(names: list[str], told: io.BufferedRandom) -> None:
    """Imports modules and tells of each: "?" before, "+" after, "-" where it raised."""
    with rewritten_plugins(), warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        for name in names:
            before = state()
            told.write(f"?{name}\n".encode())
            told.flush()
            # What Django itself registers is there in every project.
            import_django(name)
            known = registered()
            mark = "+"
            try:
                importlib.import_module(name)
            except (Exception, SystemExit):
                mark = "-"
            if given or state() != before or registered() != known:
                return
            told.write(f"{mark}{name}\n".encode())
            told.flush()
    told.write(b"end\n")
    told.flush()


def state() -> tuple[Any, ...]:
    """What an import must leave alone: descriptors, threads, processes, signals …"""
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    children = []
    with contextlib.suppress(OSError):
        task = Path(f"/proc/self/task/{os.getpid()}/children")
        children = task.read_text(encoding="utf-8").split()
    return (
        len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        threads(),
        children,
        handlers,
        str(Path.cwd()),
        dict(os.environ),
    )


def import_django(name: str) -> None:
    """Imports a module of Django's own, whatever comes of it; leaves others alone."""
    if name == "django" or name.startswith("django."):
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(name)


def registered() -> tuple[int, ...]:
    """How many checks and receivers of signals Django knows.

    A package that registers some where it is imported changes what a project does that
    has it installed, and does not use it: another run would have it from this one.
    """
    found = []
    if checks := sys.modules.get("django.core.checks.registry"):
        known = checks.registry
        found += [len(known.registered_checks), len(known.deployment_checks)]
    for name in ("django.core.signals", "django.db.models.signals"):
        module = sys.modules.get(name)
        for attribute, value in sorted(vars(module).items() if module else ()):
            # Settings that a test changes are told to packages that read them early.
            if hasattr(value, "receivers") and attribute != "setting_changed":
                found.append(len(value.receivers))
    return tuple(found)


def threads() -> int:
    """How many threads this process has, those that Python does not know included."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208
    except OSError:
        return threading.active_count()


@contextlib.contextmanager
def rewritten_plugins() -> Iterator[None]:
    """Lets pytest rewrite the assertions of plugins that are imported in the block.

    pytest warns of plugins that were imported before it could do so.
    """
    try:
        from importlib.metadata import distributions

        from _pytest.assertion import install_importhook
        from _pytest.config import get_config

        plugins = {
            point.value.partition(":")[0].partition(".")[0]
            for distribution in distributions()
            for point in distribution.entry_points
            if point.group == "pytest11"
        }
        hook = install_importhook(get_config())
        hook.mark_rewrite(*sorted(plugins))
    except Exception:
        yield
        return
    try:
        yield
    finally:
        sys.meta_path.remove(hook)


def write_names(file: Path, names: dict[str, bool]) -> None:
    """Writes a file whole or not at all; what cannot be written is not remembered."""
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        with os.fdopen(handle, "w", encoding="utf-8") as text:
            for module, good in names.items():
                text.write(f"{'+' if good else '-'}{module}\n")
        Path(name).replace(file)


# ------------------------------------------------------------------------------- child


def become(command: Command, path: list[str]) -> None:
    """Takes on a command's folder, variables, streams and import path.

    Args:
        command: what is going to run.
        path: where Python and the packages lie.
    """
    os.environ.clear()
    os.environ.update(command.environment)
    time.tzset()
    os.chdir(command.folder)
    open_streams(command.environment.get("PYTHONIOENCODING", ""))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.dont_write_bytecode = bool(command.environment.get("PYTHONDONTWRITEBYTECODE"))
    entries = command.environment.get("PYTHONPATH", "").split(os.pathsep)
    kind = command.arguments[0]
    first = {"-m": command.folder, "-c": ""}.get(kind, str(Path(kind).resolve().parent))
    sys.path[:] = [first, *filter(None, entries), *path]
    if command.arguments[:2] != ["-m", "pytest"]:
        # Settings ask by this whether they are read by a test.
        sys.modules.pop("pytest", None)
    importlib.invalidate_caches()
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def run(arguments: list[str]) -> int:
    """The exit code of a command, after all that Python does at an end of its own.

    It is negative where Python ends by a signal.
    """
    code = 0
    main = type(sys)("__main__")
    sys.modules["__main__"] = main
    names = vars(main)
    names |= {
        "__builtins__": builtins,
        "__loader__": importlib.machinery.BuiltinImporter,
    }
    if sys.version_info < (3, 14):
        names["__annotations__"] = {}
    try:
        if arguments[0] == "-m":
            sys.argv = ["-m", *arguments[2:]]
            # As Python does it for -m; run_module() forgets the module at its end.
            runpy._run_module_as_main(arguments[1])  # type: ignore[attr-defined]
        elif arguments[0] == "-c":
            sys.argv = ["-c", *arguments[2:]]
            exec(compile(arguments[1], "<string>", "exec"), names)
        else:
            sys.argv = list(arguments)
            file = str(Path(arguments[0]).absolute())
            loader = importlib.machinery.SourceFileLoader("__main__", file)
            names |= {"__file__": file, "__cached__": None, "__loader__": loader}
            exec(compile(Path(file).read_bytes(), file, "exec"), names)
    except SystemExit as end:
        code = exit_code(end)
    except BaseException as error:
        with contextlib.suppress(BaseException):
            within = error.__traceback__ and error.__traceback__.tb_next
            sys.excepthook(type(error), error.with_traceback(within), within)
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    return code if code < 0 else code & 0xFF


def flushed() -> bool:
    """Whether all that was printed could be written."""
    good = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException:
            good = False
    return good


def exit_code(end: SystemExit) -> int:
    """The code of a SystemExit; what is no number is printed, as Python does."""
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code
    with contextlib.suppress(BaseException):
        print(end.code, file=sys.stderr)
    return 1


def installed(known: set[str]) -> list[str]:
    """The modules that a run imported of Python and of installed packages, in order."""
    # Not all of sys.prefix: that may be /usr, and the folder of the run below it.
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {*(sysconfig.get_path(name) for name in names), *site.getsitepackages()}
    places = tuple(f"{folder}{os.sep}" for folder in folders)
    found = []
    for name, module in list(sys.modules.items()):
        if name in known or name == "__main__":
            continue
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        if getattr(module, "__name__", None) != name or not isinstance(origin, str):
            continue
        if origin in ("built-in", "frozen") or origin.startswith(places):
            found.append(name)
    return found


def open_streams(wanted: str) -> None:
    """Opens standard input, output and error anew, on the descriptors 0, 1 and 2.

    Args:
        wanted: ENCODING[:ERRORS], as PYTHONIOENCODING has it; Python chooses if empty.
    """
    encoding, _, errors = wanted.partition(":")
    plain = "strict" if encoding and not errors else errors or sys.stdout.errors
    encoding = codecs.lookup(encoding).name if encoding else sys.stdout.encoding
    unbuffered = bool(getattr(sys.stdout, "write_through", False))
    for name, descriptor, on_error in (
        ("stdin", 0, plain),
        ("stdout", 1, plain),
        ("stderr", 2, "backslashreplace"),
    ):
        at_once = unbuffered and name != "stdin"
        raw = open(  # noqa: SIM115
            descriptor,
            "rb" if name == "stdin" else "wb",
            closefd=False,
            buffering=0 if at_once else -1,
        )
        stream = io.TextIOWrapper(
            raw,
            encoding=encoding,
            errors=on_error,
            line_buffering=name == "stderr" or os.isatty(descriptor),
            write_through=at_once,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def silence(output: str = os.devnull) -> None:
    """Points the descriptors 0, 1 and 2 away from this process's own."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, number in ((nowhere, 0), (target, 1), (target, 2)):
        os.dup2(source, number)
    for opened in (nowhere, target):
        if opened > 2:
            os.close(opened)


# --------------------------------------------------------------------------- processes


def prctl(option: int, value: int) -> None:
    """Sets an attribute of this process, where the system knows it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_with(parent: int) -> None:
    """Ends this process when its parent ends, or now if that is gone already."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def pidfd(pid: int) -> int | None:
    """A descriptor that becomes readable at a process's end, where there are such."""
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return None


def kill_group(pid: int) -> None:
    """Ends a process and its group, before it is waited for."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_leftovers(pid: int) -> int:
    """Ends what a run has left behind, and waits for it; how many processes.

    Orphans come to this process, whatever group or session they made for themselves.
    """
    killed: set[int] = set()
    end = time.monotonic() + GRACE
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    while time.monotonic() < end:
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if reaped:
            killed.add(reaped)
            continue
        for left in children():
            killed.add(left)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(left, signal.SIGKILL)
        time.sleep(0.005)
    return len(killed)


def children() -> list[int]:
    """The processes whose parent is this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                if int(stat.rpartition(")")[2].split()[1]) == os.getpid():
                    found.append(int(entry.name))
    return found


def fixed(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python reads once, when it starts."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(FIXED) and not name.startswith(APPLIED)
    }


def differing(own: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """A variable that Python reads when it starts, and that differs; or nothing."""
    theirs = fixed(environment)
    names = sorted({*own, *theirs})
    return next((name for name in names if own.get(name) != theirs.get(name)), "")


def main(kind: type[Parent] = Parent) -> None:
    """Serves standard input and output, which the imports and the runs do not see."""
    remember = Path(sys.argv[2]) if sys.argv[1:2] == ["--remember"] else None
    requests, answers = os.dup(0), os.dup(1)
    silence()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked ends the run
    kind(requests, answers, remember).serve()


if __name__ == "__main__":
    main()
