"""Runs checks in forks of one process that has imported the packages already.

That process runs `warm.py`, which says what it does and promises. A new one is taken
when what it was made of has changed. While one starts, where it refuses a check and
where there is none, the check has a process of its own, as without this module.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import site
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .parts import part
from .repository import HOME, ROOT

checking = part("checking")
signals = part("signals")

GRACE = 10.0  # seconds beyond a check's own limit in which its answer has to come
TRIES = 3  # processes that may end by themselves before no more are started

Print = tuple[tuple[str, int, int], ...]


class Gone(Exception):
    """The warm process has ended, or does not answer."""


class Refused(Exception):
    """The warm process cannot run this check."""


class WarmChecks:
    """The warm process, started anew when it is no longer the right one.

    On leaving, it has ended, and with it the check under way and all that it started.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._made_of: tuple[Print, Print] | None = None
        self._ready = False
        self._buffer = b""
        self._tries = 0

    def __enter__(self) -> WarmChecks:
        # What a killed warm process leaves behind comes to this one, which ends it.
        warm = part("warm")
        warm.prctl(warm.PR_SET_CHILD_SUBREAPER, 1)
        self._renew()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self,
        arguments: Sequence[str],
        output: Path,
        seconds: float,
        meanwhile: Callable[[], None] | None = None,
    ) -> int | None:
        """Runs ``python ARGUMENTS``, as `checking.run_cold` does."""
        self._renew()
        try:
            if self.is_ready():
                return self._run_warm(arguments, output, seconds, meanwhile)
        except Gone:
            self._tries += 1
            self._kill()
            if output.exists() and output.stat().st_size:
                output.write_bytes(b"")
        except Refused:
            pass
        code: int | None = checking.run_cold(arguments, output, seconds, meanwhile)
        return code

    def close(self) -> None:
        """Ends the process; it ends the check under way."""
        with signals.held():
            process, self._process = self._process, None
            if process is None:
                return
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                self._process = process
                self._kill()

    # ------------------------------------------------------------------------ the check

    def _run_warm(
        self,
        arguments: Sequence[str],
        output: Path,
        seconds: float,
        meanwhile: Callable[[], None] | None,
    ) -> int | None:
        """The exit code; None where it took too long.

        Raises:
            Gone: the process has ended, or does not answer.
            Refused: it cannot run this.
        """
        request = {
            "arguments": list(arguments),
            "folder": str(ROOT),
            "environment": dict(os.environ),
            "output": str(output),
            "seconds": seconds,
        }
        end = time.monotonic() + seconds + GRACE
        answer: dict[str, Any] | None = None
        self._send(request)
        try:
            while (answer := self._answer(0.01)) is None:
                if meanwhile is not None:
                    meanwhile()
                if time.monotonic() > end:
                    raise Gone
        finally:
            if answer is None:
                with signals.held():
                    self._stop()
        self._ask_ready()
        if "refused" in answer:
            raise Refused
        try:
            code = answer["code"]
            return None if code is None else int(code)
        except (LookupError, TypeError, ValueError):
            raise Gone from None

    def _stop(self) -> None:
        """Ends the check under way; the process is there for the next one."""
        end = time.monotonic() + GRACE
        try:
            self._send({"stop": True})
            answers: list[dict[str, Any]] = []
            # A check that has ended by itself just now is answered, and so is the word
            # to stop it.
            while not answers or ("stopped" not in answers[0] and len(answers) < 2):
                if (answer := self._answer(0.1)) is not None:
                    answers.append(answer)
                elif time.monotonic() > end:
                    raise Gone
            self._ask_ready()
        except Gone:
            self._kill()

    # ---------------------------------------------------------------------- the process

    def _renew(self) -> None:
        """Starts a process where there is none that is made of what there is now."""
        now = packages(), files()
        if now != self._made_of:
            self.close()
            self._made_of, self._tries = now, 0
        if self._process is not None or self._tries >= TRIES:
            return
        self._buffer = b""
        memory = memory_file(now[0])
        command = [sys.executable, str(HOME / "warm.py"), "--remember", str(memory)]
        try:
            with signals.held():
                self._process = subprocess.Popen(
                    command,
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self._ask_ready()
        except OSError:
            self._tries = TRIES
        except Gone:
            self._tries += 1
            self._kill()

    def _ask_ready(self) -> None:
        """Has the process say when it has imported what it is about to import."""
        self._ready = False
        self._send({})

    def is_ready(self) -> bool:
        """Whether it can begin a check at once."""
        if self._process is not None and not self._ready:
            self._ready = self._answer(0) is not None
        return self._process is not None and self._ready

    def _send(self, request: dict[str, Any]) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise Gone
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise Gone from None

    def _answer(self, seconds: float) -> dict[str, Any] | None:
        """The next answer, or None where none comes within so many seconds."""
        process = self._process
        if process is None or process.stdout is None:
            raise Gone
        if b"\n" not in self._buffer:
            if not select.select([process.stdout], [], [], seconds)[0]:
                return None
            read = os.read(process.stdout.fileno(), 65536)
            if not read:
                raise Gone
            self._buffer += read
        line, end, rest = self._buffer.partition(b"\n")
        if not end:
            return None
        self._buffer = rest
        try:
            answer = json.loads(line)
        except ValueError:
            raise Gone from None
        if not isinstance(answer, dict):
            raise Gone
        return answer

    def _kill(self) -> None:
        """Ends the process at once, and what it leaves behind."""
        with signals.held():
            process, self._process = self._process, None
            if process is None:
                return
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()
            part("warm").end_leftovers(process.pid)


# ------------------------------------------------------------- what it has been made of


def packages() -> Print:
    """The installed packages, each with the time of its installation."""
    places = [*site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        places.append(site.getusersitepackages())
    found = []
    for place in places:
        with contextlib.suppress(OSError):
            found += [
                entry
                for entry in Path(place).iterdir()
                if entry.suffix in (".dist-info", ".egg-info", ".pth", ".egg-link")
            ]
    return seen(found)


def files() -> Print:
    """The files of the repository that say what is imported, and how."""
    ours = [ROOT / "pyproject.toml", ROOT / "conftest.py", ROOT / "path.py"]
    return seen([*ours, *ROOT.glob("requirements*.txt"), *HOME.glob("*.py")])


def seen(paths: Sequence[Path]) -> Print:
    """Files and folders as they are: name, time and size."""
    found = []
    for path in sorted(paths):
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def memory_file(installed: Print) -> Path:
    """Where the names of modules to import ahead are kept, for these packages alone."""
    # What may be imported ahead is for this warm.py to say, and for no older one.
    parts = (sys.version, installed, (HOME / "warm.py").read_bytes())
    key = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    memory = HOME / f"imported-{key}.txt"
    for old in HOME.glob("imported-*"):
        if old != memory:
            with contextlib.suppress(OSError):
                old.unlink()
    return memory
