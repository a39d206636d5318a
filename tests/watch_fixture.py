"""`python path.py watch` on a made-up repository, in a terminal and without one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from djangopath import catalogue
from tests.path_fixture import NOT_YET, Repository, result_of
from tools import environments
from tools.examples import smallest

if sys.platform == "win32":
    pytest.skip("needs a POSIX system", allow_module_level=True)

import fcntl
import pty
import struct
import termios

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
HIDDEN, CURSOR = "\x1b[?25l", "\x1b[?25h"
CLEAR = "\x1b[H\x1b[J"
VIEWS = "blog/views.py"
# Seconds after which something will never happen, however busy the machine is.
PATIENT = 90


class Watched(Repository):
    """A learner's repository whose stand-in for the runner writes nothing that counts.

    What it does, and what it did, stands in `.state`.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.python = str(environments.environment(catalogue.load(smallest())))
        runner = (root / "acceptance/__main__.py").read_text("utf-8")
        for name in ("outcome.json", "runs.txt", "pids.txt"):
            runner = runner.replace(f'"{name}"', f'".state/{name}"')
        self.write("acceptance/__main__.py", runner)
        (root / "outcome.json").unlink()
        self.will_fail(result_of("test_a", notyet=NOT_YET))
        self.write(VIEWS, "# 0\n")

    def write(self, path: str, text: str | bytes) -> Path:
        """Writes a file in one step: one that is seen half written counts as two."""
        part, file = super().write(".state/part", text), self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return part.replace(file)

    def will(self, **plan: Any) -> None:
        self.write(".state/outcome.json", json.dumps(plan))

    def save(self, path: str = VIEWS) -> None:
        """Saves a file with something new in it, in one step and in its place."""
        with (self.root / path).open("ab", buffering=0) as file:
            file.write(b"# more\n")

    @property
    def runs(self) -> list[str]:
        """The tests that were run, one entry a run."""
        with contextlib.suppress(FileNotFoundError):
            text = (self.root / ".state/runs.txt").read_text("utf-8")
            return re.findall(r"acceptance/test_(\w+)\.py", text)
        return []

    def until_runs(self, count: int) -> None:
        """Waits for so many runs; more are an error."""
        until(lambda: len(self.runs) >= count, "the run never came")
        assert len(self.runs) == count

    def still(self, count: int, seconds: float = 1.6) -> None:
        """Nothing is run for longer than it takes to look by itself."""
        time.sleep(seconds)
        assert len(self.runs) == count

    def settles(self) -> None:
        """Waits until nothing is run for as long as that."""
        count = -1
        for _ in range(10):
            before, count = count, len(self.runs)
            if count == before:
                return
            time.sleep(1.6)
        raise AssertionError("it runs for ever")

    def pids(self) -> list[int]:
        """The runner that sleeps and its child, once they are there."""
        file = self.root / ".state/pids.txt"

        def found() -> list[int]:
            return [int(pid) for pid in file.read_text("utf-8").split()]

        until(lambda: file.exists() and len(found()) == 2, "no run")
        return found()


def until(holds: Callable[[], object], what: str) -> None:
    """Waits for something, but not for ever."""
    end = time.monotonic() + PATIENT
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended, or waits, dead, for its parent."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def until_gone(pids: list[int]) -> None:
    """Waits until processes that were killed have ended; a kill takes its time."""
    until(lambda: all(gone(pid) for pid in pids), "it stays")


class Terminal:
    """path.py in a terminal of its own, and everything that it wrote to it."""

    def __init__(
        self, repo: Watched, command: list[str], size: tuple[int, int], **env: str
    ) -> None:
        self.repo = repo
        self.master, self.slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            command,
            cwd=repo.root,
            env=repo.environ(TERM="xterm-256color") | env,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            # Its terminal: where Ctrl-C and Ctrl-Z go to.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.raw = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while read := os.read(self.master, 65536):
                self.raw += read

    @property
    def text(self) -> str:
        """All that was written, without colours."""
        text = self.raw.decode("utf-8", "replace").replace("\r\n", "\n")
        return re.sub(r"\x1b\[[0-9;]*m", "", text)

    @property
    def frame(self) -> str:
        """What the screen shows now: the last that has come to its end, the keys.

        A terminal hands over what is written to it in pieces.
        """
        for drawn in reversed(self.text.split(CLEAR)[1:]):
            whole = drawn.partition("\x1b")[0]
            if whole.endswith("quit"):
                return whole
        return ""

    @property
    def said(self) -> str:
        """The same in one line."""
        return " ".join(self.frame.split())

    def shows(self, *words: str) -> None:
        """Waits until the screen shows all that."""

        def what() -> str:
            return f"never shown: {words}\n{self.frame}"

        end = time.monotonic() + PATIENT
        while not all(word in self.said for word in words):
            assert self.process.poll() is None, what()
            assert time.monotonic() < end, what()
            time.sleep(0.01)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        packed = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, packed)

    def whole(self) -> str:
        """All that was written, now that nobody writes any more."""
        mark = b"<the end>"
        os.write(self.slave, mark)
        until(lambda: self.raw.endswith(mark), "it is not read to its end")
        self.raw = self.raw.removesuffix(mark)
        return self.text

    def ends(self, code: int) -> str:
        """Waits for the end; the terminal is as it was. What is left on it."""
        assert self.process.wait(PATIENT) == code, self.text
        assert termios.tcgetattr(self.slave) == self.before
        text = self.whole()
        assert LEAVE in text, "the screen was not left"
        assert text.count(ENTER) == text.count(LEAVE)
        assert text.count(HIDDEN) == text.count(CURSOR)
        assert text.rindex(CURSOR) > text.rindex(HIDDEN)
        return text.rpartition(LEAVE)[2]

    def close(self) -> None:
        """Ends what still runs, so that it tidies up, and gives the terminal back."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.slave)
        # Else it might read from what gets the master's number next.
        self._reader.join(10)
        os.close(self.master)
