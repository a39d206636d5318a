"""Forks the Python processes that a test starts, as the test's own run was forked.

    python siblings.py WARM.PY [--remember FILE]

is the warm process of the prover: that of the learner's ``.path/warm.py``, but a run
whose environment holds PATH_SIBLINGS forks once more at its start. One fork makes the
run; the other one stays as it is, with the packages imported and nothing of the
project, and makes a fork of itself for each command that the run asks for. Such a fork
is in the run's session and process group, and ends with it.

Loaded with ``-p`` into the run, the module takes the place of ``subprocess.Popen``.
It asks for commands ``[sys.executable, …]`` of the kinds ``-m MODULE``, ``-c CODE`` and
``FILE.py``; whatever could make a difference goes the ordinary way: options of Python,
variables that it reads when it starts, other limits, what is done between fork and
exec.

It stands on the standard library alone, and on Linux.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

LARGEST = 1 << 17  # bytes of a request; a larger one goes the ordinary way
VARIABLE = "PATH_SIBLINGS"


# ------------------------------------------------------------------ the one that forks


def main() -> None:
    """Serves as ``warm.py`` does, and forks siblings for the runs."""
    file = sys.argv.pop(1)
    sys.path.pop(0)
    spec = importlib.util.spec_from_file_location("_warm", file)
    assert spec is not None and spec.loader is not None
    warm = importlib.util.module_from_spec(spec)
    sys.modules["_warm"] = warm
    spec.loader.exec_module(warm)

    class Parent(warm.Parent):  # type: ignore[name-defined,misc]
        """The process that forks; its runs can ask for siblings."""

        def forked(self, command: Any) -> Any:
            if VARIABLE not in command.environment:
                return command
            return fork_again(command, warm)

    warm.main(Parent)


def fork_again(command: Any, warm: ModuleType) -> Any:
    """Comes back in the run, and in each sibling with a command of its own."""
    environment = {k: v for k, v in command.environment.items() if k != VARIABLE}
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    started = os.getpid()
    pid = os.fork()
    if pid == 0:
        warm.end_with(started)
        here.close()
        environment[VARIABLE] = str(there.detach())
        return warm.Command(command.arguments, command.folder, environment)
    there.close()
    # Signals to the group are for the run; this process ends as the run ends.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    with here, contextlib.suppress(OSError):
        ended = os.pidfd_open(pid)
        while True:
            ready, _, _ = select.select([here.fileno(), ended], [], [])
            if ended in ready:
                break
            sibling = answered(here, warm)
            if sibling is not None:
                os.close(ended)
                warm.end_with(started)
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                return sibling
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    end_as(status)


def end_as(status: int) -> None:
    """Ends this process with the status of another one."""
    if not os.WIFSIGNALED(status):
        os._exit(os.waitstatus_to_exitcode(status))
    number = os.WTERMSIG(status)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os._exit(1)


def answered(channel: socket.socket, warm: ModuleType) -> Any:
    """Answers one request; in a fork made for it comes back with its command."""
    data, descriptors, _, _ = socket.recv_fds(channel, LARGEST, 3)
    if not data:
        # The run has closed its end; only its own end is waited for.
        raise OSError("closed")
    asked = json.loads(data)
    if "ended" in asked:
        _, status = os.waitpid(asked["ended"], 0)
        channel.send(json.dumps({"status": status}).encode())
        return None
    try:
        name = warm.differing(warm.fixed(os.environ), asked["environment"])
        if name or len(descriptors) != 3:
            channel.send(json.dumps({"refused": name}).encode())
            return None
        pid = os.fork()
        if pid == 0:
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
                os.close(descriptor)
            channel.close()
            if asked["session"]:
                os.setsid()
            return warm.Command(
                asked["arguments"], asked["folder"], asked["environment"]
            )
        ended = os.pidfd_open(pid)
        socket.send_fds(channel, [json.dumps({"pid": pid}).encode()], [ended])
        os.close(ended)
    finally:
        for descriptor in descriptors:
            with contextlib.suppress(OSError):
                os.close(descriptor)
    return None


# ----------------------------------------------------------------- the one that asks


class _Channel:
    """The run's way to the process that makes siblings for it."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._inherited = inherited()
        self.databases = os.environ.get("PATH_DATABASES", "")

    def usable(self) -> bool:
        """Whether a fork of the other process is what a process of its own would be."""
        return self.ours and self._inherited == inherited()

    @property
    def ours(self) -> bool:
        """Whether this is the run's process, and no fork of its own making."""
        return self._owner == os.getpid()

    def ask(
        self, request: Mapping[str, Any], descriptors: Sequence[int] = ()
    ) -> tuple[dict[str, Any], list[int]]:
        """The answer to a request, and the descriptors that came with it."""
        data = json.dumps(request).encode()
        if len(data) >= LARGEST:
            raise OSError("too large")
        with self._lock:
            socket.send_fds(self._socket, [data], descriptors)
            text, found, _, _ = socket.recv_fds(self._socket, LARGEST, 1)
        return json.loads(text or b'{"refused": "closed"}'), found


def inherited() -> tuple[Any, ...]:
    """What a process takes from its parent, and a sibling from another one."""
    status = Path("/proc/thread-self/status").read_text(encoding="utf-8").splitlines()
    words = ("Umask:", "SigBlk:", "SigIgn:", "Uid:", "Gid:", "Seccomp:", "NoNewPrivs:")
    kinds = [getattr(resource, n) for n in dir(resource) if n.startswith("RLIMIT_")]
    return (
        [line for line in status if line.startswith(words)],
        [resource.getrlimit(kind) for kind in kinds],
        os.getpriority(os.PRIO_PROCESS, 0),
        os.sched_getaffinity(0),
    )


