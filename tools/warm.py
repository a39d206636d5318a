"""Warm processes: each has imported what an environment's packages need, and forks.

The processes run the learner's own ``.path/warm.py``, and what ``plugins/siblings.py``
adds to it; what they do and promise stands there. Here they are started, kept for the
next run, and ended.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from djangopath.catalogue import ROOT

LEARNERS = ROOT / "{{cookiecutter.project_slug}}" / ".path" / "warm.py"
# Which variables a warm process has for all its runs, that script knows.
fixed: Callable[[Mapping[str, str]], dict[str, str]] = runpy.run_path(str(LEARNERS))[
    "fixed"
]
# What makes it fork the processes of tests as well.
SCRIPT = Path(__file__).resolve().parent / "plugins" / "siblings.py"
# A fork is safe on Linux alone; elsewhere every run has a process of its own.
SAFE = sys.platform == "linux"
# How many may wait for work in one process of ours; each holds a hundred megabytes.
KEPT = 4
GRACE = 30.0  # seconds beyond a run's own limit in which its answer has to come


@dataclass(frozen=True)
class Finished:
    """What came of one run of Python.

    Attributes:
        code: the exit code; negative for a signal, None where its time was over.
        output: standard output and error.
        processor: seconds of processor time.
        left: how many processes it left behind, which were ended.
    """

    code: int | None
    output: str
    processor: float = 0.0
    left: int = 0


class Refused(Exception):
    """A run that has to be started cold; the message says why."""


class WarmPython:
    """One warm process of an environment; it makes one run at a time."""

    def __init__(self, python: Path, environment: Mapping[str, str]) -> None:
        """Starts it.

        Args:
            python: the environment's interpreter.
            environment: the variables of the runs; those that Python reads when it
                starts cannot be changed afterwards.
        """
        # What may be imported ahead is for this script to say, and for no older one.
        version = hashlib.sha256(LEARNERS.read_bytes()).hexdigest()[:8]
        memory = python.parent.parent / f"imported-ahead-{version}.txt"
        self._process = subprocess.Popen(
            [str(python), str(SCRIPT), str(LEARNERS), "--remember", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        seconds: float,
    ) -> Finished:
        """Runs ``python ARGUMENTS`` in a folder; see the script for what can be run.

        Raises:
            Refused: the process cannot make this run, or has ended.
        """
        handle, name = tempfile.mkstemp(prefix="djangopath-output-")
        os.close(handle)
        output = Path(name)
        try:
            request = {
                "arguments": list(arguments),
                "folder": str(folder),
                "environment": dict(environment),
                "output": name,
                "seconds": seconds,
            }
            answer = self._ask(request, seconds + GRACE)
            if "refused" in answer:
                raise Refused(str(answer["refused"]))
            text = output.read_text(encoding="utf-8", errors="replace")
            return Finished(
                answer["code"], text, float(answer["processor"]), int(answer["killed"])
            )
        except (OSError, ValueError, LookupError, TypeError) as error:
            self.close()
            raise Refused(f"the warm process does not answer: {error}") from None
        finally:
            output.unlink(missing_ok=True)

    def _ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        # A process that hangs is ended; then its output ends, and the reading with it.
        guard = threading.Timer(seconds, self._process.kill)
        guard.daemon = True
        guard.start()
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            guard.cancel()
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise ValueError(f"{line[:100]!r} is no answer")
        return answer

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def close(self) -> None:
        """Ends the process, and with it a run under way."""
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


# ------------------------------------------------------------- those that are kept

_idle: list[tuple[tuple[str, ...], WarmPython]] = []  # the last used one last
_lock = threading.Lock()
_owner = os.getpid()


def run(
    python: Path,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    seconds: float,
) -> Finished:
    """Runs Python in a fork of a warm process; starts one where none is idle.

    Raises:
        Refused: it has to be started cold.
    """
    if not SAFE:
        raise Refused("this system's processes cannot be forked safely")
    started_with = sorted(f"{k}={v}" for k, v in fixed(environment).items())
    key = (str(python), *started_with)
    process = _taken(key) or WarmPython(python, environment)
    try:
        return process.run(arguments, folder, environment, seconds)
    finally:
        _give_back(key, process)


def _taken(key: tuple[str, ...]) -> WarmPython | None:
    with _lock:
        for index in range(len(_idle) - 1, -1, -1):
            if _idle[index][0] == key:
                process = _idle.pop(index)[1]
                if process.alive:
                    return process
                process.close()
    return None


def _give_back(key: tuple[str, ...], process: WarmPython) -> None:
    if not process.alive:
        process.close()
        return
    with _lock:
        _idle.append((key, process))
        ended = [_idle.pop(0) for _ in range(len(_idle) - KEPT)]
    for _, old in ended:
        old.close()


@atexit.register
def close_all() -> None:
    """Ends the warm processes that this process has started."""
    if os.getpid() != _owner:
        return
    with _lock:
        ended, _idle[:] = list(_idle), []
    for _, process in ended:
        process.close()