_PLAIN = {
    "preexec_fn": (None,),
    "close_fds": (True,),
    "pass_fds": ((),),
    "startupinfo": (None,),
    "shell": (False,),
    "restore_signals": (True,),
    "executable": (None,),
    "gid": (None,),
    "gids": (None,),
    "uid": (None,),
    "umask": (-1,),
    "process_group": (-1, None),
}
_execute_child = inspect.signature(subprocess.Popen._execute_child)  # type: ignore[attr-defined]
_channel: _Channel | None = None


class Popen(subprocess.Popen):  # type: ignore[type-arg]
    """``subprocess.Popen``, which has Python's own processes forked."""

    _ended: int | None = None  # a descriptor that becomes readable at its end
    _status: int | None = None

    def _execute_child(self, *given: Any, **named: Any) -> None:
        bound = _execute_child.bind(self, *given, **named).arguments
        with contextlib.suppress(OSError, ValueError):
            if self._asked(bound):
                streams = "p2cread p2cwrite c2pread c2pwrite errread errwrite".split()
                self._close_pipe_fds(*(bound[name] for name in streams))  # type: ignore[attr-defined]
                return
        super()._execute_child(*given, **named)  # type: ignore[misc]

    def _asked(self, bound: Mapping[str, Any]) -> bool:
        """Has the process forked, if that is what a process of its own would be."""
        channel = _channel
        if channel is None or not channel.usable() or from_asyncio():
            return False
        if any(bound.get(name, good[0]) not in good for name, good in _PLAIN.items()):
            return False
        folder = os.path.abspath(bound["cwd"] or ".")  # noqa: PTH100
        arguments = python_command(bound["args"], folder)
        if arguments is None or not Path(folder).is_dir():
            return False
        environment = os.environ if bound["env"] is None else bound["env"]
        environment = {os.fspath(k): os.fspath(v) for k, v in environment.items()}
        if not all(isinstance(t, str) for pair in environment.items() for t in pair):
            return False
        request = {
            "arguments": arguments,
            "folder": folder,
            "environment": with_plugins(arguments, environment, channel.databases),
            "session": bool(bound["start_new_session"]),
        }
        wanted = (bound["p2cread"], bound["c2pwrite"], bound["errwrite"])
        streams = [own if d == -1 else d for own, d in enumerate(wanted)]
        answer, found = channel.ask(request, streams)
        if "pid" not in answer:
            return False
        self.pid, self._ended = int(answer["pid"]), found[0]
        self._child_created = True
        return True

    def _internal_poll(self, *given: Any, **named: Any) -> int | None:
        if self._ended is None:
            return super()._internal_poll(*given, **named)  # type: ignore[misc,no-any-return]
        lock = self._waitpid_lock  # type: ignore[attr-defined]
        if self.returncode is None and lock.acquire(False):
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if self.returncode is None and pid == self.pid:
                    self._handle_exitstatus(status)  # type: ignore[attr-defined]
            finally:
                lock.release()
        return self.returncode

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if self._ended is None:
            return super()._try_wait(wait_flags)  # type: ignore[misc,no-any-return]
        if self._status is None:
            poll = select.poll()
            poll.register(self._ended, select.POLLIN)
            if not poll.poll(0 if wait_flags & os.WNOHANG else None):
                return 0, 0
            self._status = 0
            if _channel is not None and _channel.ours:
                with contextlib.suppress(OSError, ValueError, KeyError):
                    answer, _ = _channel.ask({"ended": self.pid})
                    self._status = int(answer["status"])
            os.close(self._ended)
        return self.pid, self._status


def from_asyncio() -> bool:
    """Whether asyncio starts the process: it waits for its end in a way of its own."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_globals.get("__name__") == "asyncio.unix_events":
            return True
    return False


def python_command(command: Any, folder: str) -> list[str] | None:
    """What stands behind ``python``, if a fork can run it."""
    if isinstance(command, (str, bytes, os.PathLike)):
        return None
    words = [os.fspath(word) for word in command]
    if len(words) < 2 or words[0] != sys.executable:
        return None
    if any(not isinstance(word, str) or "\0" in word for word in words):
        return None
    arguments = words[1:]
    if arguments[0] in ("-m", "-c"):
        if len(arguments) < 2 or not arguments[1]:
            return None
        # A fork has modules that a process of its own has not yet.
        return None if "sys.modules" in arguments[1] else arguments
    if arguments[0].startswith("-") or not arguments[0].endswith(".py"):
        return None
    return arguments if Path(folder, arguments[0]).is_file() else None


def with_plugins(
    arguments: Sequence[str], environment: dict[str, str], databases: str
) -> dict[str, str]:
    """The variables of a process; those of pytest's with the kept databases."""
    path = environment.get("PYTHONPATH", "").split(os.pathsep)
    ours = str(Path(__file__).resolve().parent) in path
    if list(arguments[:2]) != ["-m", "pytest"] or not databases or not ours:
        return environment
    if "PYTEST_ADDOPTS" in environment:
        return environment
    more = {"PYTEST_ADDOPTS": "-p kept_databases", "PATH_DATABASES": databases}
    return {**environment, **more}


def take_its_place() -> None:
    """Puts Popen in the place of subprocess's, where this run can have siblings."""
    global _channel
    given = os.environ.pop(VARIABLE, "")
    if given.isdigit():
        _channel = _Channel(int(given))
        subprocess.Popen = Popen  # type: ignore[misc]


if __name__ == "__main__":
    main()
else:
    take_its_place()
